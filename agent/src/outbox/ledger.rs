//! The durable witness beside sled: what the store holds, and the keys under which it is sealed.
//!
//! sled does not overwrite what it deletes, and behind a flipped bit it cuts off what follows without a word. So the
//! keys of the items, and the account of which items there are, stand in two small files of their own, `ledger.1` and
//! `ledger.2`. Both say the same; they are overwritten in place one after the other, each synced, so that one of them is
//! always whole, a key that is dropped is gone from the disk, and a flipped bit in one is made good by the other.
//!
//! What leaves beside something that stays would open as long as the key of both is there: the span gets a new key then,
//! and what stays is sealed anew. Meanwhile the ledger has both keys.
//!
//! A file is the mark `ATo3`, the length of the head (2 bytes), the sealed head, and one sealed row of fixed length for
//! each key, former ones first: the key, the first sequence number, a bitmap of the items that are held, and for each modality how many
//! records of it are held, with their first and last window. All are sealed under the device's key with their place.
//!
//! The mark is the format of the whole outbox. `ATol` is format 2, with four modalities a row, and `ATo2` is format 3, with five;
//! both are read. What there was before had no ledger, and is format 1. A mark `ATo` and a later digit in both files is that of a
//! later program: nothing of it is touched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_protocol::ids::Epoch;
use attune_protocol::record::Dropped;
use attune_protocol::registry::Modality;
use attune_protocol::seal::{OVERHEAD, SealKey};
use attune_protocol::window::Window;
use serde::{Deserialize, Serialize};
use tracing::warn;
use zeroize::Zeroize;

use super::bounds::{Counts, Held, Index};
use crate::{AgentError, files};

/// Items of a span: they share a key, which is thrown away when the last of them has left.
pub(super) const SPAN: u64 = 64;
/// The format that is written.
pub(super) const FORMAT: u8 = 4;
const MARK: [u8; 4] = *b"ATo3";
/// Format 3, of before messages were read on the device.
const MARK_OF_FIVE: [u8; 4] = *b"ATo2";
/// Format 2, of before there were check-ins.
const MARK_OF_FOUR: [u8; 4] = *b"ATol";
const NAMES: [&str; 2] = ["ledger.1", "ledger.2"];
const ROW_LEN: usize = row_len(Modality::ALL.len());

const fn row_len(modalities: usize) -> usize {
    32 + 8 + 8 + 12 * modalities
}

/// Epochs that are remembered to have been left.
const MOST_TURNS: usize = 8;

/// Why a store began a new epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The collector holds other items in places of this epoch: the state folder was put back from a copy.
    Taken,
    /// The files hold less, or something else, than was durable once.
    Damaged,
    /// The store does not open at all.
    Unreadable,
    /// The store was kept by an earlier version, without a witness of what it holds.
    Older,
}

impl Reason {
    /// What happened, in words that read after "because".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Taken => {
                "the collector had other records in their places (was the state folder put back from a copy?)"
            }
            Self::Damaged => "the outbox's files had lost something that was kept once",
            Self::Unreadable => "the outbox's files could not be opened",
            Self::Older => "the outbox was kept by an earlier version",
        }
    }
}

/// A new epoch that a store began by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Turn {
    /// When, Unix milliseconds.
    pub at_millis: i64,
    /// Why.
    pub reason: Reason,
    /// Items that were taken over.
    pub carried: u64,
    /// Items that were durable once and could not be taken over.
    pub lost: u64,
}

/// What a ledger says of the whole store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) epoch: Epoch,
    /// The enrolment under which the store was begun.
    pub(super) enrolment: u32,
    /// The next sequence number: all before it were durable once.
    pub(super) next: u64,
    /// All before this one may have been given out.
    pub(super) offered: u64,
    /// The newest instant in which clock and evidence agreed, Unix milliseconds; 0 before the first.
    pub(super) seen_millis: i64,
    /// Items that were durable once and are not there any more, since the enrolment.
    pub(super) lost: u64,
    /// Entries that did not read or open, since the enrolment.
    pub(super) damaged: u64,
    /// The last new epochs.
    pub(super) turns: Vec<Turn>,
}

impl Head {
    pub(super) fn begin(epoch: Epoch, enrolment: u32) -> Self {
        Self { epoch, enrolment, next: 0, offered: 0, seen_millis: 0, lost: 0, damaged: 0, turns: Vec::new() }
    }

