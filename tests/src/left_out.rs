//! Tests that this machine cannot run are counted, never silent.

use std::io::Write;
use std::path::PathBuf;

/// Says on the real standard error, past the test runner's capture, that a test is left out and why.
/// `./attune test` counts these lines.
pub fn left_out(test: &str, reason: &str) {
    tell(&format!("left out: {test}: {reason}"));
}

/// Writes a line past the test runner's capture.
pub fn tell(line: &str) {
    // A closed standard error must not fail a test.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The folder of real recordings, named by `ATTUNE_DATA`; says that the test is left out where it is not set.
#[must_use]
pub fn data_for(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("ATTUNE_DATA").map(PathBuf::from);
    if folder.is_none() {
        left_out(test, "ATTUNE_DATA does not name the folder of real recordings");
    }
    folder
}

/// A program of the system's, looked for also where Debian keeps servers; says that the test is left out without it.
#[must_use]
pub fn tool_for(test: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        left_out(test, &format!("{name} is not installed"));
    }
    found
}
