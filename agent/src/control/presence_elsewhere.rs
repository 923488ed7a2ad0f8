//! Where the system has neither record locks nor sockets of files, commands write down what was decided, and the agent
//! looks at it within half a second and before anything is kept or sent.

use std::fs::{File, TryLockError};
use std::path::Path;

use crossbeam_channel::Receiver;
use serde::de::DeserializeOwned;

use super::ask::{Ask, InForce, Teller, Wish};
use super::change::Change;
use crate::{AgentError, files};

/// Name of the file in the state folder.
const FILE: &str = "running";

/// Held while the agent runs.
#[derive(Debug)]
pub struct Presence {
    asks: Receiver<Ask>,
    teller: Teller,
    _lock: File,
}

impl Presence {
    /// Says that this process runs on a state folder.
    ///
    /// # Errors
    /// When the lock cannot be had.
    pub fn claim(state: &Path) -> Result<Self, AgentError> {
        let path = state.join(FILE);
        let lock = files::open_private(&path)?;
        lock.try_lock().map_err(|e| AgentError::file("lock", &path, e.into()))?;
        let (teller, asks) = Teller::new();
        Ok(Self { asks, teller, _lock: lock })
    }

    /// What the own page asks.
    ///
    /// # Errors
    /// None here.
    pub fn ask(&self) -> Result<Option<Ask>, AgentError> {
        Ok(self.asks.try_recv().ok())
    }

    /// For who asks within this process.
    pub fn teller(&self) -> Teller {
        self.teller.clone()
    }
}

/// Whether an agent runs on a state folder; the system does not say in which process, which is 0 then.
///
/// # Errors
/// When the system does not say.
pub fn running(state: &Path) -> Result<Option<u32>, AgentError> {
    let path = state.join(FILE);
    match File::open(&path).map(|file| file.try_lock_shared()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Ok(Ok(())) => Ok(None),
        Ok(Err(TryLockError::WouldBlock)) => Ok(Some(0)),
        Ok(Err(TryLockError::Error(error))) | Err(error) => Err(AgentError::file("look who holds", &path, error)),
    }
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
pub fn reach(_: &Path, _: &[Change], _: impl Fn(&InForce) -> bool) -> Result<Reached, AgentError> {
    Ok(Reached::Nobody)
}

/// Nobody can be asked.
///
/// # Errors
/// When one runs.
pub fn wish<T: DeserializeOwned>(state: &Path, _: &Wish) -> Result<Option<T>, AgentError> {
    running(state)?.map_or(Ok(None), |pid| Err(AgentError::Silent(pid)))
}

/// Nobody can be ended.
///
/// # Errors
/// Never.
pub fn end_running(_: &Path) -> Result<Option<u32>, AgentError> {
    Ok(None)
}
