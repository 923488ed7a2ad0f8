//! Opens the store of a folder, whatever has become of its files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_protocol::ids::{Epoch, Seq};
use attune_protocol::seal::SealKey;
use tracing::{info, warn};

use super::bounds::{Counts, Held, Index};
use super::entry::{self, About, Draft};
use super::ledger::{FORMAT, Found, Head, Ledger, Read, Reason, Turn};
use super::note::{self, Note, TOLD};
use super::room;
use super::salvage::{self, Salvage};
use super::store::{self, Closed, Store};
use super::swap::{self, Before, Lock};
use crate::{AgentError, files};

/// What a store holds that a new one takes over.
#[derive(Default)]
pub(super) struct Contents {
    items: BTreeMap<u64, Draft>,
    notes: BTreeMap<String, Vec<u8>>,
    /// Records that are lost or damaged, as far as is known of them.
    missing: Counts,
    lost: u64,
    damaged: u64,
}

/// A new, empty store beside the one of a folder, for an enrolment that is asked for.
#[derive(Debug)]
pub struct Prepared {
    folder: PathBuf,
    epoch: Epoch,
    _lock: Lock,
}

impl Prepared {
    /// Makes the store. Nobody may use the outbox of the folder meanwhile.
    ///
    /// # Errors
    /// When an agent uses it, or the system refuses.
    pub fn begin(folder: &Path, key: &SealKey, enrolment: u32) -> Result<Self, AgentError> {
        let lock = swap::lock(folder)?;
        swap::finish(folder)?;
        let (device, epoch) = (Arc::new(SealKey::from_secret(*key.secret())), Epoch::random());
        build(folder, &device, Head::begin(epoch, enrolment), &Contents::default(), 0)?;
        Ok(Self { folder: folder.to_owned(), epoch, _lock: lock })
    }

    /// The epoch that begins.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Puts it in the place of the folder's outbox, of which nothing stays.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn put(self) -> Result<(), AgentError> {
        swap::put(&self.folder, Before::Removed)
    }
}

/// Whether there is an outbox, in its folder or where a crash has left it.
pub(crate) fn is_there(folder: &Path) -> bool {
    swap::place(folder).exists()
}

/// How many items wait in the outbox of a folder, by its ledger; `None` where it has none that reads.
///
/// # Errors
/// When the system refuses.
pub fn waiting_in(folder: &Path, key: &SealKey) -> Result<Option<u64>, AgentError> {
    if !is_there(folder) {
        return Ok(Some(0));
    }
    let device = Arc::new(SealKey::from_secret(*key.secret()));
    match Ledger::read(&swap::place(folder), &device)? {
        Found::Whole(read) => {
            let known: u64 = read.rows.iter().map(|(first, row)| row.held(*first).count() as u64).sum();
            Ok(Some(known + read.unknown))
        }
        Found::Nothing | Found::Damaged | Found::Later => Ok(None),
    }
}

/// Opens the store in a folder, or makes it. One that does not prove to go on from its last durable state, or that
/// does not read, is read for what is intact, and a new one begins under a new epoch.
pub(super) fn open(folder: &Path, device: &Arc<SealKey>, enrolment: u32, now_millis: i64) -> Result<Store, AgentError> {
    swap::finish(folder)?;
    files::private_folder(folder)?;
    files::close_all(folder)?;
    let is_new = !folder.join("db").exists();
    match Ledger::read(folder, device)? {
        Found::Later => Err(of_a_later_program(folder)),
        // A crash may have left the ledger of a store that was never written.
        Found::Nothing | Found::Damaged if is_new => begin(folder, device, enrolment),
        Found::Whole(read) if is_new && read.ledger.head.next == 0 => begin(folder, device, enrolment),
        Found::Whole(read) if read.ledger.head.enrolment != enrolment => {
            info!("a new outbox begins with the new enrolment");
            begin(folder, device, enrolment)
        }
        Found::Whole(read) => go_on(folder, device, read, now_millis),
        Found::Nothing => without_ledger(folder, device, enrolment, Reason::Older, now_millis),
        Found::Damaged => without_ledger(folder, device, enrolment, Reason::Damaged, now_millis),
    }
}

