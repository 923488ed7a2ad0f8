//! One epoch on the disk: sled, which holds the items, and the ledger, which says which there are and how they open.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::seal::SealKey;

use super::bounds::{Held, Index};
use super::entry::{self, Draft};
use super::ledger::{Head, Ledger};
use super::note::{self, Note};
use crate::AgentError;

pub(super) const EPOCH: &[u8] = b"e";
pub(super) const NEXT: &[u8] = b"s";
/// What the last piece took out, and the generation of the ledger that says so too: a kill may come between the two.
pub(super) const GONE: &[u8] = b"g";
pub(super) const ITEM: u8 = b'i';
pub(super) const NOTE: u8 = b'n';
/// sled's default of a gigabyte is more than the whole agent may take.
const CACHE_BYTES: u64 = 4 << 20;

/// The durable store of one epoch. Every method that fails leaves unknown what is on the disk.
pub(super) struct Store {
    db: sled::Db,
    device: Arc<SealKey>,
    ledger: Ledger,
    index: Index,
    notes: BTreeMap<String, Vec<u8>>,
    /// The span under whose key all notes are sealed; `None` when they are under several.
    notes_span: Option<u64>,
    #[cfg(test)]
    pub(super) fail_flush: bool,
}

/// Why sled did not open.
pub(super) enum Closed {
    /// Another process has it.
    InUse,
    /// It does not read, or the system refuses.
    Unreadable(String),
}

/// How long sled's own lock is waited for. No other process can have it, for ours is held before; but a store that was just
/// closed in this process lets go of it a moment later, in a thread of its own.
const LET_GO_WITHIN: Duration = Duration::from_secs(5);

/// Opens sled in a folder. Damaged files make it fail, or panic.
pub(super) fn open_sled(folder: &Path) -> Result<sled::Db, Closed> {
    let begun = Instant::now();
    loop {
        match try_open_sled(folder) {
            Err(Closed::InUse) if begun.elapsed() < LET_GO_WITHIN => std::thread::sleep(Duration::from_millis(20)),
            opened => return opened,
        }
    }
}

fn try_open_sled(folder: &Path) -> Result<sled::Db, Closed> {
    let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES);
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(io))) if io.to_string().contains("could not acquire lock") => Err(Closed::InUse),
        Ok(Err(error)) => Err(Closed::Unreadable(error.to_string())),
        Err(_) => Err(Closed::Unreadable("sled panicked".into())),
    }
}

impl Store {
    /// Makes a store in an empty folder.
    pub(super) fn create(folder: &Path, device: Arc<SealKey>, head: Head) -> Result<Self, AgentError> {
        let mut ledger = Ledger::begin(folder, device.clone(), head);
        ledger.write(&Index::default())?;
        let db = open_sled(folder).map_err(|closed| closed.of(folder))?;
        let mut store = Self::new(db, device, ledger, Index::default(), BTreeMap::new(), None);
        store.write(&[], &[], &[], 0)?;
        Ok(store)
    }

