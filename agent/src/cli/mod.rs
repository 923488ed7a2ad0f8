//! The command line.

mod arguments;
mod commands;
mod decide;
mod devices;
mod enrol;
mod logging;
mod phone;
mod probe;
mod service;
#[cfg(feature = "bluetooth")]
mod wearables;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
