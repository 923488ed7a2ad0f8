use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;

use super::orders::{Kept, Orders, prepare};
use crate::{AgentError, files};

/// Name of the file in the state folder; sensing is paused while it is there.
const FILE: &str = "paused";

/// Pauses sensing on this state folder, also where it is full or cannot be written.
///
/// # Errors
/// When it can be written down nowhere: nothing is paused then.
pub fn pause(state: &Path, at: Timestamp) -> Result<Kept, AgentError> {
    // Where the system refuses, writing tells whether that matters; what is no folder for state is an error.
    if let Err(problem @ AgentError::Content { .. }) = files::private_folder(state) {
        return Err(problem);
    }
    match write(state, at) {
        Ok(()) => {
            // Without it the next order goes elsewhere.
            let _ = prepare(state);
            Ok(Kept::Durably)
        }
        Err(problem) => {
            let orders = Orders { paused: Some(at), ..Orders::standing(state).unwrap_or_default() };
            orders.give(state).map_err(|_| problem)
        }
    }
}

pub(super) fn write(state: &Path, at: Timestamp) -> Result<(), AgentError> {
    files::write_private(&state.join(FILE), format!("{at}\n").as_bytes())
}

/// Ends a pause, if there is one.
///
/// # Errors
/// When the system refuses: the pause stands.
pub fn resume(state: &Path) -> Result<(), AgentError> {
    let path = state.join(FILE);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(AgentError::file("remove", &path, error)),
        _ => {}
    }
    let standing = Orders::standing(state)?;
    if standing.paused.is_none() { Ok(()) } else { Orders { paused: None, ..standing }.replace(state) }
}

/// Whether sensing is paused. When that cannot be told, it is.
#[must_use]
pub fn is_paused(state: &Path) -> bool {
    state.join(FILE).try_exists().unwrap_or(true)
        || Orders::standing(state).map_or(true, |orders| orders.paused.is_some())
}
