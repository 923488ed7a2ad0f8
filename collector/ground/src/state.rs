use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::{GroundError, files};

/// Names by which a folder is known as a collector's.
const OURS: [&str; 6] =
    ["collector.lock", "collector.sqlite", "keys.sqlite", "master.key", "recovery.pub", "addresses.toml"];

/// The folder of a collector that runs: master key, addresses and, with SQLite, the database. One collector at a time has
/// it. Nobody but its owner looks into it.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    lock: File,
    cut_short: bool,
}

impl StateFolder {
    /// Takes the folder, which is made where there is none and closed to others where it was open.
    ///
    /// # Errors
    /// When another collector has it, it belongs to somebody else, or the system refuses.
    pub fn take(path: &Path) -> Result<Self, GroundError> {
        prepare(path)?;
        let file = path.join("collector.lock");
        let lock = files::open_private(&file).map_err(GroundError::file(&file))?;
        match lock.try_lock() {
            Ok(()) => Self::hold(path, lock).map_err(GroundError::file(file)),
            Err(TryLockError::WouldBlock) => {
                // Some systems let nobody read what is locked; then nobody knows which process it is.
                let holder = fs::read_to_string(&file).unwrap_or_default();
                let holder = if holder.is_empty() { holder } else { format!(", process {}", holder.trim()) };
                Err(GroundError::Taken { path: path.into(), holder })
            }
            Err(TryLockError::Error(source)) => Err(GroundError::File { path: file, source }),
        }
    }

    /// Looks at a folder that another collector may have.
    ///
    /// # Errors
    /// When it belongs to somebody else, or holds other things: then it is not the one that was meant. One that is not there is no
    /// error.
    pub fn look(path: &Path) -> Result<(), GroundError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            there => ours(path, &there.map_err(GroundError::file(path))?)?,
        }
        if may_be_ours(path).map_err(GroundError::file(path))? {
            return Ok(());
        }
        let problem =
            "holds other things and nothing of a collector's; name an empty folder, or one that a collector has made";
        Err(GroundError::Foreign { path: path.into(), problem: problem.into() })
    }

    fn hold(path: &Path, mut lock: File) -> std::io::Result<Self> {
        let mut before = String::new();
        lock.read_to_string(&mut before)?;
        lock.rewind()?;
        lock.set_len(0)?;
        write!(lock, "{}", std::process::id())?;
        lock.sync_all()?;
        Ok(Self { path: path.into(), lock, cut_short: !before.is_empty() })
    }

    /// Whether the collector before did not come to its end: it was killed, or the power failed.
    #[must_use]
    pub const fn was_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Gives the folder back, and notes that all is finished.
    ///
    /// # Errors
    /// When the system refuses; the next start then looks closer than it must.
    pub fn give_back(self) -> Result<(), GroundError> {
        let emptied = self.lock.set_len(0).and_then(|()| self.lock.sync_all());
        emptied.map_err(GroundError::file(self.path))
    }
}

/// Makes the folder, or closes one that is there to others.
fn prepare(path: &Path) -> Result<(), GroundError> {
    StateFolder::look(path)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(GroundError::file(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(GroundError::file(path))?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(folder = %path.display(), "The state folder was open to others; it is closed now.");
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(GroundError::file(path))?;
        }
    }
    Ok(())
}

/// Whether a folder holds something of a collector's, or nothing but what may lie in one that is to become a collector's.
fn may_be_ours(path: &Path) -> std::io::Result<bool> {
    let mut is_empty = true;
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if OURS.contains(&name.as_ref()) {
            return Ok(true);
        }
        // A configuration, hidden files, and what a file system of its own begins with.
        is_empty &= name.ends_with(".toml") || name.starts_with('.') || name == "lost+found";
    }
    Ok(is_empty)
}

/// Whoever owns the folder, or the link that leads to it, decides what lies there.
fn ours(path: &Path, there: &fs::Metadata) -> Result<(), GroundError> {
    let wrong = |problem| GroundError::Foreign { path: path.into(), problem };
    let target = fs::metadata(path).map_err(GroundError::file(path))?;
    if !target.is_dir() {
        return Err(wrong("is no folder".into()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let user = rustix::process::geteuid().as_raw();
        for (what, owner) in [("is a link that", there.uid()), ("", target.uid())] {
            if owner != user {
                let problem = format!("{what} belongs to user {owner}, and this is user {user}; run as its owner");
                return Err(wrong(problem.trim_start().into()));
            }
        }
        if target.mode() & 0o1000 != 0 {
            return Err(wrong("is shared by all users of this machine; name one inside it".into()));
        }
    }
    if there.is_symlink() {
        let leads_to = fs::canonicalize(path).unwrap_or_default();
        tracing::warn!(folder = %path.display(), leads_to = %leads_to.display(), "The state folder is a link.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_collectors_never_have_one_state_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let one = StateFolder::take(&path).unwrap();
        let error = StateFolder::take(&path).unwrap_err().to_string();
        assert!(error.contains("another collector runs on it"), "{error}");
        if cfg!(unix) {
            assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        }
        one.give_back().unwrap();
        assert!(!StateFolder::take(&path).unwrap().was_cut_short());
    }

    #[test]
    fn an_end_that_came_too_early_is_noticed_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!StateFolder::take(folder.path()).unwrap().was_cut_short());
        assert!(StateFolder::take(folder.path()).unwrap().was_cut_short());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_for_its_owner_alone() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let made = folder.path().join("made");
        drop(StateFolder::take(&made).unwrap());
        assert_eq!((mode(&made), mode(&made.join("collector.lock"))), (0o700, 0o600));
        fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).unwrap();
        let link = folder.path().join("link");
        symlink(&made, &link).unwrap();
        drop(StateFolder::take(&link).unwrap());
        assert_eq!(mode(&made), 0o700, "through a link of the same owner, too");
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(StateFolder::take(&shared).unwrap_err().to_string().contains("shared by all users"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_other_things_is_neither_taken_nor_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letter.txt"), "").unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let error = StateFolder::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains("nothing of a collector's"), "{error}");
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, fs::read_dir(folder.path()).unwrap().count()), (0o755, 1), "nothing is changed");
        fs::rename(folder.path().join("letter.txt"), folder.path().join("collector.toml")).unwrap();
        drop(StateFolder::take(folder.path()).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_of_somebody_else_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        if std::os::unix::fs::chown(folder.path(), Some(12_345), None).is_err() {
            return; // only root gives folders away
        }
        let error = StateFolder::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains("belongs to user 12345"), "{error}");
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is written");
    }
}
