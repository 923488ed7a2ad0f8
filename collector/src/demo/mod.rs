//! The demonstration: this collector and an agent process of its own play a recording of nobody, or sense with this
//! machine's own devices.
//!
//! The collector runs in this process, the agent as a child, and both as they would on two machines: enrolment by a
//! one-time code, features over MQTT, fusion from the database. What is shown is what the fuser announces.

mod args;
mod board;
mod child;
mod days;
mod devices;
mod error;
mod organisation;
mod run;
mod screen;
mod start;
mod table;

pub use args::DemoArgs;
pub use error::DemoError;
pub use run::run;

/// The user id of whom is played.
const USER: &str = "demo";
