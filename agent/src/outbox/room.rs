//! How much room an outbox takes on the disk, how much there is, and the bound.
//!
//! sled uses again what it has let go of, and cuts off what is free at the end of its file; but one segment that is held there keeps all
//! that is free before it. So its files may take [`bound`] of what waits in it, and one that has grown beyond is written anew.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::AgentError;

/// What the files of an outbox may take that holds nothing.
const EMPTY: u64 = 8 << 20;
/// Bytes on the disk for each byte that waits.
const FOR_EACH: u64 = 4;
/// What a new store takes that holds nothing.
const NEW: u64 = 2 << 20;

/// The most bytes on the disk for so many that wait. While a store is written anew, a copy of what waits lies beside it, too.
pub(super) const fn bound(waiting: u64) -> u64 {
    EMPTY.saturating_add(waiting.saturating_mul(FOR_EACH))
}

/// Bytes of all files in a folder; none where it is not there.
pub(super) fn taken(folder: &Path) -> Result<u64, AgentError> {
    let failed = |error| AgentError::file("list", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // sled removes files of its own meanwhile.
        let Ok(there) = entry.metadata() else { continue };
        bytes += if there.is_dir() { taken(&entry.path())? } else { there.len() };
    }
    Ok(bytes)
}

/// Refuses where the disk of a folder has no room for a new store of so many bytes.
pub(super) fn must_have(folder: &Path, waiting: u64) -> Result<(), AgentError> {
    let needed = NEW.saturating_add(waiting.saturating_mul(FOR_EACH));
    match free(folder) {
        Some(free) if free < needed => Err(AgentError::content(
            folder,
            format!(
                "it must be written anew, for which {needed} bytes are needed and {free} are free; nothing was touched: make room"
            ),
        )),
        _ => Ok(()),
    }
}

/// Bytes that are free where a folder lies; `None` where the system does not say.
#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let system = rustix::fs::statvfs(there).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

#[cfg(not(unix))]
fn free(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_of_a_folder_are_counted_and_of_none_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("blobs")).unwrap();
        fs::write(folder.path().join("db"), [0; 700]).unwrap();
        fs::write(folder.path().join("blobs/1"), [0; 30]).unwrap();
        assert_eq!(taken(folder.path()).unwrap(), 730);
        assert_eq!(taken(&folder.path().join("nothing")).unwrap(), 0);
    }

    #[test]
    fn where_there_is_no_room_for_a_new_store_it_is_refused_and_says_how_much_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        must_have(folder.path(), 1).unwrap();
        must_have(&folder.path().join("not/there"), 1).unwrap();
        let refused = must_have(folder.path(), u64::MAX).unwrap_err().to_string();
        assert!(refused.contains(&u64::MAX.to_string()) && refused.contains("nothing was touched"), "{refused}");
    }
}