    /// Of the epoch that follows this one.
    pub(super) fn turn(&self, epoch: Epoch, turn: Turn) -> Self {
        let mut turns = self.turns.clone();
        turns.push(turn);
        turns.drain(..turns.len().saturating_sub(MOST_TURNS));
        Self { next: 0, offered: 0, epoch, turns, ..self.clone() }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    generation: u64,
    rows: u32,
    held: u64,
    head: Head,
}

/// What a ledger says that its store holds of a span.
#[derive(Clone, Default, Debug)]
pub(super) struct Row {
    held: u64,
    records: Counts,
}

impl Row {
    /// The sequence numbers that are held.
    pub(super) fn held(&self, first: u64) -> impl Iterator<Item = u64> {
        let held = self.held;
        (0..SPAN).filter(move |place| held >> place & 1 == 1).map(move |place| first + place)
    }

    /// How many records of each modality are held, and of which windows.
    pub(super) fn records(&self) -> &Counts {
        &self.records
    }
}

/// The keys and the account of a store, and where they are written.
pub(super) struct Ledger {
    folder: PathBuf,
    device: Arc<SealKey>,
    generation: u64,
    pub(super) head: Head,
    /// Keys by the first sequence number of their span.
    spans: BTreeMap<u64, SealKey>,
    /// Keys that spans had before, until all that they hold is sealed under the new ones.
    former: BTreeMap<u64, SealKey>,
}

/// What was found where a ledger should be.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub(super) enum Found {
    /// No file at all.
    Nothing,
    /// Files that do not read.
    Damaged,
    /// Files of a later program.
    Later,
    /// A ledger.
    Whole(Read),
}

/// A ledger as it was read.
pub(super) struct Read {
    pub(super) ledger: Ledger,
    /// What each span holds.
    pub(super) rows: BTreeMap<u64, Row>,
    /// Items of spans whose rows do not read.
    pub(super) unknown: u64,
    /// The format in which it was written.
    pub(super) format: u8,
}

impl Ledger {
    /// Of a new store.
    pub(super) fn begin(folder: &Path, device: Arc<SealKey>, head: Head) -> Self {
        let spans = BTreeMap::from([(0, SealKey::generate())]);
        Self { folder: folder.to_owned(), device, generation: 0, head, spans, former: BTreeMap::new() }
    }

    /// Reads the ledger of a folder.
    pub(super) fn read(folder: &Path, device: &Arc<SealKey>) -> Result<Found, AgentError> {
        let mut there = Vec::new();
        for name in NAMES {
            there.extend(files::read_private(&folder.join(name))?);
        }
        let mut copies: Vec<Copy> = there.iter().filter_map(|bytes| Copy::read(bytes, device)).collect();
        copies.sort_by_key(|copy| std::cmp::Reverse(copy.stored.generation));
        let Some(newest) = copies.first() else {
            return Ok(match &there[..] {
                [] => Found::Nothing,
                [one, other] if is_later(one) && one.get(..4) == other.get(..4) => Found::Later,
                _ => Found::Damaged,
            });
        };
        let newest_format = newest.format;
        let Stored { generation, held, ref head, rows } = newest.stored;
        let twin = copies.get(1).filter(|copy| copy.stored.generation == generation);
        let (mut spans, mut former, mut found) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for place in 0..rows as usize {
            let row = newest.row(place, device).or_else(|| twin.and_then(|twin| twin.row(place, device)));
            if let Some((first, key, row)) = row {
                // The key that a span had before stands in front of the one that it has.
                former.extend(spans.insert(first, key).map(|before| (first, before)));
                found.insert(first, row);
            }
        }
        let known: u64 = found.values().map(|row| u64::from(row.held.count_ones())).sum();
        let damaged = (rows as usize).saturating_sub(found.len() + former.len());
        if damaged > 0 {
            warn!(spans = damaged, "left out damaged spans of the outbox's ledger");
        }
        let (folder, device) = (folder.to_owned(), device.clone());
        let ledger = Self { folder, device, generation, head: head.clone(), spans, former };
        Ok(Found::Whole(Read { ledger, rows: found, unknown: held.saturating_sub(known), format: newest_format }))
    }

    /// The key of an item's span.
    pub(super) fn key(&self, seq: u64) -> Option<&SealKey> {
        self.span_of(seq).map(|(_, key)| key)
    }

    fn span_of(&self, seq: u64) -> Option<(u64, &SealKey)> {
        self.spans.range(..=seq).next_back().filter(|(first, _)| seq - **first < SPAN).map(|(first, key)| (*first, key))
    }