/// What a later program has kept is not for this one to read, nor to take for damaged.
pub(super) fn of_a_later_program(folder: &Path) -> AgentError {
    let problem = format!(
        "a later version of this program has kept it, in a format that this one does not read (it reads 1 to {FORMAT}); nothing was \
         touched: run that version again, or enrol anew with --again, which removes what waits"
    );
    AgentError::content(folder, problem)
}

/// Begins an empty store in the place of what is there.
pub(super) fn begin(folder: &Path, device: &Arc<SealKey>, enrolment: u32) -> Result<Store, AgentError> {
    build(folder, device, Head::begin(Epoch::random(), enrolment), &Contents::default(), 0)?;
    swap::put(folder, Before::Removed)?;
    reopen(folder, device)
}

/// Goes on with a store whose ledger reads, if it holds all that the ledger says.
fn go_on(folder: &Path, device: &Arc<SealKey>, read: Read, now_millis: i64) -> Result<Store, AgentError> {
    let wanted: BTreeSet<u64> = read.rows.iter().flat_map(|(first, row)| row.held(*first)).collect();
    // Before sled opens: it destroys what it does not take for whole.
    let salvage = salvage::scan(folder, &read.ledger, device, &wanted)?;
    if read.unknown > 0 || wanted.iter().any(|seq| !salvage.entries.contains_key(seq)) {
        // It may have to be written anew. What sled cuts off meanwhile would be gone with a try that finds no room.
        room::must_have(folder, salvage.bytes())?;
    }
    let (sled, reason) = match store::open_sled(folder) {
        Ok(db) => match Sled::read(&db) {
            Some(sled) if sled.proves(&read, &wanted) => return sled.store(db, device, read),
            Some(sled) => (sled, Reason::Damaged),
            None => (Sled::default(), Reason::Unreadable),
        },
        Err(Closed::InUse) => return Err(Closed::InUse.of(folder)),
        Err(Closed::Unreadable(problem)) => {
            warn!(problem, "the outbox does not open");
            (Sled::default(), Reason::Unreadable)
        }
    };
    let contents = gather(&read, sled, salvage, &wanted, device);
    turn(folder, device, &read.ledger.head, &contents, reason, Before::SetAside, now_millis)
}

/// Takes over what opens without the keys of spans: what version 1 wrote.
fn without_ledger(
    folder: &Path,
    device: &Arc<SealKey>,
    enrolment: u32,
    reason: Reason,
    now_millis: i64,
) -> Result<Store, AgentError> {
    let sled = match store::open_sled(folder) {
        Ok(db) => Sled::read(&db).unwrap_or_default(),
        Err(Closed::InUse) => return Err(Closed::InUse.of(folder)),
        Err(Closed::Unreadable(_)) => Sled::default(),
    };
    let reason = sled.without_ledger(reason);
    let (epoch, contents) = without_keys(sled, device);
    let before = if reason == Reason::Older { Before::Removed } else { Before::SetAside };
    turn(folder, device, &Head::begin(epoch, enrolment), &contents, reason, before, now_millis)
}

/// The epoch, and what opens without the keys of spans.
pub(super) fn without_keys(sled: Sled, device: &SealKey) -> (Epoch, Contents) {
    let epoch = sled.epoch.unwrap_or(Epoch(0));
    let mut contents = Contents::default();
    for (seq, entry) in &sled.items {
        contents.take(*seq, entry, entry::open(None, device, epoch, Seq(*seq), entry));
    }
    for (name, sealed) in &sled.notes {
        if let Ok(bytes) = device.open(&store::note_key(name), sealed) {
            contents.notes.insert(name.clone(), bytes);
        }
    }
    (epoch, contents)
}

/// Begins a new epoch with what an earlier one held.
pub(super) fn turn(
    folder: &Path,
    device: &Arc<SealKey>,
    head: &Head,
    contents: &Contents,
    reason: Reason,
    before: Before,
    now_millis: i64,
) -> Result<Store, AgentError> {
    let (carried, lost) = (contents.items.len() as u64, contents.gone());
    let turn = Turn { at_millis: now_millis, reason, carried, lost };
    let mut head = head.turn(Epoch::random(), turn);
    head.lost += contents.lost;
    head.damaged += contents.damaged;
    build(folder, device, head, contents, now_millis)?;
    swap::put(folder, before)?;
    warn!(carried, lost, "the outbox begins a new epoch, because {}", reason.words());
    if before == Before::SetAside {
        let aside = swap::aside(folder);
        warn!(path = %aside.display(), "what was damaged is set aside; nothing in it can be opened any more, and it may be deleted");
    }
    reopen(folder, device)
}

