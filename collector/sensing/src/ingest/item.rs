//! One item of a batch: how it reads, what tells it from another, under what it is sealed, and what is kept of a record.

use attune_people::consent::ItemKey;
use attune_protocol::ProtocolError;
use attune_protocol::batch::Item;
use attune_protocol::consent::Consent;
use attune_protocol::digest::Digest;
use attune_protocol::envelope::{self, Kind};
use attune_protocol::ids::PersonId;
use attune_protocol::record::{Dropped, Record};
use attune_protocol::seal::{FINGERPRINT_LEN, SealKey};

/// 2010, Unix milliseconds: recordings of before no wearable of today has made. Clocks that lost their power begin earlier.
const FIRST_MILLIS: i64 = 1_262_304_000_000;
/// How far a window may lie ahead of the collector's clock: a clock that is set to another zone's time.
const AHEAD_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What tells an item from another at its place.
pub(super) type Fingerprint = [u8; FINGERPRINT_LEN];

/// A record, sealed and with what of it stands in clear.
pub(super) struct SealedRecord {
    pub key: ItemKey,
    pub person: PersonId,
    pub window_start: i64,
    pub modality: u8,
    pub revision: u16,
    pub size: usize,
    pub received_at: i64,
    pub clock_offset: i64,
    pub sealed: Vec<u8>,
    pub fingerprint: Fingerprint,
    /// What it says, wherever it stands.
    pub content: Digest,
}

/// What tells an item from another at its place.
pub(super) fn fingerprint(key: &SealKey, item: &Item) -> Fingerprint {
    key.fingerprint(&Digest::of_item(item.seq, &item.bytes).0)
}

/// Whether a device of today can have sensed something then.
pub(super) fn can_be(sensed_at: i64, received_at: i64) -> bool {
    (FIRST_MILLIS..=received_at.saturating_add(AHEAD_MILLIS)).contains(&sensed_at)
}

/// Context under which a record is sealed: moving it to another person or place makes it unreadable.
pub(crate) fn record_context(person: PersonId, key: &ItemKey) -> Vec<u8> {
    context(b"record", person, key)
}

/// Context under which what does not read is sealed.
pub(super) fn quarantine_context(person: PersonId, key: &ItemKey) -> Vec<u8> {
    context(b"quarantine", person, key)
}

fn context(what: &[u8], person: PersonId, key: &ItemKey) -> Vec<u8> {
    let (epoch, seq) = (key.epoch.0.to_be_bytes(), key.seq.0.to_be_bytes());
    [what, &person.0, &key.device.0, &epoch, &seq].concat()
}

/// An item that reads as one of the kinds that outboxes hold.
pub(super) enum Read {
    Record(Record),
    Dropped(Dropped),
    Consent(Consent),
}

impl Read {
    pub(super) fn of(item: &Item) -> Result<Self, ProtocolError> {
        match envelope::open(&item.bytes)?.kind {
            Kind::Record => Record::decode(&item.bytes).map(Self::Record),
            Kind::Dropped => Dropped::decode(&item.bytes).map(Self::Dropped),
            Kind::Consent => Consent::decode(&item.bytes).map(Self::Consent),
            found => Err(ProtocolError::UnexpectedKind { expected: Kind::Record, found }),
        }
    }
}
