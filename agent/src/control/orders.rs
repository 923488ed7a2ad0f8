//! Orders to stop that could not be written where they belong: a stop must not need disk space, nor a folder that can be
//! written.
//!
//! A file in the state folder keeps the space for them, so that writing them needs none. Where that cannot be written
//! either, they are kept in memory of the machine, in folders of the same user that do not depend on the environment of
//! who asks, until the machine is restarted. An order holds what is stopped, never what is granted; what does not read
//! stops everything.

#[cfg(unix)]
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::change::Change;
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
        let bytes = files::read_private(path)?.unwrap_or_default();
        if is_blank(&bytes) {
            return Ok(Self::default());
        }
        let text = String::from_utf8(bytes).map_err(|_| AgentError::content(path, "it is no text: it is damaged"))?;
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

/// Whether nothing is ordered. The file is this for as long as it is kept: one bit that was flipped in it is no order.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace) || bytes.iter().map(|byte| (byte ^ b'\n').count_ones()).sum::<u32>() <= 1
}

fn everywhere(state: &Path) -> Vec<PathBuf> {
    let name = name_of(state);
    let passing = passing_folders().into_iter().filter(|folder| files::is_own_folder(folder));
    let passing = passing.filter_map(|folder| Some(folder.join(name.clone()? + ".orders")));
    std::iter::once(state.join(RESERVE)).chain(passing).collect()
}

/// Folders outside the state folder in which a running agent writes, made where they are not there.
pub fn folders_elsewhere() -> Vec<PathBuf> {
    let folders = passing_folders();
    // One that cannot be made is not written either.
    folders.into_iter().filter(|folder| files::private_folder(folder).is_ok()).collect()
}

/// Folders in memory of the machine, which the agent and the commands find alike, whatever their environment.
pub(super) fn passing_folders() -> Vec<PathBuf> {
    #[cfg(unix)]
    {
        let user = rustix::process::geteuid().as_raw();
        let folders = [format!("/run/user/{user}"), "/dev/shm".into(), "/tmp".into()].map(PathBuf::from);
        let there = folders.into_iter().filter(|folder| folder.is_dir());
        there.flat_map(|folder| passing_in(&folder, &format!("attune-agent-{user}"))).collect()
    }
    #[cfg(not(unix))]
    Vec::new()
}

/// Folders of this user's own below one that many share: the one of that name, or where somebody else has taken the name, as
/// anybody can, those that begin with it. One that was found once is looked at for as long as this process runs, also when
/// the name is free again: an order may stand in it.
#[cfg(unix)]
fn passing_in(shared: &Path, name: &str) -> Vec<PathBuf> {
    static FOUND: Mutex<BTreeMap<PathBuf, BTreeSet<PathBuf>>> = Mutex::new(BTreeMap::new());
    let plain = shared.join(name);
    let is_taken = std::fs::symlink_metadata(&plain).is_ok() && !files::is_own_folder(&plain);
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if is_taken || !found.contains_key(&plain) {
        let begin = format!("{name}-");
        let entries = std::fs::read_dir(shared).into_iter().flatten().filter_map(Result::ok);
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin));
        let own = named.map(|entry| entry.path()).filter(|path| files::is_own_folder(path));
        found.entry(plain.clone()).or_default().extend(own);
    }
    let others = found.entry(plain.clone()).or_default();
    match is_taken {
        true if others.is_empty() => {
            // A name that nobody guesses; it is made by who writes there.
            let random = getrandom::u64().unwrap_or_default();
            vec![shared.join(format!("{name}-{random:016x}"))]
        }
        true => others.iter().cloned().collect(),
        false => std::iter::once(plain).chain(others.iter().cloned()).collect(),
    }
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_else_has_taken_the_name_a_folder_of_another_name_is_found_again() {
        let shared = tempfile::tempdir().unwrap();
        let (name, taken) = ("attune-agent-1", shared.path().join("attune-agent-1"));
        let find = || passing_in(shared.path(), name);
        assert_eq!(find(), std::slice::from_ref(&taken));
        // Whatever lies there and is no folder of this user's own.
        std::fs::write(&taken, "").unwrap();
        let another = find().remove(0);
        assert_ne!(another, taken);
        files::private_folder(&another).unwrap();
        assert_eq!(find(), std::slice::from_ref(&another));
        std::fs::remove_file(&taken).unwrap();
        assert_eq!(find(), [taken, another], "what was ordered there stands");
    }
}
