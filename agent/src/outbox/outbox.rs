use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ack::{Answer, Run};
use attune_protocol::batch::{Item, MAX_ITEMS};
use attune_protocol::digest::Digest;
use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::record::Dropped;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use tracing::{error, info, warn};

use super::account::{Limits, Settled, Totals, Waiting};
use super::age::Age;
use super::bounds::Counts;
use super::entry::{About, Draft};
use super::ledger::{Reason, Turn};
use super::note::{LEFT, Left, Note, TOLD};
use super::recover::{self, Contents};
use super::room;
use super::store::{self, Store};
use super::swap::{self, Before, Lock};
use crate::AgentError;

/// Digests that are remembered of what was given out, beyond those of items that still wait.
const REMEMBERED: usize = 4 * MAX_ITEMS;

/// The durable store of what is not acknowledged yet. See the [module](self).
pub struct Outbox {
    folder: PathBuf,
    device: Arc<SealKey>,
    limits: Limits,
    state: Mutex<State>,
    _lock: Lock,
}

struct State {
    /// `None` when what is on the disk is not known any more.
    store: Option<Store>,
    epoch: Epoch,
    enrolment: u32,
    age: Age,
    /// What was given out to be sent, as it was then.
    given: BTreeMap<u64, Digest>,
    /// Counts that wait and were never given out: more is counted in them.
    counts: BTreeMap<Modality, (u64, Dropped)>,
    told: u32,
    left: Left,
    /// Bytes of the files when they were last written anew.
    written_anew: u64,
}

impl State {
    fn of(store: Store) -> Result<Self, AgentError> {
        let head = store.head();
        let (epoch, enrolment, age) = (head.epoch, head.enrolment, Age::since(head.seen_millis));
        let mut counts = BTreeMap::new();
        for (&seq, held) in store.index().items().range(head.offered..) {
            if !held.about.worth.is_record()
                && let Some(dropped) = store.read(seq)?.and_then(|bytes| Dropped::decode(&bytes).ok())
            {
                counts.insert(dropped.modality, (seq, dropped));
            }
        }
        let told = store.note(TOLD).and_then(|bytes| Some(u32::from_be_bytes(bytes.as_slice().try_into().ok()?)));
        let left = store.note(LEFT).and_then(|bytes| Left::decode(bytes)).unwrap_or_default();
        let (given, told) = (BTreeMap::new(), told.unwrap_or(0));
        Ok(Self { store: Some(store), epoch, enrolment, age, given, counts, told, left, written_anew: 0 })
    }

    fn store(&mut self) -> Result<&mut Store, AgentError> {
        self.store.as_mut().ok_or(AgentError::OutboxPoisoned)
    }

    /// Does something to the store. After a failure what is on the disk is unknown: nothing more is kept.
    fn change<T>(&mut self, how: impl FnOnce(&mut Store) -> Result<T, AgentError>) -> Result<T, AgentError> {
        let done = how(self.store()?);
        if let Err(failure) = &done {
            error!(error = %failure, "the outbox did not reach the disk: nothing more is kept until a new start");
            self.store = None;
        }
        done
    }

    /// Takes items out and counts them with what was counted before and not given out yet, and puts others in.
    fn replace(
        &mut self,
        gone: &[u64],
        drafts: &[Draft],
        notes: &[Note<'_>],
        now_millis: i64,
    ) -> Result<Vec<Seq>, AgentError> {
        let (store, mut leaving) = (self.store()?, gone.to_vec());
        let items = store.index().items();
        let mut counted: Counts = gone.iter().filter_map(|seq| Some(items.get(seq)?.about)).collect();
        let merged: Vec<Modality> = counted.iter().map(|dropped| dropped.modality).collect();
        let offered = store.head().offered;
        for modality in &merged {
            if let Some((seq, before)) = self.counts.remove(modality).filter(|(seq, _)| *seq >= offered) {
                counted.merge(before);
                leaving.push(seq);
            }
        }
        let counts: Vec<Draft> = counted.iter().map(Draft::dropped).collect();
        let told = drafts.iter().filter_map(|draft| draft.consent).fold(self.told, u32::max);
        let told_note = (told != self.told).then(|| Note { name: TOLD, bytes: told.to_be_bytes().to_vec() });
        let notes: Vec<Note<'_>> = notes.iter().cloned().chain(told_note).collect();
        let seen_millis = self.age.see(now_millis);
        let seqs = self.change(|store| {
            store.head_mut().seen_millis = seen_millis;
            // A clock that fell behind must not make what is kept now look old once it is right again.
            store.write(&leaving, &[&counts, drafts], &notes, now_millis.max(seen_millis))
        })?;
        self.told = told;
        for (dropped, seq) in counted.iter().zip(&seqs) {
            self.counts.insert(dropped.modality, (seq.0, *dropped));
        }
        Ok(seqs[counts.len()..].to_vec())
    }
}

impl Outbox {
    /// Opens the outbox in a folder, or makes it. `enrolment` is the one that the device has now: what was kept under
    /// another is removed. `now_millis` is Unix time.
    ///
    /// # Errors
    /// When another process has it open, or the system refuses. Damaged files are no error: see the [module](self).
    pub fn open(
        folder: &Path,
        key: SealKey,
        enrolment: u32,
        limits: Limits,
        now_millis: i64,
    ) -> Result<Self, AgentError> {
        let lock = swap::lock(folder)?;
        let device = Arc::new(key);
        let state = State::of(recover::open(folder, &device, enrolment, now_millis)?)?;
        let outbox = Self { folder: folder.to_owned(), device, limits, state: Mutex::new(state), _lock: lock };
        outbox.give_room_back(&mut outbox.state())?;
        Ok(outbox)
    }

