use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use attune_protocol::ack::{Answer, Run};
use attune_protocol::batch::{Item, MAX_ITEMS};
use attune_protocol::digest::Digest;
use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::seal::SealKey;
use tracing::{error, warn};

use super::bounds::{self, Held, Index};
use super::entry::{self, About, Draft, Worth};
use crate::AgentError;

const EPOCH: &[u8] = b"e";
const NEXT: &[u8] = b"s";
const ITEM: u8 = b'i';
const NOTE: u8 = b'n';
/// Version of the last change of consent that this store has taken in.
const TOLD: &str = "told";
/// Digests that are remembered of what was given out, beyond those of items that still wait.
const REMEMBERED: usize = 4 * MAX_ITEMS;
/// sled's default of a gigabyte is more than the whole agent may take.
const CACHE_BYTES: u64 = 4 << 20;

/// How much may be kept, and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of all items with their keys.
    pub bytes: u64,
    /// Milliseconds since an item was kept.
    pub age_millis: i64,
}

/// Something small that must become durable together with the items that it tells of. Sealed like them.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    /// Under which it is read again.
    pub name: &'a str,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// What an outbox holds and has lost.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Totals {
    /// Items that wait for an acknowledgement.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Items that left because of a limit, since the store was opened.
    pub dropped: u64,
    /// Entries that did not read or open, since the store was opened.
    pub damaged: u64,
}

/// The durable store of what is not acknowledged yet. See the [module](self).
pub struct Outbox {
    db: sled::Db,
    key: SealKey,
    epoch: Epoch,
    enrolment: u32,
    limits: Limits,
    state: Mutex<State>,
    poisoned: AtomicBool,
    #[cfg(test)]
    pub(super) fail_flush: AtomicBool,
}

/// What an acknowledgement did.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Settled {
    /// Items that left, by what became of them.
    pub answers: BTreeMap<Answer, u64>,
    /// Places of the runs that were proved: nothing of them waits any more.
    pub runs: Vec<(Seq, Seq)>,
    /// Runs that do not prove to be of what was given out. Their items stay.
    pub unproved: u64,
}

struct State {
    next: u64,
    index: Index,
    /// What was given out to be sent, as it was then.
    given: BTreeMap<u64, Digest>,
    told: u32,
    dropped: u64,
    damaged: u64,
}