/// Builds beside a folder a store that holds the same under the same numbers.
pub(super) fn copy(folder: &Path, device: &Arc<SealKey>, head: Head, contents: &Contents) -> Result<(), AgentError> {
    room::must_have(folder, contents.bytes())?;
    let notes: Vec<Note<'_>> = contents.notes.iter().map(|(name, bytes)| Note { name, bytes: bytes.clone() }).collect();
    Store::copied(&swap::begin(folder)?, device.clone(), head, &contents.items, &notes).map(drop)
}

/// Puts such a store in its place, and opens it.
pub(super) fn put_copy(folder: &Path, device: &Arc<SealKey>) -> Result<Store, AgentError> {
    swap::put(folder, Before::Removed)?;
    reopen(folder, device)
}

/// Builds a store beside a folder.
fn build(
    folder: &Path,
    device: &Arc<SealKey>,
    head: Head,
    contents: &Contents,
    now_millis: i64,
) -> Result<(), AgentError> {
    let mut store = Store::create(&swap::begin(folder)?, device.clone(), head)?;
    let items: Vec<Draft> = contents.items.values().cloned().collect();
    let counts: Vec<Draft> = contents.missing.iter().map(Draft::dropped).collect();
    let kept = contents.notes.iter().filter(|(name, _)| name.as_str() != TOLD);
    let notes: Vec<Note<'_>> = kept.map(|(name, bytes)| Note { name, bytes: bytes.clone() }).collect();
    if !(items.is_empty() && counts.is_empty() && notes.is_empty()) {
        store.write(&[], &[&items, &counts], &notes, now_millis)?;
    }
    Ok(())
}

/// Opens a store that was just put in its place.
fn reopen(folder: &Path, device: &Arc<SealKey>) -> Result<Store, AgentError> {
    let damaged = || AgentError::content(folder, "what was just written does not read back: the disk is failing");
    let Found::Whole(read) = Ledger::read(folder, device)? else { return Err(damaged()) };
    let wanted: BTreeSet<u64> = read.rows.iter().flat_map(|(first, row)| row.held(*first)).collect();
    let db = store::open_sled(folder).map_err(|closed| closed.of(folder))?;
    let sled = Sled::read(&db).filter(|sled| sled.proves(&read, &wanted)).ok_or_else(damaged)?;
    sled.store(db, device, read)
}

/// All that sled holds, as it is stored.
#[derive(Default)]
pub(super) struct Sled {
    epoch: Option<Epoch>,
    next: u64,
    taken_out: Vec<u8>,
    items: BTreeMap<u64, sled::IVec>,
    notes: BTreeMap<String, sled::IVec>,
}

impl Sled {
    /// `None` when a page does not read.
    pub(super) fn read(db: &sled::Db) -> Option<Self> {
        let mut sled = Self::default();
        for row in db.iter() {
            let (key, value) = row.inspect_err(|error| warn!(%error, "the outbox does not read")).ok()?;
            match key.split_first() {
                Some((&store::ITEM, seq)) => drop(sled.items.insert(store::number(seq)?, value)),
                Some((&store::NOTE, name)) => {
                    drop(sled.notes.insert(String::from_utf8_lossy(name).into_owned(), value));
                }
                _ if key == store::EPOCH => sled.epoch = store::number(&value).map(Epoch),
                _ if key == store::NEXT => sled.next = store::number(&value)?,
                _ if key == store::GONE => sled.taken_out = value.to_vec(),
                _ => {}
            }
        }
        Some(sled)
    }