    /// Makes a store in an empty folder that holds what another one does, under the same numbers of the same epoch.
    pub(super) fn copied(
        folder: &Path,
        device: Arc<SealKey>,
        head: Head,
        items: &BTreeMap<u64, Draft>,
        notes: &[Note<'_>],
    ) -> Result<Self, AgentError> {
        let mut ledger = Ledger::begin(folder, device.clone(), head);
        ledger.write(&Index::default())?;
        let db = open_sled(folder).map_err(|closed| closed.of(folder))?;
        let mut store = Self::new(db, device, ledger, Index::default(), BTreeMap::new(), None);
        let numbered: Vec<(u64, &Draft)> = items.iter().map(|(seq, draft)| (*seq, draft)).collect();
        let end = store.ledger.head.next;
        // When each was kept is said by itself.
        store.put(&[], &numbered, notes, end, 0)?;
        Ok(store)
    }

    pub(super) fn new(
        db: sled::Db,
        device: Arc<SealKey>,
        ledger: Ledger,
        index: Index,
        notes: BTreeMap<String, Vec<u8>>,
        notes_span: Option<u64>,
    ) -> Self {
        Self {
            db,
            device,
            ledger,
            index,
            notes,
            notes_span,
            #[cfg(test)]
            fail_flush: false,
        }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.ledger.head.epoch
    }

    pub(super) fn head(&self) -> &Head {
        &self.ledger.head
    }

    /// Changes of the head become durable with the next writing.
    pub(super) fn head_mut(&mut self) -> &mut Head {
        &mut self.ledger.head
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn note(&self, name: &str) -> Option<&Vec<u8>> {
        self.notes.get(name)
    }

    pub(super) fn notes(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.notes
    }

    /// The envelope of an item, if its entry is there and opens.
    pub(super) fn read(&self, seq: u64) -> Result<Option<Vec<u8>>, AgentError> {
        let stored = self.db.get(item_key(seq))?;
        let open = |entry: &sled::IVec| {
            self.ledger.open_item(seq, |key| entry::open(key, &self.device, self.epoch(), Seq(seq), entry))
        };
        Ok(stored.as_ref().and_then(open))
    }

    /// Takes items out and puts items and notes in, in one piece. Durable when it returns.
    ///
    /// New keys are on the disk before anything is sealed under them, and old ones until nothing is any more.
    pub(super) fn write(
        &mut self,
        gone: &[u64],
        drafts: &[&[Draft]],
        notes: &[Note<'_>],
        now_millis: i64,
    ) -> Result<Vec<Seq>, AgentError> {
        let first = self.ledger.head.next;
        let numbered: Vec<(u64, &Draft)> = (first..).zip(drafts.iter().copied().flatten()).collect();
        let end = first + numbered.len() as u64;
        self.put(gone, &numbered, notes, end, now_millis)?;
        Ok((first..end).map(Seq).collect())
    }

    /// Puts items in under their numbers, which ascend; `end` is the next one that is free then.
    fn put(
        &mut self,
        gone: &[u64],
        numbered: &[(u64, &Draft)],
        notes: &[Note<'_>],
        end: u64,
        now_millis: i64,
    ) -> Result<(), AgentError> {
        if self.ledger.reach(numbered.iter().map(|(seq, _)| *seq)) {
            self.ledger.write(&self.index)?;
        }
        let reseals = self.reseals();
        let (mut batch, mut held) = (sled::Batch::default(), Vec::new());
        for &seq in gone {
            batch.remove(item_key(seq).as_slice());
        }
        for &(seq, draft) in numbered {
            let key = self.ledger.key(seq).expect("the ledger reaches to the end of what is written");
            let kept_at = draft.kept_at.unwrap_or(now_millis);
            let entry = entry::seal(key, self.epoch(), Seq(seq), kept_at, draft);
            held.push((seq, Held { about: draft.about, kept_at, len: length(entry.len()) }));
            batch.insert(item_key(seq).as_slice(), entry);
        }
        for note in notes {
            self.notes.insert(note.name.to_owned(), note.bytes.clone());
        }
        self.seal_notes(&mut batch, |name| reseals || notes.iter().any(|note| note.name == name));
        batch.insert(EPOCH, &self.epoch().0.to_be_bytes());
        batch.insert(NEXT, &end.to_be_bytes());
        let stamp = self.ledger.next_generation();
        let taken_out: Vec<u8> = [stamp].iter().chain(gone).flat_map(|number| number.to_be_bytes()).collect();
        batch.insert(GONE, taken_out);
        self.db.apply_batch(batch)?;
        self.flush()?;
        self.notes_span = self.ledger.newest().map(|(span, _)| span);
        gone.iter().for_each(|&seq| self.index.remove(seq));
        held.into_iter().for_each(|(seq, held)| self.index.insert(seq, held));
        self.ledger.head.next = end;
        self.ledger.prune(&self.index);
        self.ledger.write(&self.index)
    }

    /// Takes items out, and throws away the keys that they were sealed under. Durable when it returns.
    pub(super) fn forget(&mut self, gone: &[u64]) -> Result<(), AgentError> {
        gone.iter().for_each(|&seq| self.index.remove(seq));
        let mut batch = sled::Batch::default();
        for &seq in gone {
            batch.remove(item_key(seq).as_slice());
        }
        if self.ledger.is_spent(&self.index) {
            self.ledger.cut();
        }
        // The ledger says first that they are gone: what sled still has of them after a crash is left out then.
        if self.ledger.renew(&self.index, gone) || self.reseals() {
            self.ledger.write(&self.index)?;
            return self.seal_anew(batch);
        }
        self.ledger.prune(&self.index);
        self.ledger.write(&self.index)?;
        Ok(self.db.apply_batch(batch)?)
    }

    /// Goes on with a renewal of keys that was cut short.
    pub(super) fn end_renewal(mut self) -> Result<Self, AgentError> {
        if self.ledger.is_renewing() {
            self.seal_anew(sled::Batch::default())?;
        }
        Ok(self)
    }

    /// Seals what spans with new keys hold, and the notes, and throws the former keys away.
    fn seal_anew(&mut self, mut batch: sled::Batch) -> Result<(), AgentError> {
        for (seq, held) in self.ledger.renewed(&self.index) {
            // What does not open is counted where it is read.
            let (Some(bytes), Some(key)) = (self.read(seq)?, self.ledger.key(seq)) else { continue };
            let draft = Draft::again(held.about, held.kept_at, bytes);
            batch.insert(item_key(seq).as_slice(), entry::seal(key, self.epoch(), Seq(seq), held.kept_at, &draft));
        }
        self.seal_notes(&mut batch, |_| true);
        self.db.apply_batch(batch)?;
        self.flush()?;
        self.notes_span = self.ledger.newest().map(|(span, _)| span);
        self.ledger.end_renewal();
        self.ledger.prune(&self.index);
        self.ledger.write(&self.index)
    }

    /// Makes the head durable.
    pub(super) fn write_head(&mut self) -> Result<(), AgentError> {
        self.ledger.write(&self.index)
    }

    /// Whether notes are sealed under a key that will be thrown away.
    fn reseals(&self) -> bool {
        self.ledger.newest().is_some_and(|(span, _)| self.notes_span != Some(span) || self.ledger.is_renewed(span))
    }

    /// Removes what sled still has and the ledger has not.
    pub(super) fn without(self, leftovers: &[u64]) -> Result<Self, AgentError> {
        let mut batch = sled::Batch::default();
        leftovers.iter().for_each(|&seq| batch.remove(item_key(seq).as_slice()));
        self.db.apply_batch(batch)?;
        Ok(self)
    }

    fn seal_notes(&self, batch: &mut sled::Batch, which: impl Fn(&str) -> bool) {
        let (span, key) = self.ledger.newest().expect("a store has a newest span");
        let stamp = self.ledger.next_generation();
        for (name, bytes) in self.notes.iter().filter(|(name, _)| which(name)) {
            batch.insert(note_key(name), note::seal(key, span, stamp, name, bytes));
        }
    }

    fn flush(&self) -> Result<(), AgentError> {
        #[cfg(test)]
        if self.fail_flush {
            return Err(sled::Error::ReportableBug("a flush that fails, for a test".into()).into());
        }
        self.db.flush()?;
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn stored(&self, seq: Seq) -> Vec<u8> {
        self.db.get(item_key(seq.0)).unwrap().unwrap().to_vec()
    }

    #[cfg(test)]
    pub(super) fn damage(&self, seq: Seq, change: impl FnOnce(&mut Vec<u8>)) {
        let mut entry = self.db.get(item_key(seq.0)).unwrap().unwrap().to_vec();
        change(&mut entry);
        self.db.insert(item_key(seq.0), entry).unwrap();
        self.db.flush().unwrap();
    }
}

impl Closed {
    pub(super) fn of(self, folder: &Path) -> AgentError {
        match self {
            Self::InUse => AgentError::OutboxInUse(folder.to_owned()),
            Self::Unreadable(problem) => AgentError::content(folder, format!("sled does not open it: {problem}")),
        }
    }
}

pub(super) fn item_key(seq: u64) -> [u8; 9] {
    let mut key = [ITEM; 9];
    key[1..].copy_from_slice(&seq.to_be_bytes());
    key
}

pub(super) fn note_key(name: &str) -> Vec<u8> {
    [&[NOTE], name.as_bytes()].concat()
}

pub(super) fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

/// What a piece took out of which the ledger of a generation does not know yet.
pub(super) fn taken_out(stored: &[u8], generation: u64) -> Vec<u64> {
    let mut numbers = stored.chunks_exact(8).filter_map(number);
    if numbers.next() == Some(generation + 1) { numbers.collect() } else { Vec::new() }
}

/// An entry with its key, as the limit counts it.
pub(super) fn length(entry: usize) -> u32 {
    u32::try_from(entry + item_key(0).len()).unwrap_or(u32::MAX)
}
