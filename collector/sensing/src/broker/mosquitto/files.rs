//! Those texts as files, written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use attune_protocol::ids::DeviceId;

/// mosquitto's `acl_file`.
pub(super) const RULES: &str = "attune.acl";
/// mosquitto's `password_file`.
pub(super) const PASSWORDS: &str = "attune.passwords";

/// The texts of both files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Texts {
    pub rules: String,
    pub passwords: String,
}

impl Texts {
    /// Writes what is another than stands in a folder, which is made where there is none; gives whether something was.
    pub(super) fn write(&self, folder: &Path) -> Result<bool> {
        make(folder)?;
        let mut changed = false;
        // Who is let in before what they may: so nobody who was revoked has a moment of the new rules.
        for (name, text) in [(PASSWORDS, &self.passwords), (RULES, &self.rules)] {
            let path = folder.join(name);
            if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
                continue;
            }
            put(&path, text)?;
            changed = true;
        }
        Ok(changed)
    }
}

/// For its owner, and for the group of the folder, in which the broker is.
fn put(path: &Path, text: &str) -> Result<()> {
    // Of two collectors that write at once each has a file of its own until it takes the place.
    let partial = path.with_added_extension(DeviceId::random().to_string());
    let written = write_new(&partial, text).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // What is left of it helps nobody; why it could not be written is what there is to say.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
    let mut file = options.open(path)?;
    // Whatever the umask.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o640))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn make(folder: &Path) -> Result<()> {
    let mut maker = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o750);
    match maker.create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_another_is_written_and_for_owner_and_group_alone() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("broker");
        let mut texts = Texts { rules: "rules\n".into(), passwords: "a:b\n".into() };
        assert!(texts.write(&folder).expect("written"), "the folder is made");
        assert!(!texts.write(&folder).expect("looked at"));
        texts.passwords = "c:d\n".into();
        assert!(texts.write(&folder).expect("written"));
        let mut names: Vec<_> =
            fs::read_dir(&folder).expect("there").map(|entry| entry.expect("reads").file_name()).collect();
        names.sort();
        assert_eq!(names, [RULES, PASSWORDS], "and nothing beside them");
        assert_eq!(fs::read_to_string(folder.join(PASSWORDS)).expect("reads"), "c:d\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&folder.join(PASSWORDS)), 0o640);
            assert_eq!(mode(&folder) & 0o007, 0);
        }
        assert!(texts.write(&place.path().join("no/such/folder")).is_err());
    }
}
