//! The folder of copies. A copy has its name once all of it is on the disk, and what a cut one has left goes with the next.

use std::fs::{File, TryLockError};
use std::io::{BufWriter, Error, Read, Seek, Write};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::BackupError;
use super::recovery::Recovery;
use super::sealed::{Holds, Label, Writer};
use crate::{GroundError, files};

/// The one copy of the keys.
pub(super) const KEYS: &str = "keys.attune-backup";
/// With this the name of a copy ends.
const ENDING: &str = ".attune-backup";
/// With this that of one that is not whole.
const PARTIAL: &str = ".attune-backup.partial";
/// Bytes of what tells collectors apart, and more.
const LONGEST_NAME: u64 = 256;
/// Chunks that wait for the disk.
const WAITING: usize = 2;
/// Bytes that are written at a time.
const BUFFER: usize = 1 << 20;

/// A copy that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// Whoever has this writes that kind of copy into the folder, and nobody else.
pub(super) struct Turn {
    folder: PathBuf,
    holds: Holds,
    lock: File,
}

impl Turn {
    /// Makes the folder where there is none. Whoever writes the keys is waited for: that takes a moment. Another one that writes data is
    /// not.
    pub(super) fn take(folder: &Path, holds: Holds) -> Result<Self, BackupError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(GroundError::file(folder))?;
        let path = folder.join(format!(".{}.lock", holds.words()));
        let lock = files::open_private(&path).map_err(GroundError::file(&path))?;
        match holds {
            Holds::Keys => lock.lock().map_err(GroundError::file(&path))?,
            Holds::Data => match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(BackupError::Busy { path: folder.into() }),
                Err(TryLockError::Error(source)) => return Err(GroundError::File { path, source }.into()),
            },
        }
        let turn = Self { folder: folder.into(), holds, lock };
        turn.tidy().map_err(GroundError::file(folder))?;
        Ok(turn)
    }

    /// Holds that the copy of the keys that lies here is that of this collector, and says so for whoever comes next: it is the only
    /// one that another one has.
    pub(super) fn claim(&self, collector: &str) -> Result<(), BackupError> {
        let (path, mut lock) = (self.folder.join(KEYS), &self.lock);
        let mut whose = String::new();
        let read = lock.take(LONGEST_NAME).read_to_string(&mut whose);
        read.map_err(GroundError::file(&path))?;
        if whose.trim() == collector {
            return Ok(());
        }
        if !whose.trim().is_empty() && path.try_exists().map_err(GroundError::file(&path))? {
            return Err(BackupError::OthersFolder { path: self.folder.clone() });
        }
        let written = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| lock.write_all(collector.as_bytes()))
            .and_then(|()| lock.sync_all());
        Ok(written.map_err(GroundError::file(&path))?)
    }

    /// Removes what was cut short.
    fn tidy(&self) -> std::io::Result<()> {
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_ours =
                name.to_str().is_some_and(|name| name.starts_with(self.holds.words()) && name.ends_with(PARTIAL));
            if is_ours {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Begins a copy, which a thread of its own seals and writes.
    pub(super) fn begin(self, made_at: i64, recovery: Recovery) -> Sink {
        let (sender, receiver) = channel(WAITING);
        let task = tokio::task::spawn_blocking(move || self.write(made_at, &recovery, receiver));
        Sink { sender, task }
    }

    /// One of the same second as another one is numbered: none is overwritten.
    fn path(&self, made_at: i64) -> std::io::Result<PathBuf> {
        if self.holds == Holds::Keys {
            return Ok(self.folder.join(KEYS));
        }
        let at = jiff::Timestamp::from_millisecond(made_at).unwrap_or_default();
        let name = format!("data-{}", at.strftime("%Y%m%dT%H%M%SZ"));
        let mut path = self.folder.join(format!("{name}{ENDING}"));
        let mut number = 1;
        while path.try_exists()? {
            number += 1;
            path = self.folder.join(format!("{name}-{number}{ENDING}"));
        }
        Ok(path)
    }

    fn write(self, made_at: i64, recovery: &Recovery, chunks: Receiver<Part>) -> Result<Option<Written>, BackupError> {
        let path = self.path(made_at).map_err(GroundError::file(&self.folder))?;
        let partial = files::beside(&path, ".partial");
        let label = Label { holds: self.holds, made_at };
        let written = write_whole(&partial, &path, (label, recovery), chunks);
        if !matches!(written, Ok(Some(_))) {
            // Half a copy would pass for one with who looks at names only.
            let _ = files::remove(&partial);
        }
        match written {
            Ok(bytes) => Ok(bytes.map(|bytes| Written { path, bytes })),
            Err(source) => Err(BackupError::Write { path, source }),
        }
    }
}

fn write_whole(
    partial: &Path,
    path: &Path,
    (label, recovery): (Label, &Recovery),
    mut parts: Receiver<Part>,
) -> Result<Option<u64>, Error> {
    let file = BufWriter::with_capacity(BUFFER, files::create_private(partial)?);
    let mut writer = Writer::new(file, label, recovery)?;
    loop {
        match parts.blocking_recv() {
            Some(Part::Chunk(chunk)) => writer.chunk(chunk)?,
            Some(Part::End) => break,
            // Who reads has failed, and says why.
            None => return Ok(None),
        }
    }
    let (file, bytes) = writer.end()?;
    file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    files::replace(partial, path)?;
    Ok(Some(bytes))
}

enum Part {
    Chunk(Vec<u8>),
    End,
}

/// Takes the chunks of a copy. One that is dropped before its end leaves nothing.
pub(super) struct Sink {
    sender: Sender<Part>,
    task: JoinHandle<Result<Option<Written>, BackupError>>,
}

impl Sink {
    /// Gives whether it goes on: where the disk refuses, [`Self::end`] says why.
    pub(super) async fn chunk(&self, chunk: Vec<u8>) -> bool {
        self.sender.send(Part::Chunk(chunk)).await.is_ok()
    }

    pub(super) async fn end(self) -> Result<Written, BackupError> {
        let _ = self.sender.send(Part::End).await;
        let written = self.task.await.map_err(|_| GroundError::Abandoned)?;
        Ok(written?.ok_or(GroundError::Abandoned)?)
    }

    /// Ends it without a copy, once nothing is left of it.
    pub(super) async fn give_up(self) {
        let Self { sender, task } = self;
        drop(sender);
        let _ = task.await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::recovery::RecoveryKey;
    use super::*;

    #[tokio::test]
    async fn a_copy_has_its_name_when_it_is_whole_and_half_a_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let mut names: Vec<String> = std::fs::read_dir(folder.path())
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect();
            names.retain(|name| !name.starts_with('.'));
            names.sort();
            names
        };
        let key = RecoveryKey::generate();
        std::fs::write(folder.path().join("data-1.attune-backup.partial"), "of one that was killed").unwrap();
        let sink = Turn::take(folder.path(), Holds::Data).unwrap().begin(1_700_000_000_000, key.public());
        assert!(matches!(Turn::take(folder.path(), Holds::Data), Err(BackupError::Busy { .. })));
        assert!(sink.chunk(vec![1; 100]).await);
        sink.give_up().await;
        assert!(names().is_empty(), "{:?}", names());
        let sink = Turn::take(folder.path(), Holds::Data).unwrap().begin(1_700_000_000_000, key.public());
        assert!(sink.chunk(vec![1; 100]).await);
        let written = sink.end().await.unwrap();
        assert_eq!(names(), ["data-20231114T221320Z.attune-backup"]);
        let first = std::fs::read(&written.path).unwrap();
        assert_eq!(first.len() as u64, written.bytes);
        let again = Turn::take(folder.path(), Holds::Data).unwrap().begin(1_700_000_000_999, key.public());
        assert!(again.chunk(vec![1; 200]).await);
        again.end().await.unwrap();
        assert_eq!(names(), ["data-20231114T221320Z-2.attune-backup", "data-20231114T221320Z.attune-backup"]);
        assert!(std::fs::read(&written.path).unwrap() == first, "one is never overwritten");
    }
}