    /// Why a new epoch is to begin where there is no ledger: one of the first format never had any, and of a later one it was lost.
    pub(super) fn without_ledger(&self, reason: Reason) -> Reason {
        let is_later = self.items.values().any(|stored| stored.get(1..4) == Some(&entry::MARK[1..]))
            || self.notes.values().any(|stored| stored.get(1..4) == Some(&note::MARK[1..]));
        if reason == Reason::Older && is_later { Reason::Damaged } else { reason }
    }

    /// Whether it holds all that was durable.
    pub(super) fn proves(&self, read: &Read, wanted: &BTreeSet<u64>) -> bool {
        let head = &read.ledger.head;
        let taken_out = store::taken_out(&self.taken_out, read.ledger.generation());
        let is_there = |seq: &u64| {
            taken_out.contains(seq) || self.items.get(seq).is_some_and(|entry| entry::read_header(entry).is_some())
        };
        read.unknown == 0
            && read.ledger.newest().is_some()
            && self.epoch == Some(head.epoch)
            && self.next >= head.next
            && wanted.iter().all(is_there)
    }

    /// The store of a sled and a ledger that agree. What the ledger says has left is left out; what was written when
    /// only the ledger was not yet is there too.
    fn store(self, db: sled::Db, device: &Arc<SealKey>, read: Read) -> Result<Store, AgentError> {
        let mut index = Index::default();
        let taken_out = store::taken_out(&self.taken_out, read.ledger.generation());
        let held: BTreeSet<u64> = read.rows.iter().flat_map(|(first, row)| row.held(*first)).collect();
        for (&seq, entry) in &self.items {
            let is_held = held.contains(&seq) && !taken_out.contains(&seq) || seq >= read.ledger.head.next;
            if let Some(header) = entry::read_header(entry).filter(|_| is_held) {
                let (about, kept_at) = (header.about, header.kept_at);
                index.insert(seq, Held { about, kept_at, len: store::length(entry.len()) });
            }
        }
        let newest = read.ledger.newest().map(|(span, _)| span);
        let spans: BTreeSet<u64> = self.notes.values().filter_map(|n| Some(note::Sealed::read(n)?.span)).collect();
        let notes_span = newest.filter(|newest| spans.iter().all(|span| span == newest));
        let notes = opened_notes(&self.notes, &read.ledger);
        let notes = notes.into_iter().map(|(name, (_, bytes))| (name, bytes)).collect();
        let leftovers: Vec<u64> = self.items.keys().filter(|seq| !index.items().contains_key(seq)).copied().collect();
        let mut ledger = read.ledger;
        ledger.head.next = self.next;
        Store::new(db, device.clone(), ledger, index, notes, notes_span).without(&leftovers)?.end_renewal()
    }
}

fn opened_notes(sealed: &BTreeMap<String, sled::IVec>, ledger: &Ledger) -> BTreeMap<String, (u64, Vec<u8>)> {
    let open = |stored: &sled::IVec| {
        let note = note::Sealed::read(stored)?;
        Some((note.stamp, ledger.open_of_span(note.span, |key| note.open(key))?))
    };
    sealed.iter().filter_map(|(name, stored)| Some((name.clone(), open(stored)?))).collect()
}

/// What a tree and a ledger hold that agree.
pub(super) fn held(read: &Read, sled: &Sled, wanted: &BTreeSet<u64>, device: &SealKey) -> Contents {
    let (ledger, mut contents) = (&read.ledger, Contents::default());
    let taken_out = store::taken_out(&sled.taken_out, ledger.generation());
    for (&seq, entry) in &sled.items {
        if wanted.contains(&seq) && !taken_out.contains(&seq) || seq >= ledger.head.next {
            let open = |key: Option<&SealKey>| entry::open(key, device, ledger.head.epoch, Seq(seq), entry);
            contents.take(seq, entry, ledger.open_item(seq, open));
        }
    }
    let notes = opened_notes(&sled.notes, ledger);
    contents.notes = notes.into_iter().map(|(name, (_, bytes))| (name, bytes)).collect();
    contents
}

