//! The command line.

mod arguments;
mod commands;
mod decide;
mod enrol;
mod firmware;
mod logging;
mod probe;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
