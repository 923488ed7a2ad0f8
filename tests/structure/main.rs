//! Which way imports go, between the crates of the workspace and between the modules of each crate; who reads which table,
//! and whether tables can be spread over machines by person; that no two types are described under one name; that ARCHITECTURE.md
//! and SECURITY.md say what is there; and that what is fuzzed is run by every change in its short form.
//!
//! The sources are read as text. What stands under `#[cfg(test)]` does not count: tests may look at anything.

mod crates;
mod fuzz;
mod map;
mod modules;
mod paths;
mod promises;
mod schemas;
mod siblings;
mod source;
mod spread;
mod tables;

use std::path::PathBuf;

/// The workspace's own folder.
fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
