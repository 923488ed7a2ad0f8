//! Which way imports go: between the crates of the workspace, and between the modules of each crate.
//!
//! The sources are read as text. What stands under `#[cfg(test)]` does not count: tests may look at anything.

mod crates;
mod modules;
mod paths;
mod promises;
mod source;

use std::path::PathBuf;

/// The workspace's own folder.
fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
