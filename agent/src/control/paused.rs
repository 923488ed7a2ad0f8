use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use jiff::Timestamp;

use super::orders::{Kept, Orders, prepare};
use crate::{AgentError, files};

/// Name of the file in the state folder; sensing is paused while it is there.
const FILE: &str = "paused";
/// Begins the line that says when a pause ends by itself. Versions before this one do not know it, and pause until `resume`.
const UNTIL: &str = "until ";

/// Pauses sensing on this state folder until it is resumed, also where it is full or cannot be written.
///
/// # Errors
/// When it can be written down nowhere: nothing is paused then.
pub fn pause(state: &Path, at: Timestamp) -> Result<Kept, AgentError> {
    pause_until(state, at, None)
}

/// As [`pause`], until an instant; without one, or where there is no room to write it down, until it is resumed.
///
/// # Errors
/// As [`pause`].
pub fn pause_until(state: &Path, at: Timestamp, until: Option<Timestamp>) -> Result<Kept, AgentError> {
    // Where the system refuses, writing tells whether that matters; what is no folder for state is an error.
    if let Err(problem @ AgentError::Content { .. }) = files::private_folder(state) {
        return Err(problem);
    }
    match write(state, at, until) {
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

pub(super) fn write(state: &Path, at: Timestamp, until: Option<Timestamp>) -> Result<(), AgentError> {
    let until = until.map(|until| format!("{UNTIL}{until}\n")).unwrap_or_default();
    files::write_private(&state.join(FILE), format!("{at}\n{until}").as_bytes())
}

/// When a pause ends by itself, if it does. One that has ended is none.
#[must_use]
pub fn paused_until(state: &Path) -> Option<Timestamp> {
    let text = files::read_if_there(&state.join(FILE)).ok()??;
    // What does not read ends by nothing but `resume`.
    text.lines().find_map(|line| line.strip_prefix(UNTIL))?.parse().ok()
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
    let is_there = state.join(FILE).try_exists().unwrap_or(true);
    let has_ended = || paused_until(state).is_some_and(|until| until <= Timestamp::now());
    (is_there && !has_ended()) || Orders::standing(state).map_or(true, |orders| orders.paused.is_some())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_pause_for_a_time_ends_by_itself_and_one_whose_end_does_not_read_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (state, now) = (folder.path(), Timestamp::now());
        let later = now + SignedDuration::from_hours(1);
        pause_until(state, now, Some(later)).unwrap();
        assert!(is_paused(state));
        assert_eq!(paused_until(state), Some(later));
        pause_until(state, now, Some(now)).unwrap();
        assert!(!is_paused(state));
        pause(state, now).unwrap();
        assert!(is_paused(state) && paused_until(state).is_none(), "a later pause goes over an earlier one");
        for text in ["until 1999", "until ", "2026-01-01T00:00:00Z\nuntl 1999-01-01T00:00:00Z"] {
            fs::write(state.join(FILE), text).unwrap();
            assert!(is_paused(state), "{text}");
        }
        resume(state).unwrap();
        assert!(!is_paused(state));
    }
}
