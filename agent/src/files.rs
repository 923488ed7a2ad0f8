//! The agent's own files: written whole or not at all, for their owner only, and never through a link.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::AgentError;

/// How long is waited for who holds a folder: far beyond what a change takes, within what a person waits.
const LONGEST_HOLD: Duration = Duration::from_secs(5);
/// Names by which a folder is known as the agent's: of a state folder, and of an outbox.
#[cfg(unix)]
const OURS: [&str; 15] = [
    "agent.toml",
    "identity.toml",
    "consent.toml",
    "enrolment.toml",
    "status.json",
    "running",
    "reserve",
    "paused",
    "phone.toml",
    "phone.json",
    "outbox",
    "outbox.lock",
    "db",
    "ledger.1",
    "own",
];

/// Makes a folder that only its owner can enter, with all that lead to it. One that is there must be the owner's, and is
/// closed to others.
///
/// # Errors
/// When the system refuses, or it is a link, no folder, or somebody else's.
pub fn private_folder(path: &Path) -> Result<(), AgentError> {
    match fs::symlink_metadata(path) {
        Ok(there) => close_folder(path, &there),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            if let Some(parent) = parent.filter(|parent| !parent.is_dir()) {
                private_folder(parent)?;
            }
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            match builder.create(path) {
                Ok(()) => sync_folder(parent.unwrap_or(Path::new("."))),
                // Another process was faster: what it made is looked at like any other.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => private_folder(path),
                Err(error) => Err(AgentError::file("make the folder", path, error)),
            }
        }
        Err(error) => Err(AgentError::file("look at", path, error)),
    }
}

fn close_folder(path: &Path, there: &fs::Metadata) -> Result<(), AgentError> {
    if !there.is_dir() {
        return Err(AgentError::content(path, "it is no folder; name one that is not reached through a link"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        if there.uid() != rustix::process::geteuid().as_raw() {
            return Err(AgentError::content(path, "it belongs to another user of this machine; name one of your own"));
        }
        if there.mode() & 0o1000 != 0 {
            return Err(AgentError::content(path, "it is a folder that everybody shares; name one inside it"));
        }
        if there.mode() & 0o077 != 0 {
            if !is_ours_to_close(path).map_err(|e| AgentError::file("list", path, e))? {
                return Err(AgentError::content(
                    path,
                    "it holds other things than the agent's, which would be closed to others with it; name a folder that is \
                     for the agent alone",
                ));
            }
            let closed = fs::set_permissions(path, fs::Permissions::from_mode(0o700));
            closed.map_err(|e| AgentError::file("close to others", path, e))?;
        }
    }
    Ok(())
}

/// Whether a folder is empty or holds something of the agent's.
#[cfg(unix)]
fn is_ours_to_close(path: &Path) -> std::io::Result<bool> {
    let mut is_empty = true;
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        // Of a file system of its own.
        if name == "lost+found" {
            continue;
        }
        let has_ending = [".orders", ".sock"].iter().any(|ending| name.ends_with(ending));
        if OURS.contains(&name.as_ref()) || has_ending || is_of_a_day(&name) {
            return Ok(true);
        }
        is_empty = false;
    }
    Ok(is_empty)
}

/// Whether a name is that of what the person keeps for themselves of a day, as 20785-face.
#[cfg(unix)]
fn is_of_a_day(name: &str) -> bool {
    name.split_once('-').is_some_and(|(day, what)| {
        let is_day = !day.is_empty() && day.bytes().all(|byte| byte.is_ascii_digit());
        is_day && (what == "sent" || attune_protocol::registry::Modality::from_name(what).is_some())
    })
}

/// Closes to others all that lies in a folder: versions before this one left files there as the system made them.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub(crate) fn close_all(folder: &Path) -> Result<(), AgentError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |e| AgentError::file("close to others", folder, e);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, there) = (entry.path(), entry.metadata().map_err(failed)?);
        let mode = if there.is_dir() { 0o700 } else { 0o600 };
        if !there.is_symlink() && there.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(failed)?;
        }
        if there.is_dir() {
            close_all(&path)?;
        }
    }
    Ok(())
}

