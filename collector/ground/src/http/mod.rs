//! What the routes of all rooms share: who may ask, how connections are held, how a problem is told, how bodies, paths and
//! queries are taken in.

pub mod body;
mod client;
pub mod document;
pub mod door;
mod guard;
pub mod json;
mod path;
mod problem;
mod query;
mod traffic;

pub use client::Client;
pub use guard::{Guard, Name, Refused};
pub use path::Path;
pub use problem::{Panicked, Problem};
pub use query::{AnyQuery, Query};
pub use traffic::{Refusal, Traffic};
