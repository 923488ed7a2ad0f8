//! The command line.

mod arguments;
mod commands;
mod decide;
mod doctor;
mod enrol;
mod explain;
mod logging;
mod own;
mod probe;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
