//! Reads what is intact from files that sled does not read any more, or of which it will cut something off.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use attune_protocol::ids::Seq;
use attune_protocol::seal::SealKey;

use super::entry::{self, About};
use super::ledger::Ledger;
use super::note;
use crate::AgentError;

/// More than any entry or note takes: what stands across two pieces is found in the second.
const OVERLAP: usize = 256 << 10;
const PIECE: usize = 4 << 20;

/// What the files hold, whatever sled says of them.
#[derive(Default)]
pub(super) struct Salvage {
    /// Entries that open, of the items that were looked for.
    pub(super) entries: BTreeMap<u64, Vec<u8>>,
    /// Headers of those of which only that much is intact.
    pub(super) headers: BTreeMap<u64, About>,
    /// The latest writing of each note: its stamp and what it says.
    pub(super) notes: BTreeMap<String, (u64, Vec<u8>)>,
}

/// Looks through sled's files for entries and notes of a ledger, before sled opens and changes them. What was
/// acknowledged lies there too, but is not among `wanted`.
pub(super) fn scan(
    folder: &Path,
    ledger: &Ledger,
    device: &SealKey,
    wanted: &BTreeSet<u64>,
) -> Result<Salvage, AgentError> {
    let mut salvage = Salvage::default();
    for path in [folder.to_owned(), folder.join("blobs")] {
        let Ok(files) = path.read_dir() else { continue };
        for file in files.filter_map(Result::ok).map(|file| file.path()) {
            let is_log = file.file_name().is_some_and(|name| name == "db");
            if is_log || path.ends_with("blobs") {
                scan_file(&file, |bytes| salvage.look(bytes, ledger, device, wanted))?;
            }
        }
    }
    salvage.headers.retain(|seq, _| !salvage.entries.contains_key(seq));
    Ok(salvage)
}

fn scan_file(path: &Path, mut look: impl FnMut(&[u8])) -> Result<(), AgentError> {
    let read = |e| AgentError::file("read", path, e);
    let mut file = File::open(path).map_err(read)?;
    let mut buffer = Vec::new();
    loop {
        let got = (&mut file).take(PIECE as u64).read_to_end(&mut buffer).map_err(read)?;
        for place in memchr::memmem::find_iter(&buffer, &entry::MARK[..3]) {
            look(&buffer[place..]);
        }
        if got == 0 {
            return Ok(());
        }
        buffer.drain(..buffer.len().saturating_sub(OVERLAP));
    }
}

impl Salvage {
    /// Bytes of all that was found whole.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.len() as u64).sum()
    }

    fn look(&mut self, bytes: &[u8], ledger: &Ledger, device: &SealKey, wanted: &BTreeSet<u64>) {
        if let Some(note) = note::Sealed::read(bytes) {
            let newer = self.notes.get(note.name).is_none_or(|(stamp, _)| *stamp < note.stamp);
            if let Some(opened) = newer.then(|| ledger.open_of_span(note.span, |key| note.open(key))).flatten() {
                self.notes.insert(note.name.to_owned(), (note.stamp, opened));
            }
            return;
        }
        let Some(header) = entry::read_header(bytes) else { return };
        let Some((seq, len)) = header.place.filter(|(seq, _)| wanted.contains(seq)) else { return };
        if self.entries.contains_key(&seq) {
            return;
        }
        let whole = bytes.get(..entry::HEADER_LEN + len);
        let opens = |entry: &[u8]| {
            ledger.open_item(seq, |key| entry::open(key, device, ledger.head.epoch, Seq(seq), entry)).is_some()
        };
        match whole.filter(|entry| opens(entry)) {
            Some(entry) => drop(self.entries.insert(seq, entry.to_owned())),
            None => drop(self.headers.insert(seq, header.about)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_across_two_pieces_of_a_file_is_found_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let entry = |filled: u8| [entry::MARK.to_vec(), vec![filled; OVERLAP - 4]].concat();
        let (across, behind) = (entry(7), entry(8));
        let before = vec![0; PIECE - across.len() + 1];
        std::fs::write(&path, [before, across.clone(), behind.clone()].concat()).unwrap();
        let mut found = [false; 2];
        scan_file(&path, |bytes| {
            found[0] |= bytes.starts_with(&across);
            found[1] |= bytes.starts_with(&behind);
        })
        .unwrap();
        assert_eq!(found, [true, true]);
        std::fs::write(&path, b"nothing of ours").unwrap();
        scan_file(&path, |_| panic!("there is no mark")).unwrap();
        assert!(scan_file(folder.path(), |_| {}).is_err(), "a folder is no file");
    }
}
