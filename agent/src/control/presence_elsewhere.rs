//! Where the system has neither record locks nor sockets of files, commands write down what was decided, and the agent
//! looks at it within half a second and before anything is kept or sent.

use std::fs::File;
use std::path::Path;

use crate::AgentError;

/// What is in force in the agent that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InForce {
    /// Whether it is paused.
    pub paused: bool,
    /// Version of the last change of consent that was carried out.
    pub consent: u32,
    /// Records that waited and were removed.
    pub removed: u64,
}

/// A command that waits; there is none here.
#[derive(Debug)]
pub struct Ask {
    /// Version of the consent book before the decision.
    pub since: u32,
}

impl Ask {
    /// Tells the command.
    pub fn answer(self, _: InForce) {}
}

/// Held while the agent runs.
#[derive(Debug)]
pub struct Presence;

impl Presence {
    /// Nothing to claim.
    ///
    /// # Errors
    /// Never.
    pub fn claim(_: &Path) -> Result<Self, AgentError> {
        Ok(Self)
    }

    /// Nobody asks.
    pub fn asks(&self) -> impl Iterator<Item = Ask> {
        std::iter::empty()
    }
}

/// Not known.
///
/// # Errors
/// Never.
pub fn running(_: &Path) -> Result<Option<u32>, AgentError> {
    Ok(None)
}

/// What became of a decision in the agent that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// None can be asked.
    Nobody,
    /// It is in force.
    InForce(InForce),
    /// It was ended.
    Ended(u32),
}

/// Nobody can be asked.
///
/// # Errors
/// Never.
pub fn reach(_: &Path, _: u32, _: impl Fn(&InForce) -> bool) -> Result<Reached, AgentError> {
    Ok(Reached::Nobody)
}

/// Nothing is held.
#[must_use]
pub fn deciding(_: &Path) -> Option<File> {
    None
}