/// The system has no modes of files.
#[cfg(not(unix))]
pub(crate) fn close_all(_: &Path) -> Result<(), AgentError> {
    Ok(())
}

/// Whether a path is a folder of the owner's own, and no link.
#[cfg(unix)]
pub(crate) fn is_own_folder(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|there| there.is_dir() && there.uid() == user)
}

/// Whether a path is a folder, and no link.
#[cfg(not(unix))]
pub(crate) fn is_own_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_dir())
}

/// Options that follow no link and make files for their owner only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    options
}

/// Closes to others a file that was there before with another mode.
fn close_file(file: &File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        if file.metadata()?.mode() & 0o177 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// Replaces a file by `bytes`, readable by its owner only. After a crash the file is the old or the new one.
///
/// # Errors
/// When the system refuses.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), AgentError> {
    let next = beside(path, ".new");
    // What is left of a write that was cut short may be anything, also a link.
    match fs::remove_file(&next) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(AgentError::file("remove", &next, error)),
        _ => {}
    }
    let written = private().write(true).create_new(true).open(&next).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|e| AgentError::file("write", &next, e))?;
    fs::rename(&next, path).map_err(|e| AgentError::file("replace", path, e))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Overwrites a file in place, so that on the disk nothing stays of what it said before. A crash leaves it torn.
///
/// # Errors
/// When the system refuses.
pub fn overwrite_private(path: &Path, bytes: &[u8]) -> Result<(), AgentError> {
    let written = private().read(true).write(true).create(true).truncate(false).open(path).and_then(|mut file| {
        close_file(&file)?;
        let (before, now) = (file.metadata()?.len(), bytes.len() as u64);
        file.rewind()?;
        file.write_all(bytes)?;
        if before > now {
            std::io::copy(&mut std::io::repeat(0).take(before - now), &mut file)?;
        }
        file.sync_all()?;
        if before > now {
            file.set_len(now)?;
        }
        Ok(before)
    });
    match written.map_err(|e| AgentError::file("write", path, e))? {
        // It may be new.
        0 => sync_folder(path.parent().unwrap_or(Path::new("."))),
        _ => Ok(()),
    }
}

/// Opens a file of the owner's own to hold, or makes it.
///
/// # Errors
/// When the system refuses.
pub fn open_private(path: &Path) -> Result<File, AgentError> {
    let opened = private().read(true).write(true).create(true).truncate(false).open(path);
    let opened = opened.and_then(|file| close_file(&file).map(|()| file));
    opened.map_err(|e| AgentError::file("open", path, e))
}

/// Makes a file for its owner alone, which must not be there.
///
/// # Errors
/// When it is, or the system refuses.
pub(crate) fn new_private(path: &Path) -> Result<File, AgentError> {
    private().write(true).create_new(true).open(path).map_err(|e| AgentError::file("make", path, e))
}

/// Waits until nobody else holds a folder, and holds it until dropped. No room on the disk is needed for it.
///
/// # Errors
/// When the system refuses, or somebody holds on to it for longer than any change takes.
pub fn hold(folder: &Path) -> Result<File, AgentError> {
    let file = match cfg!(unix) {
        true => File::open(folder).map_err(|e| AgentError::file("open", folder, e))?,
        false => open_private(&folder.join("held"))?,
    };
    let until = Instant::now() + LONGEST_HOLD;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(AgentError::file("lock", folder, error.into())),
        }
    }
}

/// Opens a file that is not reached through a link.
#[cfg(unix)]
pub(crate) fn open_to_read(path: &Path) -> std::io::Result<File> {
    private().read(true).open(path)
}

/// Overwrites a file with zeros and removes it, if it is there.
///
/// # Errors
/// When the system refuses.
pub fn destroy(path: &Path) -> Result<(), AgentError> {
    let overwritten = private().write(true).open(path).and_then(|mut file| {
        let len = file.metadata()?.len();
        std::io::copy(&mut std::io::repeat(0).take(len), &mut file)?;
        file.sync_all()
    });
    match overwritten.and_then(|()| fs::remove_file(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other.map_err(|e| AgentError::file("destroy", path, e)),
    }
}

/// A path with something behind its name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A rename, or a new file, is durable once its folder is.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), AgentError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| AgentError::file("sync the folder", folder, e))
}