impl Outbox {
    /// Opens the store in a folder, or makes it. `enrolment` is the one that the device has now.
    ///
    /// # Errors
    /// When another process has it open, or sled cannot read it.
    pub fn open(folder: &Path, key: SealKey, enrolment: u32, limits: Limits) -> Result<Self, AgentError> {
        let opened = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).open();
        let db = opened.map_err(|error| match error {
            sled::Error::Io(io) if io.to_string().contains("could not acquire lock") => {
                AgentError::OutboxInUse(folder.to_owned())
            }
            other => AgentError::Outbox(other),
        })?;
        let epoch = match db.get(EPOCH)?.as_deref().and_then(number) {
            Some(epoch) => Epoch(epoch),
            None => {
                let epoch = Epoch::random();
                db.insert(EPOCH, &epoch.0.to_be_bytes())?;
                db.flush()?;
                epoch
            }
        };
        let outbox = Self {
            state: Mutex::new(State {
                next: 0,
                index: Index::default(),
                given: BTreeMap::new(),
                told: 0,
                dropped: 0,
                damaged: 0,
            }),
            db,
            key,
            epoch,
            enrolment,
            limits,
            poisoned: AtomicBool::new(false),
            #[cfg(test)]
            fail_flush: AtomicBool::new(false),
        };
        outbox.read_index()?;
        let told = outbox.note(TOLD)?.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        outbox.state().told = told.unwrap_or(0);
        Ok(outbox)
    }

    fn read_index(&self) -> Result<(), AgentError> {
        let mut state = self.state();
        state.next = self.db.get(NEXT)?.as_deref().and_then(number).unwrap_or(0);
        for row in self.db.scan_prefix([ITEM]) {
            let (key, value) = row?;
            match (number(&key[1..]), entry::read_header(&value)) {
                (Some(seq), Some((about, kept_at))) => {
                    state.index.insert(seq, Held { about, kept_at, len: length(&value) });
                    // Never reuse a number, even if the counter is the part that is damaged.
                    state.next = state.next.max(seq + 1);
                }
                _ => {
                    self.db.remove(&key)?;
                    state.damaged += 1;
                    warn!(key.bytes = key.len(), "left out an entry of the outbox that does not read");
                }
            }
        }
        Ok(())
    }

    /// Which store this is.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The enrolment under which it was begun.
    #[must_use]
    pub fn enrolment(&self) -> u32 {
        self.enrolment
    }

    /// Version of the newest change of consent that it has taken in; 0 when it has none, and the whole book is to be told.
    #[must_use]
    pub fn consent_told(&self) -> u32 {
        self.state().told
    }

    /// Keeps items and notes, in one piece, and gives the items' sequence numbers. `now_millis` is Unix time.
    ///
    /// When it returns, they are on the disk. Over the limits, older items leave in the same piece.
    ///
    /// # Errors
    /// When the store does not take them, or an earlier flush failed: nothing counts as kept then.
    pub fn append(&self, drafts: &[Draft], notes: &[Note<'_>], now_millis: i64) -> Result<Vec<Seq>, AgentError> {
        let mut state = self.state();
        let coming: u64 = drafts.iter().map(|d| u64::from(sealed_length(d))).sum();
        let oldest = now_millis.saturating_sub(self.limits.age_millis);
        let victims = state.index.victims(coming, self.limits.bytes, oldest);
        let counted = bounds::count(victims.iter().filter_map(|seq| Some(state.index.items().get(seq)?.about)));
        if !victims.is_empty() {
            warn!(items = victims.len(), "dropped the oldest of the outbox: it is over its limits");
        }
        let counts: Vec<Draft> = counted.iter().map(Draft::dropped).collect();
        let seqs = self.write(&mut state, &victims, &[&counts, drafts], notes, now_millis)?;
        state.dropped += victims.len() as u64;
        Ok(seqs[counts.len()..].to_vec())
    }

    fn write(
        &self,
        state: &mut State,
        gone: &[u64],
        drafts: &[&[Draft]],
        notes: &[Note<'_>],
        now_millis: i64,
    ) -> Result<Vec<Seq>, AgentError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(AgentError::OutboxPoisoned);
        }
        let (mut batch, mut seqs, mut held, mut next) = (sled::Batch::default(), Vec::new(), Vec::new(), state.next);
        for &seq in gone {
            batch.remove(item_key(seq).as_slice());
        }
        for draft in drafts.iter().copied().flatten() {
            let entry = entry::seal(&self.key, self.epoch, Seq(next), now_millis, draft);
            held.push((next, Held { about: draft.about, kept_at: now_millis, len: length(&entry) }));
            batch.insert(item_key(next).as_slice(), entry);
            seqs.push(Seq(next));
            next += 1;
        }
        let told = drafts.iter().copied().flatten().filter_map(|draft| draft.consent).fold(state.told, u32::max);
        let told_note = (told != state.told).then(|| Note { name: TOLD, bytes: told.to_be_bytes().to_vec() });
        for note in notes.iter().chain(&told_note) {
            let key = note_key(note.name);
            batch.insert(key.as_slice(), self.key.seal(&key, &note.bytes));
        }
        batch.insert(NEXT, &next.to_be_bytes());
        if let Err(failure) = self.db.apply_batch(batch).and_then(|()| self.flush()) {
            self.poisoned.store(true, Ordering::Release);
            error!(error = %failure, "the outbox did not reach the disk: nothing more is kept until a new start");
            return Err(failure.into());
        }
        for &seq in gone {
            state.index.remove(seq);
        }
        for (seq, held) in held {
            state.index.insert(seq, held);
        }
        state.next = next;
        state.told = told;
        Ok(seqs)
    }

    fn flush(&self) -> sled::Result<()> {
        #[cfg(test)]
        if self.fail_flush.load(Ordering::Acquire) {
            return Err(sled::Error::ReportableBug("a flush that fails, for a test".into()));
        }
        self.db.flush().map(drop)
    }

    /// The oldest items that are not among `sent`, ascending, at most `max_items` and about `max_bytes` of them. They
    /// stay until they are acknowledged. Entries that do not open leave, and are counted.
    ///
    /// # Errors
    /// When the store does not read.
    pub fn peek(
        &self,
        sent: &BTreeSet<Seq>,
        max_items: usize,
        max_bytes: usize,
        now_millis: i64,
    ) -> Result<Vec<Item>, AgentError> {
        let mut state = self.state();
        let (mut items, mut bytes, mut damaged) = (Vec::new(), 0, Vec::new());
        for &number in state.index.items().keys() {
            let seq = Seq(number);
            if sent.contains(&seq) {
                continue;
            }
            if items.len() >= max_items || bytes >= max_bytes {
                break;
            }
            let stored = self.db.get(item_key(number))?;
            match stored.and_then(|entry| entry::open(&self.key, self.epoch, seq, &entry)) {
                Some(envelope) => {
                    bytes += envelope.len();
                    state.given.insert(number, Digest::of_item(seq, &envelope));
                    items.push(Item { seq, bytes: envelope });
                }
                None => damaged.push(number),
            }
        }
        if !damaged.is_empty() {
            self.take_out_damaged(&mut state, &damaged, now_millis)?;
        }
        Ok(items)
    }

    fn take_out_damaged(&self, state: &mut State, damaged: &[u64], now_millis: i64) -> Result<(), AgentError> {
        warn!(items = damaged.len(), "took entries out of the outbox that do not open");
        let about: Vec<About> = damaged.iter().filter_map(|seq| Some(state.index.items().get(seq)?.about)).collect();
        let counts: Vec<Draft> = bounds::count(about).iter().map(Draft::dropped).collect();
        self.write(state, damaged, &[&counts], &[], now_millis)?;
        state.damaged += damaged.len() as u64;
        Ok(())
    }

    /// Forgets what the collector has settled, where it proves to be what was given out: the digest of a run must be
    /// that of this store's own items. Items of a run that left otherwise meanwhile are remembered for that.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn acknowledge(&self, runs: &[Run]) -> Result<Settled, AgentError> {
        let mut state = self.state();
        let (mut settled, mut gone, mut batch) = (Settled::default(), Vec::new(), sled::Batch::default());
        for run in runs {
            if !proves(&state.given, run) {
                settled.unproved += 1;
                continue;
            }
            settled.runs.push((run.first, run.last));
            for &seq in state.index.items().range(run.first.0..=run.last.0).map(|(seq, _)| seq) {
                batch.remove(item_key(seq).as_slice());
                gone.push((seq, run.answer));
            }
        }
        self.db.apply_batch(batch)?;
        for (seq, answer) in gone {
            if state.index.remove(seq) {
                *settled.answers.entry(answer).or_default() += 1;
            }
        }
        let State { given, index, .. } = &mut *state;
        if given.len() > REMEMBERED {
            given.retain(|seq, _| index.items().contains_key(seq));
        }
        Ok(settled)
    }

    /// Takes records out that need not wait any more, durably, and says how many there were. Nothing is told of them.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn remove_records(&self, leaves: impl Fn(&About) -> bool, now_millis: i64) -> Result<usize, AgentError> {
        let mut state = self.state();
        let records = state.index.items().iter().filter(|(_, held)| held.about.worth != Worth::Lasting);
        let gone: Vec<u64> = records.filter(|(_, held)| leaves(&held.about)).map(|(&seq, _)| seq).collect();
        if !gone.is_empty() {
            self.write(&mut state, &gone, &[], &[], now_millis)?;
        }
        Ok(gone.len())
    }

    /// What a note said last, if it was ever written and opens.
    ///
    /// # Errors
    /// When the store does not read.
    pub fn note(&self, name: &str) -> Result<Option<Vec<u8>>, AgentError> {
        let key = note_key(name);
        let sealed = self.db.get(&key)?;
        let opened = sealed.as_ref().and_then(|sealed| self.key.open(&key, sealed).ok());
        if sealed.is_some() && opened.is_none() {
            warn!(note = name, "left out a note of the outbox that does not open");
        }
        Ok(opened)
    }

    /// The sequence number that the next item will have: all before it were durable once.
    #[must_use]
    pub fn next(&self) -> Seq {
        Seq(self.state().next)
    }

    /// The sequence numbers of all items that wait.
    #[must_use]
    pub fn waiting(&self) -> Vec<Seq> {
        self.state().index.items().keys().copied().map(Seq).collect()
    }

    /// What it holds and has lost.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let state = self.state();
        Totals {
            items: state.index.items().len() as u64,
            bytes: state.index.bytes(),
            dropped: state.dropped,
            damaged: state.damaged,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the index half changed: it is changed only after the store was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn damage(&self, seq: Seq, change: impl FnOnce(&mut Vec<u8>)) {
        let mut entry = self.db.get(item_key(seq.0)).unwrap().unwrap().to_vec();
        change(&mut entry);
        self.db.insert(item_key(seq.0), entry).unwrap();
        self.db.flush().unwrap();
    }
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("epoch", &self.epoch).field("totals", &self.totals()).finish_non_exhaustive()
    }
}

/// Whether a run is of exactly what was given out.
fn proves(given: &BTreeMap<u64, Digest>, run: &Run) -> bool {
    let places = run.first.0..=run.last.0;
    if run.last.0 - run.first.0 >= MAX_ITEMS as u64 {
        return false;
    }
    let digests: Option<Vec<Digest>> = places.map(|seq| given.get(&seq).copied()).collect();
    digests.is_some_and(|digests| Digest::of_run(digests) == run.digest)
}

fn item_key(seq: u64) -> [u8; 9] {
    let mut key = [ITEM; 9];
    key[1..].copy_from_slice(&seq.to_be_bytes());
    key
}

fn note_key(name: &str) -> Vec<u8> {
    [&[NOTE], name.as_bytes()].concat()
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

/// An entry with its key, as the limit counts it.
fn length(entry: &[u8]) -> u32 {
    u32::try_from(entry.len() + item_key(0).len()).unwrap_or(u32::MAX)
}

fn sealed_length(draft: &Draft) -> u32 {
    let entry = entry::HEADER_LEN + draft.bytes.len() + attune_protocol::seal::OVERHEAD;
    u32::try_from(entry + item_key(0).len()).unwrap_or(u32::MAX)
}
