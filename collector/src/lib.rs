//! The collector: takes in what agents send, commits it, fuses it into sessions and answers questions about them.
//!
//! Each room holds its own types, queries and routes: [`accounts`], [`consent`], [`ingest`], [`sessions`]; [`api`] only
//! assembles the routes. [`run`] is the whole program.

pub mod accounts;
mod analyze;
pub mod api;
pub mod broker;
pub mod cli;
pub mod config;
pub mod consent;
pub mod demo;
mod error;
pub mod graph;
pub mod health;
pub mod ingest;
pub mod keys;
pub mod logging;
mod models;
mod preferences;
mod run;
pub mod sessions;
mod stats;
pub mod store;
#[cfg(test)]
mod testing;
mod time;
mod web;

pub use error::CollectorError;
pub use run::{Running, run};
