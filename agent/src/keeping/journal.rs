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

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::{Coverage, Gap, Record};
    use attune_protocol::registry::Modality;
    use attune_protocol::seal::SealKey;
    use attune_protocol::window::Window;

    use super::*;
    use crate::outbox::{Draft, Limits, Reason};

    const DEVICE: DeviceId = DeviceId([1; 16]);

    fn keep(outbox: &Outbox, records: u32) {
        let record = |window| {
            let seen = Coverage::none(500, Gap::NoFace);
            Draft::record(&Record::new(Window(window), 0.0, seen, Features::new(Modality::Face)))
        };
        outbox.append(&(0..records).map(record).collect::<Vec<_>>(), &[], 0).unwrap();
    }

    #[test]
    fn every_durable_item_has_a_line_also_where_a_kill_came_before_it_or_within_it() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
        let outbox = Outbox::open(&folder.path().join("outbox"), SealKey::generate(), 1, limits, 0).unwrap();
        let path = folder.path().join("journal");
        let text = || std::fs::read_to_string(&path).unwrap();
        let lines = |epoch: Epoch, seqs: std::ops::Range<u64>| -> String {
            seqs.map(|seq| format!("{DEVICE} {} {seq}\n", epoch.0)).collect()
        };
        let first = outbox.epoch();
        keep(&outbox, 2);
        let mut journal = Journal::open(&path, DEVICE, &outbox).unwrap();
        assert_eq!(text(), lines(first, 0..2), "what was kept before it was opened");
        keep(&outbox, 3);
        journal.follow(&outbox).unwrap();
        journal.follow(&outbox).unwrap();
        assert_eq!(text(), lines(first, 0..5));

        outbox.begin_epoch(Reason::Taken, 0).unwrap();
        journal.follow(&outbox).unwrap();
        keep(&outbox, 1);
        journal.follow(&outbox).unwrap();
        let second = outbox.epoch();
        let whole = lines(first, 0..5) + &lines(second, 0..6);
        assert_eq!(text(), whole, "all of the next epoch, which took over what waits");

        drop(journal);
        std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let cut = lines(first, 0..5) + &lines(second, 0..5);
        drop(Journal::open(&path, DEVICE, &outbox).unwrap());
        let mended = cut + &lines(second, 0..6);
        assert_eq!(text(), mended, "a line that was cut short is gone, and what waits is told once more");
        std::fs::write(&path, "a line without an end").unwrap();
        drop(Journal::open(&path, DEVICE, &outbox).unwrap());
        assert_eq!(text(), lines(second, 0..6));
    }
}
