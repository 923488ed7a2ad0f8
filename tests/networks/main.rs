//! The shipped networks, and others in their places, through the code that the agent runs.

mod own;
mod parity;
mod scores;

use std::path::PathBuf;

use attune_analysis::networks::Networks;
use attune_tests::left_out::data_for;

/// The folder of real recordings; says that the test is left out where none is named.
fn data(test: &str) -> Option<PathBuf> {
    data_for(test)
}

/// The networks of the project.
fn networks() -> Networks {
    Networks::load(&attune_tests::models::shipped()).expect("the shipped networks load")
}
