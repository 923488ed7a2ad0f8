//! For tests: the keys of everything that was durable at some time.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use attune_protocol::ids::{DeviceId, Epoch, Seq};

use crate::AgentError;
use crate::outbox::Outbox;

/// A file to which `device epoch seq` is appended for every item, after the flush that made it durable.
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    device: DeviceId,
    epoch: Epoch,
    next: Seq,
}

impl Journal {
    /// Opens the file, and writes what waits in the outbox: the agent may have been killed between flush and line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(path: &Path, device: DeviceId, outbox: &Outbox) -> Result<Self, AgentError> {
        let file = open_whole(path).map_err(|e| AgentError::file("write", path, e))?;
        let mut journal = Self { file, path: path.to_owned(), device, epoch: outbox.epoch(), next: outbox.next() };
        journal.write(outbox, outbox.waiting().into_iter())?;
        Ok(journal)
    }

    /// Writes what has become durable since the last call.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn follow(&mut self, outbox: &Outbox) -> Result<(), AgentError> {
        let (epoch, next) = (outbox.epoch(), outbox.next());
        let first = if epoch == self.epoch { self.next } else { Seq(0) };
        self.epoch = epoch;
        self.next = next;
        self.write(outbox, (first.0..next.0).map(Seq))
    }

    fn write(&mut self, outbox: &Outbox, seqs: impl Iterator<Item = Seq>) -> Result<(), AgentError> {
        let (device, epoch) = (self.device, outbox.epoch().0);
        let lines: String = seqs.map(|seq| format!("{device} {epoch} {}\n", seq.0)).collect();
        self.file.write_all(lines.as_bytes()).map_err(|e| AgentError::file("write", &self.path, e))
    }
}

/// Opens a file to append to, less a last line that a kill cut short.
fn open_whole(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let text = std::fs::read(path)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
    }
    Ok(file)
}
