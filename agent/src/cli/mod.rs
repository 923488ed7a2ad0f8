//! The command line.

mod arguments;
mod commands;
mod decide;
mod enrol;
mod logging;
mod phone;
mod probe;
mod service;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
