//! Puts a store that was built aside in the place of another, so that a crash leaves the one or the other.

use std::fs::{self, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ledger;
use crate::files::{beside, sync_folder};
use crate::{AgentError, files};

/// Held by who uses the outbox of a folder, or replaces it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: fs::File,
}

/// Takes the lock of a folder, which lies beside it: the folder itself may be replaced.
pub(crate) fn lock(folder: &Path) -> Result<Lock, AgentError> {
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists()) {
        files::private_folder(parent)?;
    }
    let path = beside(folder, ".lock");
    let file = files::open_private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(AgentError::OutboxInUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(AgentError::file("lock", &path, error)),
    }
}

/// Keeps everybody from using the outbox of a folder while it is looked at; writes nothing, so it works where nothing can be written.
/// Where nobody has ever used it there is nothing to hold.
pub(super) fn hold_off(folder: &Path) -> Result<Option<Lock>, AgentError> {
    let path = beside(folder, ".lock");
    let file = match fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(AgentError::file("open", &path, error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Err(AgentError::OutboxInUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(AgentError::file("lock", &path, error)),
    }
}

/// Where the store of a folder lies that will be opened next: a crash may have left it in the place where it was built.
pub(super) fn place(folder: &Path) -> PathBuf {
    match is_cut_short(folder) {
        true => coming(folder),
        false => folder.to_owned(),
    }
}

/// What becomes of the store that was there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// It is removed.
    Removed,
    /// It is kept without its keys, for who wants to see how it was damaged.
    SetAside,
}

/// How long what is set aside stays.
const ASIDE_FOR: Duration = Duration::from_secs(14 * 86_400);

/// Where a store is built.
pub(super) fn coming(folder: &Path) -> PathBuf {
    beside(folder, ".new")
}

/// Where a damaged store is kept without its keys.
pub(super) fn aside(folder: &Path) -> PathBuf {
    beside(folder, ".damaged")
}

fn leaving(folder: &Path) -> PathBuf {
    beside(folder, ".old")
}

/// An empty folder to build a store in.
pub(super) fn begin(folder: &Path) -> Result<PathBuf, AgentError> {
    let coming = coming(folder);
    remove(&coming)?;
    files::private_folder(&coming)?;
    Ok(coming)
}

/// Puts what was built in its place.
pub(super) fn put(folder: &Path, before: Before) -> Result<(), AgentError> {
    if folder.exists() {
        remove(&leaving(folder))?;
        rename(folder, &leaving(folder))?;
    }
    rename(&coming(folder), folder)?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
    ledger::destroy(&leaving(folder))?;
    if before == Before::SetAside {
        remove(&aside(folder))?;
        return rename(&leaving(folder), &aside(folder));
    }
    remove(&leaving(folder))
}

/// Ends what a crash left half done: a store that had left its place is followed by the one that was whole by then. Any other that
/// was built goes: it has keys of its own, which would open what leaves the one in its place.
pub(super) fn finish(folder: &Path) -> Result<(), AgentError> {
    match is_cut_short(folder) {
        true => rename(&coming(folder), folder)?,
        false => remove(&coming(folder))?,
    }
    remove(&leaving(folder))
}

/// Removes a damaged store that was set aside long ago. Nothing in it opens, but its headers say when what was sensed.
pub(super) fn let_go_of_aside(folder: &Path) -> Result<(), AgentError> {
    let aside = aside(folder);
    let since = fs::metadata(&aside).and_then(|there| there.modified()).ok();
    match since.and_then(|since| since.elapsed().ok()) {
        Some(age) if age > ASIDE_FOR => remove(&aside),
        _ => Ok(()),
    }
}

/// Removes what was built and is not put in its place.
pub(super) fn give_up(folder: &Path) -> Result<(), AgentError> {
    remove(&coming(folder))
}

fn is_cut_short(folder: &Path) -> bool {
    !folder.exists() && leaving(folder).exists() && coming(folder).exists()
}

fn rename(from: &Path, to: &Path) -> Result<(), AgentError> {
    fs::rename(from, to).map_err(|e| AgentError::file("rename", from, e))
}

fn remove(folder: &Path) -> Result<(), AgentError> {
    if folder.is_dir() {
        ledger::destroy(folder)?;
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(AgentError::file("remove", folder, error)),
        _ => Ok(()),
    }
}