    /// Which epoch this is. A new one may begin at [`Self::begin_epoch`].
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.state().epoch
    }

    /// The enrolment under which it was begun.
    #[must_use]
    pub fn enrolment(&self) -> u32 {
        self.state().enrolment
    }

    /// Version of the newest change of consent that this epoch has taken in; 0 when it has none, and the whole book is
    /// to be told.
    #[must_use]
    pub fn consent_told(&self) -> u32 {
        self.state().told
    }

    /// Whether something waits that is no record, such as a change of consent: it is sent in any case.
    #[must_use]
    pub fn tells(&self) -> bool {
        let state = self.state();
        let mut held = state.store.iter().flat_map(|store| store.index().items().values());
        held.any(|held| !held.about.worth.is_record())
    }

    /// Keeps items and notes, in one piece, and gives the items' sequence numbers. `now_millis` is Unix time.
    ///
    /// When it returns, they are on the disk. Over the limits, older items leave in the same piece.
    ///
    /// # Errors
    /// When the store does not take them, or something failed earlier: nothing counts as kept then.
    pub fn append(&self, drafts: &[Draft], notes: &[Note<'_>], now_millis: i64) -> Result<Vec<Seq>, AgentError> {
        let mut state = self.state();
        let coming = drafts.iter().map(|draft| u64::from(store::length(draft.sealed_len()))).sum();
        let (victims, left) = self.victims(&mut state, coming, now_millis)?;
        if victims.is_empty() {
            return state.replace(&[], drafts, notes, now_millis);
        }
        let notes: Vec<Note<'_>> = notes.iter().cloned().chain([left.note()]).collect();
        let seqs = state.replace(&victims, drafts, &notes, now_millis)?;
        state.left = left;
        Ok(seqs)
    }

    /// Lets what has become too old leave, also when nothing is appended, and gives room on the disk back.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn tend(&self, now_millis: i64) -> Result<(), AgentError> {
        let mut state = self.state();
        let (victims, left) = self.victims(&mut state, 0, now_millis)?;
        if !victims.is_empty() {
            state.replace(&victims, &[], &[left.note()], now_millis)?;
            state.left = left;
        }
        if let Err(problem) = swap::let_go_of_aside(&self.folder) {
            warn!(error = %problem, "a damaged store that was set aside long ago is still there");
        }
        self.give_room_back(&mut state)
    }

    /// What has to leave, and how much has left by then.
    fn victims(&self, state: &mut State, coming: u64, now_millis: i64) -> Result<(Vec<u64>, Left), AgentError> {
        let oldest = state.age.believed(now_millis).saturating_sub(self.limits.age_millis);
        let mut left = state.left;
        let index = state.store()?.index();
        let victims = index.victims(coming, self.limits.bytes, oldest);
        if !victims.is_empty() {
            let is_aged = |seq: &&u64| index.items().get(seq).is_some_and(|held| held.kept_at < oldest);
            let aged = victims.iter().filter(is_aged).count() as u64;
            left.aged += aged;
            left.full += victims.len() as u64 - aged;
            warn!(items = victims.len(), aged, "dropped the oldest of the outbox: it is over its limits");
        }
        Ok((victims, left))
    }

