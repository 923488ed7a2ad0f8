//! Files that a person names: recordings and what describes them. They are read more than once, so each must be a file; and one
//! that is a pipe which nobody writes to must not keep the agent from hearing that it is to end.

use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// Opens a file to read, and waits for nobody.
pub(crate) fn open(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let file = options.read(true).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(Error::new(
            ErrorKind::InvalidInput,
            "it is no file, and is read more than once: write what comes through a pipe or from a device to a file first",
        )),
    }
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text).map(|_| text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_that_nobody_writes_to_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, file) = (folder.path().join("motion.csv"), folder.path().join("heart.csv"));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(open(&pipe).unwrap_err().to_string().contains("it is no file"));
        assert!(open(folder.path()).is_err());
        std::fs::write(&file, "time_s,hr\n").unwrap();
        assert_eq!(text(&file).unwrap(), "time_s,hr\n");
    }
}