/// All that is intact of a store, and an account of the rest.
pub(super) fn gather(read: &Read, sled: Sled, salvage: Salvage, wanted: &BTreeSet<u64>, device: &SealKey) -> Contents {
    let (ledger, mut contents) = (&read.ledger, Contents::default());
    let open = |seq: u64, entry: &[u8]| {
        ledger.open_item(seq, |key| entry::open(key, device, ledger.head.epoch, Seq(seq), entry))
    };
    let taken_out = store::taken_out(&sled.taken_out, ledger.generation());
    for (first, row) in &read.rows {
        let mut left = row.records().clone();
        for seq in row.held(*first) {
            let stored = sled.items.get(&seq).map(|entry| &entry[..]);
            let intact = [stored, salvage.entries.get(&seq).map(Vec::as_slice)].into_iter().flatten();
            let best = intact.map(|entry| (entry, open(seq, entry))).max_by_key(|(_, opened)| opened.is_some());
            let about = match best {
                Some((entry, opened)) => contents.take(seq, entry, opened),
                None => salvage.headers.get(&seq).copied().inspect(|about| contents.miss(*about)),
            };
            match about {
                Some(about) => left.less(about),
                None if taken_out.contains(&seq) => {}
                None => contents.lost += 1,
            }
        }
        // What nothing is left of, by what the ledger counted.
        left.iter().filter(|dropped| dropped.count > 0).for_each(|dropped| contents.missing.merge(*dropped));
    }
    let damaged = contents.damaged;
    // What the ledger does not tell of: written when only the ledger was not yet, or of a span that does not read.
    for (&seq, entry) in sled.items.iter().filter(|(seq, _)| !wanted.contains(seq)) {
        if seq >= ledger.head.next || read.unknown > 0 && ledger.key(seq).is_none() {
            contents.take(seq, entry, open(seq, entry));
        }
    }
    contents.lost += read.unknown.saturating_sub(contents.damaged - damaged);
    contents.notes = newest_notes(opened_notes(&sled.notes, ledger), salvage.notes);
    contents
}

fn newest_notes(
    mut notes: BTreeMap<String, (u64, Vec<u8>)>,
    others: BTreeMap<String, (u64, Vec<u8>)>,
) -> BTreeMap<String, Vec<u8>> {
    for (name, (stamp, bytes)) in others {
        if notes.get(&name).is_none_or(|(known, _)| *known < stamp) {
            notes.insert(name, (stamp, bytes));
        }
    }
    notes.into_iter().map(|(name, (_, bytes))| (name, bytes)).collect()
}

impl Contents {
    /// What is intact, by its number.
    pub(super) fn items(&self) -> &BTreeMap<u64, Draft> {
        &self.items
    }

    /// What the notes say.
    pub(super) fn notes(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.notes
    }

    /// Records that are lost or damaged, as far as is known of them.
    pub(super) fn missing(&self) -> &Counts {
        &self.missing
    }

    /// How many items are lost or damaged.
    pub(super) fn gone(&self) -> u64 {
        self.lost + self.damaged
    }

    /// Whether something does not open.
    pub(super) fn is_damaged(&self) -> bool {
        self.damaged > 0
    }

    /// What is intact, in bytes, as the limit counts them.
    pub(super) fn bytes(&self) -> u64 {
        self.items.values().map(|draft| u64::from(store::length(draft.sealed_len()))).sum()
    }

    /// All that an open store holds.
    pub(super) fn of(store: &Store) -> Result<Self, AgentError> {
        let mut contents = Self { notes: store.notes().clone(), ..Self::default() };
        for (&seq, held) in store.index().items() {
            match store.read(seq)? {
                Some(bytes) => drop(contents.items.insert(seq, Draft::again(held.about, held.kept_at, bytes))),
                None => contents.miss(held.about),
            }
        }
        Ok(contents)
    }

    /// Takes an entry in, as far as it opened, and says what it was.
    fn take(&mut self, seq: u64, entry: &[u8], opened: Option<Vec<u8>>) -> Option<About> {
        let header = entry::read_header(entry);
        match (header, opened) {
            (Some(header), Some(bytes)) => {
                self.items.insert(seq, Draft::again(header.about, header.kept_at, bytes));
            }
            (Some(header), None) => self.miss(header.about),
            (None, _) => self.damaged += 1,
        }
        header.map(|header| header.about)
    }

    fn miss(&mut self, about: About) {
        self.damaged += 1;
        self.missing.add(about);
    }
}
