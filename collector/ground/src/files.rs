//! The collector's own files: for their owner alone whatever the umask, and written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};

/// Writes a file that only its owner reads, in the place of what was there. It is durable before this returns; after a
/// crash the file is the old or the new one.
///
/// # Errors
/// When the system refuses.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let partial = beside(path, ".partial");
    // What is left of a write that was cut short may be anything, also a link.
    let mut file = create_private(&partial)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    sync_folder(path.parent())
}

/// Removes a file, if it is there.
///
/// # Errors
/// When the system refuses.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Puts a file that is on the disk in the place of another one, whose bytes are overwritten then, as far as a file system does that:
/// what a key was is not to be read in free blocks.
///
/// # Errors
/// When the system refuses to put it there.
pub(crate) fn replace(made: &Path, path: &Path) -> Result<()> {
    let before = private().write(true).open(path);
    fs::rename(made, path)?;
    sync_folder(path.parent())?;
    if let Ok(mut before) = before {
        let overwritten = before.metadata().and_then(|about| {
            std::io::copy(&mut std::io::repeat(0).take(about.len()), &mut before)?;
            before.sync_all()
        });
        if let Err(error) = overwritten {
            tracing::warn!(%error, "What was replaced could not be overwritten.");
        }
    }
    Ok(())
}

/// Makes a file that only its owner reads; what is there under that name is removed.
///
/// # Errors
/// When the system refuses.
pub(crate) fn create_private(path: &Path) -> Result<File> {
    remove(path)?;
    private().write(true).create_new(true).open(path)
}

/// Opens a file to read and write, and makes it when it is not there; it is closed to others.
///
/// # Errors
/// When the system refuses.
pub(crate) fn open_private(path: &Path) -> Result<File> {
    let file = private().read(true).write(true).create(true).truncate(false).open(path)?;
    tighten(path)?;
    Ok(file)
}

/// Closes a file to all but its owner, if it is there.
///
/// # Errors
/// When it is a link, which could lead to somebody else's file, or the system refuses.
pub(crate) fn tighten(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        match fs::symlink_metadata(path) {
            Ok(there) if there.is_symlink() => {
                return Err(std::io::Error::new(
                    ErrorKind::InvalidInput,
                    "it is a link: put the file itself in its place",
                ));
            }
            Ok(there) if there.permissions().mode() & 0o177 != 0 => {
                fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The path with an ending more.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut longer = path.as_os_str().to_owned();
    longer.push(ending);
    longer.into()
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: Option<&Path>) -> Result<()> {
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_for_its_owner_alone_also_where_others_could_read_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("addresses.toml");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), mode(&path)), ("new", 0o600));
    }

    #[test]
    fn no_link_is_followed_to_a_file_that_is_opened_or_closed_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("collector.lock"), folder.path().join("elsewhere"));
        fs::write(&elsewhere, "somebody's").unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert!(open_private(&path).is_err());
        assert!(tighten(&path).is_err_and(|error| error.to_string().contains("it is a link")));
        assert_eq!((fs::read_to_string(&elsewhere).unwrap().as_str(), mode(&elsewhere)), ("somebody's", 0o644));
    }

    #[test]
    fn a_link_in_the_place_of_the_partial_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("master.key"), folder.path().join("elsewhere"));
        symlink(&elsewhere, beside(&path, ".partial")).unwrap();
        write_private(&path, "secret").unwrap();
        assert!(!elsewhere.exists());
        assert_eq!(fs::read_to_string(&path).unwrap(), "secret");
    }
}
