//! A recording is known by what it holds and not by its path: another file in its place is another recording, and one that
//! was moved is the same.

use std::fs;
use std::io::Read;
use std::path::Path;

use attune_protocol::digest::Digest;

use crate::stop::Stop;
use crate::{AgentError, given};

const PIECE: usize = 1 << 20;

/// A digest of a file, or of the names and files of a folder.
///
/// # Errors
/// When it cannot be read, or the reading was stopped.
pub(super) fn digest(path: &Path, stop: &Stop) -> Result<Digest, AgentError> {
    digest_of(path, |_| true, stop)
}

/// The same of those files of a folder that are meant. No other is opened.
///
/// # Errors
/// As [`digest`].
pub(super) fn digest_of(path: &Path, is_meant: fn(&Path) -> bool, stop: &Stop) -> Result<Digest, AgentError> {
    let failed = |e| AgentError::file("read", path, e);
    if fs::metadata(path).map_err(failed)?.is_dir() {
        return folder(path, is_meant, stop);
    }
    let (mut file, mut all) = (given::open(path).map_err(failed)?, Digest::of_pieces("file"));
    let mut piece = vec![0; PIECE];
    loop {
        if stop.is_asked() {
            return Err(AgentError::Stopped);
        }
        match file.read(&mut piece).map_err(failed)? {
            0 => return Ok(all.digest()),
            read => all.add(&piece[..read]),
        }
    }
}

fn folder(path: &Path, is_meant: fn(&Path) -> bool, stop: &Stop) -> Result<Digest, AgentError> {
    let failed = |e| AgentError::file("list", path, e);
    let entries = fs::read_dir(path).map_err(failed)?.map(|entry| entry.map(|entry| entry.file_name()));
    let mut names: Vec<_> = entries.collect::<Result<_, _>>().map_err(failed)?;
    names.retain(|name| is_meant(Path::new(name)));
    names.sort();
    let mut all = Digest::of_pieces("folder");
    for name in names {
        let bytes = name.as_encoded_bytes();
        all.add(&(bytes.len() as u64).to_be_bytes());
        all.add(bytes);
        all.add(&digest(&path.join(&name), stop)?.0);
    }
    Ok(all.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_a_folder_are_known_by_what_they_hold_wherever_they_lie() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let of = |name: &str| digest(&place.path().join(name), &Stop::default()).unwrap();
        for (name, text) in [("a", "one"), ("moved", "one"), ("other", "two")] {
            write(name, text);
        }
        assert_eq!(of("a"), of("moved"));
        assert_ne!(of("a"), of("other"));
        for (name, text) in [("x/1.png", "one"), ("x/2.png", "two"), ("y/1.png", "one"), ("y/2.png", "two")] {
            write(name, text);
        }
        assert_eq!(of("x"), of("y"));
        write("y/2.png", "changed");
        assert_ne!(of("x"), of("y"));
        write("y/2.png", "two");
        write("y/3.png", "");
        assert_ne!(of("x"), of("y"), "one more");
        let first = |name: &Path| name == Path::new("1.png");
        let of_first = |name: &str| digest_of(&place.path().join(name), first, &Stop::default()).unwrap();
        assert_eq!(of_first("x"), of_first("y"));
        assert!(digest(&place.path().join("nowhere"), &Stop::default()).is_err());
        let stopped = Stop::default();
        stopped.ask();
        assert!(matches!(digest(&place.path().join("a"), &stopped), Err(AgentError::Stopped)));
    }
}
