use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;

use crate::{AgentError, files};

/// Name of the file in the state folder; sensing is paused while it is there.
const FILE: &str = "paused";

/// Pauses sensing on this state folder.
///
/// # Errors
/// When the system refuses.
pub fn pause(state: &Path, at: Timestamp) -> Result<(), AgentError> {
    files::private_folder(state)?;
    files::write_private(&state.join(FILE), format!("{at}\n").as_bytes())
}

/// Ends a pause, if there is one.
///
/// # Errors
/// When the system refuses.
pub fn resume(state: &Path) -> Result<(), AgentError> {
    let path = state.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(AgentError::file("remove", &path, error)),
        _ => Ok(()),
    }
}

/// Whether sensing is paused. When that cannot be told, it is.
#[must_use]
pub fn is_paused(state: &Path) -> bool {
    state.join(FILE).try_exists().unwrap_or(true)
}
