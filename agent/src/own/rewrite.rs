//! Writing a file anew without some of its entries, so that nothing of these can be read afterwards.
//!
//! What stays is written and flushed beside the file, under a new key; then the old file steps aside, the new one takes its
//! place, and the old one is destroyed. A kill leaves the file as it was, or the new one.

use std::fs;
use std::path::Path;

use attune_protocol::seal::SealKey;

use super::day::DayFile;
use crate::{AgentError, files};

/// Behind the name of a file that is being written.
const NEXT: &str = ".next";
/// Behind the name of one that is being destroyed.
const GONE: &str = ".gone";

/// Puts entries in the place of all that a file holds.
pub(super) fn rewrite(file: &DayFile, name: &str, device: &SealKey, bodies: &[Vec<u8>]) -> Result<DayFile, AgentError> {
    let (path, next, gone) = (file.path(), files::beside(file.path(), NEXT), files::beside(file.path(), GONE));
    let written = DayFile::create(&next, name, device).and_then(|mut new| {
        new.append(bodies)?;
        let synced = files::open_private(&next)?.sync_all();
        synced.map_err(|e| AgentError::file("write", &next, e)).map(|()| new)
    });
    let new = match written {
        Ok(new) => new,
        Err(problem) => {
            // It would only be in the way, and is destroyed at the next start at the latest.
            let _ = files::destroy(&next);
            return Err(problem);
        }
    };
    fs::rename(path, &gone).map_err(|e| AgentError::file("rename", path, e))?;
    fs::rename(&next, path).map_err(|e| AgentError::file("rename", &next, e))?;
    files::destroy(&gone)?;
    Ok(new.moved(path))
}

/// Ends what a kill has left half done.
pub(super) fn tidy(folder: &Path) -> Result<(), AgentError> {
    let failed = |e| AgentError::file("list", folder, e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.to_string_lossy();
        let Some(whole) = name.strip_suffix(NEXT).map(Path::new) else { continue };
        match whole.exists() {
            true => files::destroy(&path)?,
            false => fs::rename(&path, whole).map_err(|e| AgentError::file("rename", &path, e))?,
        }
    }
    // What they took the place of, and what a write of a whole file has left.
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if [GONE, ".new"].iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            files::destroy(&path)?;
        }
    }
    Ok(())
}
