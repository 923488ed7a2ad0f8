//! The command line.

mod arguments;
mod check_in;
mod commands;
mod decide;
mod devices;
mod doctor;
mod enrol;
mod explain;
mod firmware;
mod logging;
mod messages;
mod outbox;
mod own;
mod phone;
mod probe;
mod service;
mod setup;
#[cfg(feature = "bluetooth")]
mod wearables;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
