//! Standard output, in one place.

use std::io::{Write, stdout};

use crate::AgentError;

/// Writes a line at once, so that who reads a pipe sees it.
///
/// # Errors
/// When standard output is closed.
pub(crate) fn line(text: impl std::fmt::Display) -> Result<(), AgentError> {
    let mut out = stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(AgentError::Output)
}
