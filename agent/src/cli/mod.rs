//! The command line.

mod arguments;
mod commands;
mod decide;
mod logging;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
