//! What is to become of the items of one verified batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use attune_protocol::ProtocolError;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::Consent;
use attune_protocol::envelope::{self, Kind};
use attune_protocol::ids::{PersonId, Seq};
use attune_protocol::record::{Dropped, Record};
use attune_protocol::seal::SealKey;

use attune_people::accounts::EnrolledDevice;
use attune_people::consent::{DeviceConsents, ItemKey};

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
}

/// What becomes of an item. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Outcome {
    DropNoted = 1,
    ConsentNoted = 2,
    RefusedWithoutConsent = 3,
    Quarantined = 4,
    /// Its session was deleted.
    Erased = 5,
}

/// The items of a batch, sorted by what becomes of them.
#[derive(Default)]
pub(super) struct Settled {
    pub records: Vec<SealedRecord>,
    pub dropped: Vec<(ItemKey, PersonId, Dropped)>,
    pub consents: Vec<(ItemKey, PersonId, Consent)>,
    pub refused: Vec<ItemKey>,
    pub quarantined: Vec<(ItemKey, Vec<u8>, String)>,
}

/// An owner of a device: what is sealed for them, and what they agreed to on this device.
pub(super) struct Owner {
    pub key: Arc<SealKey>,
    pub consents: DeviceConsents,
}

/// Context under which a record is sealed: moving it to another person or place makes it unreadable.
pub(crate) fn record_context(person: PersonId, key: &ItemKey) -> Vec<u8> {
    let mut context = b"record".to_vec();
    context.extend_from_slice(&person.0);
    context.extend_from_slice(&key.device.0);
    context.extend_from_slice(&key.epoch.0.to_be_bytes());
    context.extend_from_slice(&key.seq.0.to_be_bytes());
    context
}

/// Sorts and seals the items of a batch for which `fresh` says that they are new. A record belongs to whose the device
/// was when it sensed, everything else to whose it is now. Changes of consent count for the items behind them.
pub(super) fn settle(
    batch: &Batch,
    device: &EnrolledDevice,
    owners: &mut BTreeMap<PersonId, Owner>,
    received_at: i64,
    mut fresh: impl FnMut(ItemKey) -> bool,
) -> Settled {
    let mut settled = Settled::default();
    for item in &batch.items {
        let place = ItemKey { device: batch.device, epoch: batch.epoch, seq: item.seq };
        if !fresh(place) {
            continue;
        }
        let read = Read::of(item);
        let sensed_at = if let Ok(Read::Record(record)) = &read { record.window.start_millis() } else { received_at };
        let person = device.owner_at(sensed_at);
        // An owner who is not among the open ones was erased: nothing of theirs is kept any more.
        let Some((person, owner)) = person.and_then(|person| Some((person, owners.get_mut(&person)?))) else {
            settled.refused.push(place);
            continue;
        };
        match read {
            Ok(Read::Record(record)) if !owner.consents.lets_in(record.modality(), batch.epoch, item.seq) => {
                settled.refused.push(place);
            }
            Ok(Read::Record(record)) => settled.records.push(SealedRecord {
                key: place,
                person,
                window_start: record.window.start_millis(),
                modality: record.modality().number(),
                revision: record.revision,
                size: item.bytes.len(),
                received_at,
                clock_offset: received_at.saturating_sub(batch.sent_at_millis),
                sealed: owner.key.seal(&record_context(person, &place), &item.bytes),
            }),
            Ok(Read::Dropped(dropped)) => settled.dropped.push((place, person, dropped)),
            Ok(Read::Consent(consent)) => {
                owner.consents.add(batch.epoch, item.seq, consent);
                settled.consents.push((place, person, consent));
            }
            Err(error) => settled.quarantined.push((place, item.bytes.clone(), error.to_string())),
        }
    }
    settled
}

/// An item that reads as one of the kinds that outboxes hold.
enum Read {
    Record(Record),
    Dropped(Dropped),
    Consent(Consent),
}

impl Read {
    fn of(item: &Item) -> Result<Self, ProtocolError> {
        match envelope::open(&item.bytes)?.0 {
            Kind::Record => Record::decode(&item.bytes).map(Self::Record),
            Kind::Dropped => Dropped::decode(&item.bytes).map(Self::Dropped),
            Kind::Consent => Consent::decode(&item.bytes).map(Self::Consent),
            found => Err(ProtocolError::UnexpectedKind { expected: Kind::Record, found }),
        }
    }
}

/// The first and last sequence number of a batch, when it has any.
pub(super) fn span(batch: &Batch) -> Option<(Seq, Seq)> {
    Some((batch.items.first()?.seq, batch.items.last()?.seq))
}