    /// Opens something of an item's span, under the key that the span has or had before.
    pub(super) fn open_item<T>(&self, seq: u64, open: impl Fn(Option<&SealKey>) -> Option<T>) -> Option<T> {
        let span = self.span_of(seq);
        let former = || span.and_then(|(first, _)| self.former.get(&first)).and_then(|key| open(Some(key)));
        open(span.map(|(_, key)| key)).or_else(former)
    }

    /// Opens something that was sealed under the key of a span, which is named by its first sequence number.
    pub(super) fn open_of_span<T>(&self, first: u64, open: impl Fn(&SealKey) -> Option<T>) -> Option<T> {
        [self.spans.get(&first), self.former.get(&first)].into_iter().flatten().find_map(open)
    }

    /// The newest span, under whose key notes are sealed. `None` when no row read.
    pub(super) fn newest(&self) -> Option<(u64, &SealKey)> {
        self.spans.last_key_value().map(|(first, key)| (*first, key))
    }

    /// Counts the writings.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The generation that the next writing has.
    pub(super) fn next_generation(&self) -> u64 {
        self.generation + 1
    }

    /// Draws keys for items, in the order of their numbers, and says whether there are new ones.
    pub(super) fn reach(&mut self, seqs: impl IntoIterator<Item = u64>) -> bool {
        let before = self.spans.len();
        for seq in seqs {
            if self.key(seq).is_none() {
                self.spans.insert(seq, SealKey::generate());
            }
        }
        self.spans.len() > before
    }

    /// Begins a span at the next sequence number.
    pub(super) fn cut(&mut self) {
        self.spans.entry(self.head.next).or_insert_with(SealKey::generate);
    }

    /// Whether the newest span has had items, and holds none any more.
    pub(super) fn is_spent(&self, index: &Index) -> bool {
        let next = self.head.next;
        self.newest().is_some_and(|(first, _)| first < next && index.items().range(first..).next().is_none())
    }

    /// Draws new keys for the spans that hold something beside what has left. Says whether there are any.
    pub(super) fn renew(&mut self, index: &Index, gone: &[u64]) -> bool {
        let left: BTreeSet<u64> = gone.iter().filter_map(|&seq| Some(self.span_of(seq)?.0)).collect();
        for first in left {
            if self.items_of(first, index).next().is_some() && !self.former.contains_key(&first) {
                let before = self.spans.insert(first, SealKey::generate());
                self.former.extend(before.map(|before| (first, before)));
            }
        }
        self.is_renewing()
    }

    /// Whether something may still be sealed under a key that its span had before.
    pub(super) fn is_renewing(&self) -> bool {
        !self.former.is_empty()
    }

    /// Whether a span has got a new key that not everything is sealed under.
    pub(super) fn is_renewed(&self, first: u64) -> bool {
        self.former.contains_key(&first)
    }

    /// What the spans hold that have got new keys.
    pub(super) fn renewed<'a>(&'a self, index: &'a Index) -> impl Iterator<Item = (u64, &'a Held)> {
        self.former.keys().flat_map(|&first| self.items_of(first, index))
    }

    /// Everything is sealed under the new keys: the former ones are gone with the next writing.
    pub(super) fn end_renewal(&mut self) {
        self.former.clear();
    }

    fn items_of<'a>(&self, first: u64, index: &'a Index) -> impl Iterator<Item = (u64, &'a Held)> + use<'a> {
        let end = self.spans.range(first + 1..).next().map_or(u64::MAX, |(next, _)| *next);
        index.items().range(first..end).map(|(seq, held)| (*seq, held))
    }

    /// Throws away the keys of spans that hold nothing, but the newest.
    pub(super) fn prune(&mut self, index: &Index) {
        let Some((newest, _)) = self.newest() else { return };
        let ends: Vec<u64> = self.spans.keys().skip(1).copied().chain([u64::MAX]).collect();
        let spans: Vec<(u64, u64)> = self.spans.keys().copied().zip(ends).collect();
        for (first, end) in spans {
            if first != newest && index.items().range(first..end).next().is_none() {
                self.spans.remove(&first);
            }
        }
    }

    /// Writes both files: when it returns, what they said before is overwritten.
    pub(super) fn write(&mut self, index: &Index) -> Result<(), AgentError> {
        self.generation += 1;
        let mut bytes = self.encode(index);
        for name in NAMES {
            files::overwrite_private(&self.folder.join(name), &bytes)?;
        }
        bytes.zeroize();
        Ok(())
    }

    fn encode(&self, index: &Index) -> Vec<u8> {
        let held = index.items().len() as u64;
        let rows = self.former.len() + self.spans.len();
        let rows = u32::try_from(rows).expect("an outbox holds far fewer than 2^38 items");
        let stored = Stored { generation: self.generation, rows, held, head: self.head.clone() };
        let head = postcard::to_stdvec(&stored).expect("a head is numbers and names");
        let head = self.device.seal(b"attune outbox ledger", &head);
        let mut bytes = MARK.to_vec();
        bytes.extend_from_slice(&u16::try_from(head.len()).expect("a head has a few hundred bytes").to_be_bytes());
        bytes.extend_from_slice(&head);
        let former = self.former.iter().map(|(first, key)| (*first, key, Row::default()));
        let spans = self.spans.iter().map(|(&first, key)| {
            let mut row = Row::default();
            for (seq, item) in self.items_of(first, index) {
                row.held |= 1 << (seq - first);
                row.records.add(item.about);
            }
            (first, key, row)
        });
        for (place, (first, key, row)) in former.chain(spans).enumerate() {
            let mut plain = row.encode(first, key);
            bytes.extend_from_slice(&self.device.seal(&row_context(self.generation, place), &plain));
            plain.zeroize();
        }
        bytes
    }
}

