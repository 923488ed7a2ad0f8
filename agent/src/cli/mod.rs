//! The command line.

mod arguments;
mod commands;

pub use arguments::Arguments;
pub use commands::execute;

#[cfg(test)]
mod tests;
