//! The collector: takes in what agents send, commits it, fuses it into sessions and answers questions about them.
//!
//! Each subject is a crate of its own below this one, with its own types, tables, queries and routes. Here they are put
//! together: `subjects` lists them, `api` serves their routes, [`run()`] is the whole program.

pub mod api;
pub mod cli;
pub mod config;
pub mod demo;
mod error;
pub mod exposed;
pub mod logging;
mod mail;
mod models;
pub mod probe;
mod rights;
mod run;
pub mod sign_in;
pub mod simulate;
mod subjects;
pub mod tls;

pub use error::CollectorError;
pub use run::{Running, given, look, run};