impl Row {
    fn encode(&self, first: u64, key: &SealKey) -> [u8; ROW_LEN] {
        let mut plain = Vec::with_capacity(ROW_LEN);
        plain.extend_from_slice(key.secret());
        plain.extend_from_slice(&first.to_be_bytes());
        plain.extend_from_slice(&self.held.to_be_bytes());
        for modality in Modality::ALL {
            let counted = self.records.iter().find(|dropped| dropped.modality == modality);
            let numbers = counted.map_or([0; 3], |dropped| [dropped.count, dropped.first.0, dropped.last.0]);
            numbers.iter().for_each(|number| plain.extend_from_slice(&number.to_be_bytes()));
        }
        let row = plain.as_slice().try_into().expect("the parts of a row have fixed lengths");
        plain.zeroize();
        row
    }

    fn decode(plain: &[u8]) -> Option<(u64, SealKey, Self)> {
        let (secret, rest) = plain.split_first_chunk::<32>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (held, rest) = rest.split_first_chunk::<8>()?;
        let mut records = Counts::default();
        for (modality, numbers) in Modality::ALL.into_iter().zip(rest.chunks_exact(12)) {
            let number = |place: usize| Some(u32::from_be_bytes(numbers[4 * place..][..4].try_into().ok()?));
            let (count, first, last) = (number(0)?, Window(number(1)?), Window(number(2)?));
            if count > 0 {
                records.merge(Dropped { modality, first, last, count });
            }
        }
        let row = Self { held: u64::from_be_bytes(*held), records };
        Some((u64::from_be_bytes(*first), SealKey::from_secret(*secret), row))
    }
}

/// One of the two files.
struct Copy {
    stored: Stored,
    rows: Vec<u8>,
    row_len: usize,
    format: u8,
}

impl Copy {
    fn read(bytes: &[u8], device: &SealKey) -> Option<Self> {
        let marks = [(MARK, FORMAT, ROW_LEN), (MARK_OF_FIVE, 3, row_len(5)), (MARK_OF_FOUR, 2, row_len(4))];
        let known = |(mark, format, row_len)| Some((format, row_len, bytes.strip_prefix(&mark)?));
        let (format, row_len, rest) = marks.into_iter().find_map(known)?;
        let (len, rest) = rest.split_first_chunk::<2>()?;
        let (head, rows) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        let head = device.open(b"attune outbox ledger", head).ok()?;
        Some(Self { stored: postcard::from_bytes(&head).ok()?, rows: rows.to_vec(), row_len, format })
    }

    fn row(&self, place: usize, device: &SealKey) -> Option<(u64, SealKey, Row)> {
        let sealed_len = self.row_len + OVERHEAD;
        let sealed = self.rows.get(place * sealed_len..)?.get(..sealed_len)?;
        let mut plain = device.open(&row_context(self.stored.generation, place), sealed).ok()?;
        let row = Row::decode(&plain);
        plain.zeroize();
        row
    }
}

/// Whether a file bears the mark of a format after this one.
fn is_later(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"ATo").and_then(|rest| rest.first()).is_some_and(|digit| (b'4'..=b'9').contains(digit))
}

fn row_context(generation: u64, place: usize) -> Vec<u8> {
    [b"attune outbox span".as_slice(), &generation.to_be_bytes(), &(place as u64).to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;

/// Overwrites the keys of a folder and removes them: nothing in it opens any more.
pub(super) fn destroy(folder: &Path) -> Result<(), AgentError> {
    NAMES.into_iter().try_for_each(|name| files::destroy(&folder.join(name)))
}