    /// Writes the store anew, under the numbers that all has, where its files have grown over what is due for what waits. Where
    /// the disk has no room for that it goes on as it is.
    fn give_room_back(&self, state: &mut State) -> Result<(), AgentError> {
        let store = state.store()?;
        let waiting = store.index().bytes();
        let Ok(before) = room::taken(&self.folder) else { return Ok(()) };
        // Not again and again where sled needs so much.
        if before <= room::bound(waiting) || before < 2 * state.written_anew {
            return Ok(());
        }
        state.written_anew = before;
        self.write_anew(state)?;
        info!(before, now = state.written_anew, "the outbox's files had grown, and were written anew");
        Ok(())
    }

    fn write_anew(&self, state: &mut State) -> Result<(), AgentError> {
        let store = state.store()?;
        let (contents, head) = (Contents::of(store)?, store.head().clone());
        if contents.gone() > 0 {
            return Ok(()); // Counted when it is to be sent.
        }
        if let Err(problem) = recover::copy(&self.folder, &self.device, head, &contents) {
            warn!(error = %problem, "the outbox's files have grown, and could not be written anew: it goes on as it is");
            // What is left of it is removed before the next try.
            let _ = swap::give_up(&self.folder);
            return Ok(());
        }
        state.store = None;
        let store = recover::put_copy(&self.folder, &self.device)?;
        state.store = Some(store);
        state.written_anew = room::taken(&self.folder).unwrap_or(0);
        Ok(())
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
        self.peek_at(|_, _| true, sent, max_items, max_bytes, now_millis)
    }

    /// As [`Self::peek`], of those items only that `goes` names.
    ///
    /// # Errors
    /// As [`Self::peek`].
    pub fn peek_at(
        &self,
        goes: impl Fn(Seq, &About) -> bool,
        sent: &BTreeSet<Seq>,
        max_items: usize,
        max_bytes: usize,
        now_millis: i64,
    ) -> Result<Vec<Item>, AgentError> {
        let mut state = self.state();
        let store = state.store()?;
        let (mut items, mut bytes, mut damaged) = (Vec::new(), 0, Vec::new());
        for (&number, held) in store.index().items() {
            let seq = Seq(number);
            if sent.contains(&seq) || !goes(seq, &held.about) {
                continue;
            }
            if items.len() >= max_items || bytes >= max_bytes {
                break;
            }
            match store.read(number)? {
                Some(envelope) => {
                    bytes += envelope.len();
                    items.push(Item { seq, bytes: envelope });
                }
                None => damaged.push(number),
            }
        }
        if !damaged.is_empty() {
            warn!(items = damaged.len(), "took entries out of the outbox that do not open");
            state.store()?.head_mut().damaged += damaged.len() as u64;
            state.replace(&damaged, &[], &[], now_millis)?;
        }
        let next_offer = items.last().map_or(0, |item: &Item| item.seq.0 + 1);
        if next_offer > state.store()?.head().offered {
            state.change(|store| {
                store.head_mut().offered = next_offer;
                store.write_head()
            })?;
        }
        state.given.extend(items.iter().map(|item| (item.seq.0, Digest::of_item(item.seq, &item.bytes))));
        Ok(items)
    }

    /// What waits, from a place on, at most `most` items: looked at, and given to nobody. Entries that do not open are left out.
    ///
    /// # Errors
    /// When the store does not read.
    pub fn look(&self, from: Seq, most: usize) -> Result<Vec<Waiting>, AgentError> {
        let mut state = self.state();
        let store = state.store()?;
        let held = store.index().items().range(from.0..).take(most);
        let mut waiting = Vec::new();
        for (&seq, held) in held {
            if let Some(bytes) = store.read(seq)? {
                waiting.push(Waiting { seq: Seq(seq), kept_at: held.kept_at, bytes });
            }
        }
        Ok(waiting)
    }

    /// The key under which the device seals what it keeps.
    pub(crate) fn device_key(&self) -> Arc<SealKey> {
        self.device.clone()
    }

