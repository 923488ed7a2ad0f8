//! Log lines, to standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

use crate::AgentError;

/// Starts logging at a level, for people or as JSON.
///
/// # Errors
/// When the level does not read.
pub(super) fn start(level: &str, json: bool) -> Result<(), AgentError> {
    // The decoder of sound tells of every file that it opens, and warns of sound ones; what is wrong comes back as an error.
    let filter = EnvFilter::try_new(format!("symphonia=off,{level}"))
        .map_err(|e| AgentError::Config(format!("log.level: {e}")))?;
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_ansi(stderr().is_terminal());
    // Logging that was started before, as by a test, goes on.
    let _ = match json {
        true => subscriber.json().try_init(),
        false => subscriber.with_target(false).try_init(),
    };
    Ok(())
}
