//! Orders to stop that could not be written where they belong: a stop must not need disk space, nor a folder that can be
//! written.
//!
//! A file in the state folder keeps the space for them, so that writing them needs none. Where that cannot be written
//! either, they are kept in memory of the machine, in folders of the same user that do not depend on the environment of
//! who asks, until the machine is restarted. An order holds what is stopped, never what is granted; what does not read
//! stops everything.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::consent::Change;
use crate::{AgentError, files};

/// Name of the file in the state folder that keeps the space.
const RESERVE: &str = "reserve";
/// Its bytes: a pause and a withdrawal for each modality and purpose fit several times.
const SPACE: usize = 4096;
const VERSION: u32 = 1;

/// What was stopped.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Orders {
    pub(super) version: u32,
    /// Since when sensing is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) paused: Option<Timestamp>,
    /// The changes of consent behind the last one that the book in its own file has.
    #[serde(default, rename = "change", skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<Change>,
}

/// Where a decision stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// On the disk.
    Durably,
    /// In memory of the machine.
    UntilRestart,
}

impl Default for Orders {
    fn default() -> Self {
        Self { version: VERSION, paused: None, changes: Vec::new() }
    }
}

impl Orders {
    fn is_empty(&self) -> bool {
        self.paused.is_none() && self.changes.is_empty()
    }

    /// As bytes that always take the same space.
    fn encode(&self) -> Vec<u8> {
        let mut text = match self.is_empty() {
            true => String::new(),
            false => toml::to_string(self).expect("orders are text, numbers and times"),
        };
        text.extend(std::iter::repeat_n('\n', SPACE.saturating_sub(text.len())));
        text.into_bytes()
    }

    fn read(path: &Path) -> Result<Self, AgentError> {
        let text = files::read_if_there(path)?.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let orders: Self = toml::from_str(&text).map_err(|e| AgentError::content(path, e.message()))?;
        if orders.version != VERSION {
            let problem = format!("its version is {} and this build reads {VERSION}", orders.version);
            return Err(AgentError::content(path, problem));
        }
        Ok(orders)
    }

    /// All that stand for a state folder.
    ///
    /// # Errors
    /// When some are there but do not read.
    pub(super) fn standing(state: &Path) -> Result<Self, AgentError> {
        let mut all = Self::default();
        for path in everywhere(state) {
            let Self { paused, changes, .. } = Self::read(&path)?;
            all.paused = all.paused.or(paused);
            for change in changes {
                if all.changes.iter().all(|known| known.name() != change.name()) {
                    all.changes.push(change);
                }
            }
        }
        all.changes.sort_by_key(|change| change.version);
        Ok(all)
    }

    /// Writes them where there is space, in the place of those before.
    ///
    /// # Errors
    /// With what the state folder says, when they cannot be written anywhere.
    pub(super) fn give(&self, state: &Path) -> Result<Kept, AgentError> {
        let bytes = self.encode();
        let durably = prepare(state).and_then(|()| files::overwrite_private(&state.join(RESERVE), &bytes));
        let Err(problem) = durably else { return Ok(Kept::Durably) };
        let mut kept = Err(problem);
        for folder in passing_folders() {
            let Some(name) = name_of(state) else { continue };
            let written = files::private_folder(&folder)
                .and_then(|()| files::overwrite_private(&folder.join(name + ".orders"), &bytes));
            if written.is_ok() {
                kept = Ok(Kept::UntilRestart);
            }
        }
        kept
    }

    /// Leaves these, and no others, standing.
    ///
    /// # Errors
    /// When others stand that cannot be taken back: they are in force still.
    pub(super) fn replace(&self, state: &Path) -> Result<(), AgentError> {
        let bytes = self.encode();
        for path in everywhere(state) {
            if !Self::read(&path).is_ok_and(|orders| orders.is_empty()) {
                files::overwrite_private(&path, &bytes)?;
            }
        }
        Ok(())
    }
}

/// Keeps the space for orders in a state folder.
///
/// # Errors
/// When there is none.
pub(super) fn prepare(state: &Path) -> Result<(), AgentError> {
    let path = state.join(RESERVE);
    if std::fs::symlink_metadata(&path).is_ok_and(|file| file.len() == SPACE as u64) {
        return Ok(());
    }
    // One that is shorter may hold an order: it stays in force.
    let (is_new, bytes) = (!path.exists(), Orders::read(&path)?.encode());
    files::overwrite_private(&path, &bytes).inspect_err(|_| {
        if is_new {
            // A part of it would only be in the way.
            let _ = std::fs::remove_file(&path);
        }
    })
}

fn everywhere(state: &Path) -> Vec<PathBuf> {
    let name = name_of(state);
    let passing = passing_folders().into_iter().filter(|folder| files::is_own_folder(folder));
    let passing = passing.filter_map(|folder| Some(folder.join(name.clone()? + ".orders")));
    std::iter::once(state.join(RESERVE)).chain(passing).collect()
}

/// Folders in memory of the machine, which the agent and the commands find alike, whatever their environment.
pub(super) fn passing_folders() -> Vec<PathBuf> {
    #[cfg(unix)]
    {
        let user = rustix::process::geteuid().as_raw();
        let folders = [format!("/run/user/{user}"), "/dev/shm".into(), "/tmp".into()].map(PathBuf::from);
        let there = folders.into_iter().filter(|folder| folder.is_dir());
        there.map(|folder| folder.join(format!("attune-agent-{user}"))).collect()
    }
    #[cfg(not(unix))]
    Vec::new()
}

/// Names a state folder by what it is and not by its path: it may be reached, and mounted, in several ways. By its birth too,
/// where the file system knows it: numbers of what is gone are given again.
pub(super) fn name_of(state: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let there = std::fs::metadata(state).ok()?;
        let born = there.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let born = born.map_or(0, |since| since.as_nanos());
        Some(format!("{:x}-{:x}-{born:x}", there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = state;
        None
    }
}
