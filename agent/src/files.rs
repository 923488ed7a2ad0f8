//! The agent's own small files: written whole or not at all, and read by their owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::AgentError;

/// Makes a folder that only its owner can enter, with all that lead to it.
///
/// # Errors
/// When the system refuses.
pub fn private_folder(path: &Path) -> Result<(), AgentError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| AgentError::file("make the folder", path, e))
}

/// Replaces a file by `bytes`, readable by its owner only. After a crash the file is the old or the new one.
///
/// # Errors
/// When the system refuses.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), AgentError> {
    let mut next = path.as_os_str().to_owned();
    next.push(".new");
    let next = Path::new(&next);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(next).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|e| AgentError::file("write", next, e))?;
    fs::rename(next, path).map_err(|e| AgentError::file("replace", path, e))?;
    match path.parent() {
        Some(folder) if cfg!(unix) => sync_folder(folder),
        _ => Ok(()),
    }
}

/// A rename is durable once its folder is.
fn sync_folder(folder: &Path) -> Result<(), AgentError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| AgentError::file("sync the folder", folder, e))
}

/// The text of a file, or nothing when there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>, AgentError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AgentError::file("read", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_replaced_whole_and_read_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/identity.toml");
        private_folder(path.parent().unwrap()).unwrap();
        assert_eq!(read_if_there(&path).unwrap(), None);
        write_private(&path, b"first and long").unwrap();
        write_private(&path, b"second").unwrap();
        assert_eq!(read_if_there(&path).unwrap().as_deref(), Some("second"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