    /// Forgets what the collector has settled, where it proves to be what was given out: the digest of a run must be
    /// that of this outbox's own items. Items of a run that left otherwise meanwhile are remembered for that.
    ///
    /// When it returns, they are gone from the disk, and the keys of spans that hold nothing any more with them.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn acknowledge(&self, runs: &[Run]) -> Result<Settled, AgentError> {
        let mut state = self.state();
        let (mut settled, mut gone) = (Settled::default(), BTreeMap::new());
        for run in runs {
            if !proves(&state.given, run) {
                settled.unproved += 1;
                continue;
            }
            settled.runs.push((run.first, run.last));
            let held = state.store()?.index().items().range(run.first.0..=run.last.0);
            for (seq, held) in held {
                gone.insert(*seq, run.answer);
                // Who had all erased agreed to nothing any more, either.
                let is_over = matches!(run.answer, Answer::Withdrawn | Answer::Erased);
                if is_over && held.about.worth.is_record() {
                    let newest = settled.withdrawn.entry(held.about.modality).or_insert(held.kept_at);
                    *newest = held.kept_at.max(*newest);
                }
            }
        }
        if !gone.is_empty() {
            let seqs: Vec<u64> = gone.keys().copied().collect();
            state.change(|store| store.forget(&seqs))?;
        }
        for answer in gone.into_values() {
            *settled.answers.entry(answer).or_default() += 1;
        }
        if state.given.len() > REMEMBERED {
            let State { given, store, .. } = &mut *state;
            given.retain(|seq, _| store.as_ref().is_some_and(|store| store.index().items().contains_key(seq)));
        }
        Ok(settled)
    }

    /// Compares the device's clock with the collector's, and says whether they agree to a day. Only as far as they do,
    /// or as time was seen to pass, is anything deleted by its age.
    #[must_use]
    pub fn compare_clocks(&self, collector_millis: i64, now_millis: i64) -> bool {
        self.state().age.compare(collector_millis, now_millis)
    }

    /// Takes records out that need not wait any more, durably, and says how many there were. Nothing is told of them.
    ///
    /// # Errors
    /// When the store does not take it.
    pub fn remove_records(&self, leaves: impl Fn(&About) -> bool) -> Result<usize, AgentError> {
        let mut state = self.state();
        let items = state.store()?.index().items();
        let records = items.iter().filter(|(_, held)| held.about.worth.is_record() && leaves(&held.about));
        let gone: Vec<u64> = records.map(|(seq, _)| *seq).collect();
        if !gone.is_empty() {
            state.change(|store| store.forget(&gone))?;
        }
        Ok(gone.len())
    }

    /// Begins a new epoch: what waits is taken over in one piece, under new sequence numbers.
    ///
    /// # Errors
    /// When the new store cannot be written; the outbox must be opened anew then.
    pub fn begin_epoch(&self, reason: Reason, now_millis: i64) -> Result<(), AgentError> {
        let mut state = self.state();
        let contents = Contents::of(state.store()?)?;
        let head = state.store()?.head().clone();
        state.store = None;
        let store = recover::turn(&self.folder, &self.device, &head, &contents, reason, Before::Removed, now_millis)?;
        *state = State::of(store)?;
        Ok(())
    }

    /// What a note said last, if it was ever written and reads.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<Vec<u8>> {
        self.state().store.as_ref()?.note(name).cloned()
    }

    /// All before this one may have been given out in this epoch.
    #[must_use]
    pub fn offered(&self) -> Seq {
        Seq(self.state().store.as_ref().map_or(0, |store| store.head().offered))
    }

    /// The sequence number that the next item will have: all before it were durable once.
    #[must_use]
    pub fn next(&self) -> Seq {
        Seq(self.state().store.as_ref().map_or(0, |store| store.head().next))
    }

    /// The sequence numbers of all items that wait.
    #[must_use]
    pub fn waiting(&self) -> Vec<Seq> {
        let state = self.state();
        state.store.iter().flat_map(|store| store.index().items().keys().copied().map(Seq)).collect()
    }

    /// What it holds and has lost.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let state = self.state();
        let Left { full, aged } = state.left;
        let dropped = full + aged;
        let Some(store) = &state.store else { return Totals { dropped, aged, ..Totals::default() } };
        let (index, head) = (store.index(), store.head());
        Totals {
            items: index.items().len() as u64,
            bytes: index.bytes(),
            dropped,
            aged,
            damaged: head.damaged,
            lost: head.lost,
        }
    }

    /// The last new epochs that it began by itself, and why.
    #[must_use]
    pub fn turns(&self) -> Vec<Turn> {
        self.state().store.as_ref().map_or_else(Vec::new, |store| store.head().turns.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the state half changed: what is in doubt is not there.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn written_anew(&self) {
        self.write_anew(&mut self.state()).unwrap();
    }

    #[cfg(test)]
    pub(super) fn with_store<T>(&self, how: impl FnOnce(&mut Store) -> T) -> T {
        how(self.state().store().unwrap())
    }
}

/// Whether a run is of exactly what was given out.
fn proves(given: &BTreeMap<u64, Digest>, run: &Run) -> bool {
    if run.last.0 - run.first.0 >= MAX_ITEMS as u64 {
        return false;
    }
    let digests: Option<Vec<Digest>> = (run.first.0..=run.last.0).map(|seq| given.get(&seq).copied()).collect();
    digests.is_some_and(|digests| Digest::of_run(digests) == run.digest)
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("epoch", &self.epoch()).field("totals", &self.totals()).finish_non_exhaustive()
    }
}