/// The bytes of a file that is not reached through a link, or nothing when there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_private(path: &Path) -> Result<Option<Vec<u8>>, AgentError> {
    let mut bytes = Vec::new();
    match private().read(true).open(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AgentError::file("read", path, error)),
    }
}

/// The text of a file that is not reached through a link, or nothing when there is no such file.
///
/// # Errors
/// When it is there and cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>, AgentError> {
    let Some(bytes) = read_private(path)? else { return Ok(None) };
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| AgentError::content(path, "it is no text: it is damaged"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/identity.toml");
        private_folder(path.parent().unwrap()).unwrap();
        assert_eq!(read_if_there(&path).unwrap(), None);
        write_private(&path, b"first and long").unwrap();
        write_private(&path, b"second").unwrap();
        assert_eq!(read_if_there(&path).unwrap().as_deref(), Some("second"));
    }

    #[test]
    fn what_is_overwritten_or_destroyed_leaves_none_of_its_bytes_behind_its_new_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        overwrite_private(&path, b"first and long").unwrap();
        let mut open = File::open(&path).unwrap();
        overwrite_private(&path, b"second").unwrap();
        assert_eq!(read_private(&path).unwrap().as_deref(), Some(b"second".as_slice()));
        destroy(&path).unwrap();
        destroy(&path).unwrap();
        assert_eq!(read_private(&path).unwrap(), None);
        let mut left = Vec::new();
        open.read_to_end(&mut left).unwrap();
        assert_eq!(left, [0; 6], "who still has it open reads zeros");
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_for_their_owner_alone_also_where_they_were_there_before() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("a/state");
        fs::create_dir_all(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
        private_folder(&state).unwrap();
        private_folder(&state.join("b/c")).unwrap();
        assert_eq!([&state, &state.join("b"), &state.join("b/c")].map(|path| mode(path)), [0o700; 3]);
        for (name, write) in [("whole", write_private as fn(&Path, &[u8]) -> _), ("in place", overwrite_private)] {
            let path = state.join(name);
            for left in [path.clone(), beside(&path, ".new")] {
                fs::write(&left, b"").unwrap();
                fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
            }
            write(&path, b"secret").unwrap();
            assert_eq!(mode(&path), 0o600, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_with_things_of_somebody_else_is_not_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let documents = folder.path().join("documents");
        fs::create_dir(&documents).unwrap();
        fs::write(documents.join("letter.txt"), "").unwrap();
        let mode = || fs::metadata(&documents).unwrap().permissions().mode() & 0o777;
        fs::set_permissions(&documents, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(private_folder(&documents).unwrap_err().to_string().contains("other things than the agent's"));
        assert_eq!(mode(), 0o755);
        fs::write(documents.join("identity.toml"), "").unwrap();
        private_folder(&documents).unwrap();
        assert_eq!(mode(), 0o700, "it is a state folder");
        let own = folder.path().join("own");
        fs::create_dir(&own).unwrap();
        for (name, is_ours) in [("2026-report", false), ("20785-", false), ("-face", false), ("20785-face", true)] {
            fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
            fs::write(own.join(name), "").unwrap();
            assert_eq!(private_folder(&own).is_ok(), is_ours, "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_or_read_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        private_folder(&state).unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"untouched").unwrap();
        let path = state.join("file");
        for link in [path.clone(), beside(&path, ".new")] {
            std::os::unix::fs::symlink(&victim, link).unwrap();
        }
        assert!(read_private(&path).is_err() && overwrite_private(&path, b"secret").is_err());
        assert!(destroy(&path).is_err());
        write_private(&path, b"secret").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"untouched");
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        let linked = folder.path().join("linked");
        std::os::unix::fs::symlink(&state, &linked).unwrap();
        assert!(private_folder(&linked).unwrap_err().to_string().contains("link"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_everybody_shares_is_refused_and_left_as_it_is() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
        assert!(private_folder(&shared).unwrap_err().to_string().contains("shares"));
        assert_eq!(fs::metadata(&shared).unwrap().permissions().mode() & 0o7777, 0o1777);
    }
}
