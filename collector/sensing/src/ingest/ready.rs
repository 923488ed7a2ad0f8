//! What can be done with a batch before the database is locked: its items are read, known by their fingerprints and sealed, on a
//! thread that nobody waits for. Whose they are may have changed by the time that the lock is held; then it is done anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use attune_ground::GroundError;
use attune_ground::damage::Damages;
use attune_ground::keys::{Opened, PersonKeys, Unwrapped, Wrapped};
use attune_people::accounts::{self, Expected};
use attune_people::consent::{Entries, ItemKey, Outbox};
use attune_protocol::ProtocolError;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::Consent;
use attune_protocol::digest::Digest;
use attune_protocol::ids::{PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

use super::IngestContext;
use super::again::Stored;
use super::item::{Fingerprint, Read, can_be, fingerprint, quarantine_context, record_context};
use crate::SensingError;

/// An item as it would be kept.
pub(super) struct Ready {
    pub read: Result<Read, ProtocolError>,
    pub fingerprint: Fingerprint,
    /// Of a record, and of what does not read and may be kept aside.
    pub sealed: Option<Sealed>,
}

/// What is sealed of an item.
pub(super) struct Sealed {
    /// What it says, wherever it stands.
    pub content: Digest,
    /// Bytes before it was sealed.
    pub size: usize,
    pub bytes: Vec<u8>,
    /// Whether the profile had something taken out.
    pub withheld: bool,
}

/// A batch that is made ready for the person whose it seems to be, with what of the database was opened for it.
pub(super) struct ReadyBatch {
    person: PersonId,
    key: Unwrapped,
    items: Vec<Ready>,
    changes: Opened<Consent>,
    /// Whether its device has begun other outboxes under the same enrolment.
    has_others: bool,
    pub(super) stored: Opened<Digest>,
}

impl ReadyBatch {
    /// The key under which it was made ready.
    pub(super) const fn key(&self) -> &Unwrapped {
        &self.key
    }

    /// The changes of consent that were opened, if they are of this person and key.
    pub(super) fn changes(&self, person: PersonId, key: &Arc<SealKey>) -> Option<&Opened<Consent>> {
        self.is_of(person, key).then_some(&self.changes)
    }

    /// The items, and the contents of stored records that were opened, if they were made ready for this person and key.
    pub(super) fn under(self, person: PersonId, key: &Arc<SealKey>) -> Option<(Vec<Ready>, Opened<Digest>)> {
        self.is_of(person, key).then_some((self.items, self.stored))
    }

    fn is_of(&self, person: PersonId, key: &Arc<SealKey>) -> bool {
        self.person == person && Arc::ptr_eq(&self.key.key, key)
    }
}

impl Ready {
    /// The items of a batch, in its order, as they are kept for a person.
    pub(super) fn of(batch: &Batch, person: PersonId, key: &SealKey, profile: Profile) -> Vec<Self> {
        let place = |item: &Item| ItemKey { device: batch.device, epoch: batch.epoch, seq: item.seq };
        batch.items.iter().map(|item| Self::item(item, place(item), (person, key), profile)).collect()
    }

    /// Whether it can only be kept aside.
    pub(super) const fn wants_room(&self) -> bool {
        self.read.is_err() && self.sealed.is_some()
    }

    fn item(item: &Item, place: ItemKey, (person, key): (PersonId, &SealKey), profile: Profile) -> Self {
        let read = Read::of(item);
        let seal = |context: Vec<u8>, plain: &[u8], withheld| Sealed {
            content: Digest::of_item(Seq(0), plain),
            size: plain.len(),
            bytes: key.seal(&context, plain),
            withheld,
        };
        let sealed = match &read {
            Ok(Read::Record(record)) => {
                let (plain, withheld) = allowed(record, &item.bytes, profile);
                Some(seal(record_context(person, &place), &plain, withheld))
            }
            Ok(_) => None,
            // What cannot be read cannot be held to a profile that forbids some of it.
            Err(_) => {
                profile.lets_everything_leave().then(|| seal(quarantine_context(person, &place), &item.bytes, false))
            }
        };
        Self { read, fingerprint: fingerprint(key, item), sealed }
    }
}

/// A record as this collector's profile lets it be kept, and whether something had to be taken out.
fn allowed(record: &Record, sent: &[u8], profile: Profile) -> (Vec<u8>, bool) {
    let forbidden: Vec<_> = record
        .features
        .iter()
        .map(|(spec, _)| spec.category)
        .filter(|category| !profile.lets_leave(*category))
        .collect();
    if forbidden.is_empty() {
        // Of a feature that a later version has sent nobody knows here whether the profile lets it leave.
        return match profile.lets_everything_leave() || !Record::has_unknown(sent) {
            true => (sent.to_vec(), false),
            false => (record.encode(), true),
        };
    }
    let mut record = record.clone();
    forbidden.into_iter().for_each(|category| record.withheld.insert(category));
    record.features.retain(|spec| profile.lets_leave(spec.category));
    (record.encode(), true)
}

/// The windows of records that can be of their time: those for which something may be stored already.
pub(super) fn windows(ready: &[Ready], received_at: i64) -> Vec<i64> {
    let of = |ready: &Ready| match &ready.read {
        Ok(Read::Record(record)) => Some(record.window.start_millis()),
        _ => None,
    };
    ready.iter().filter_map(of).filter(|&sensed_at| can_be(sensed_at, received_at)).collect()
}

/// A batch with when it came, Unix milliseconds.
type Received = (Arc<Batch>, i64);

/// What the database holds that concerns a batch, still sealed.
struct Found {
    batch: Arc<Batch>,
    person: PersonId,
    /// Whether its device has begun other outboxes under the same enrolment.
    has_others: bool,
    wrapped: Wrapped,
    entries: Option<Entries>,
}

impl Found {
    /// What concerns each of these batches; `None` for one of nobody known, or of somebody without a key.
    async fn of_all(
        context: &IngestContext,
        reader: &mut AnyConnection,
        batches: &[Received],
    ) -> Result<Vec<Option<Self>>, SensingError> {
        let outbox = |(batch, _): &Received| (batch.device, batch.epoch, batch.enrolment);
        let outboxes: Vec<_> = batches.iter().map(outbox).collect();
        let expected = accounts::expected_owners(reader, &outboxes).await?;
        let people: BTreeSet<PersonId> = expected.iter().flatten().map(|expected| expected.person).collect();
        let wrapped = context.people.all_wrapped(&people).await?;
        let mut found: Vec<Option<Self>> = Vec::with_capacity(batches.len());
        for ((batch, _), expected) in batches.iter().zip(expected) {
            let Some(Expected { person, has_others }) = expected else {
                found.push(None);
                continue;
            };
            let wrapped = match wrapped.get(&person) {
                Some(wrapped) => Ok(wrapped.clone()),
                None => context.people.wrapped(person).await,
            };
            let wrapped = match wrapped {
                Ok(wrapped) => Some(wrapped),
                Err(GroundError::Erased | GroundError::Damaged(_)) => None,
                Err(error) => return Err(error.into()),
            };
            let of = |wrapped| Self { batch: Arc::clone(batch), person, has_others, wrapped, entries: None };
            found.push(wrapped.map(of));
        }
        let outboxes = found.iter().flatten().map(|found| {
            let Batch { device, epoch, enrolment, .. } = *found.batch;
            Outbox { device, epoch, enrolment, person: found.person }
        });
        let outboxes: Vec<Outbox> = outboxes.collect();
        let entries = Entries::of_all(reader, &outboxes).await?;
        for (found, entries) in found.iter_mut().flatten().zip(entries) {
            found.entries = Some(entries);
        }
        Ok(found)
    }

    fn make(self, people: &PersonKeys, damages: &Damages, profile: Profile) -> Option<ReadyBatch> {
        let Self { batch, person, has_others, wrapped, entries } = self;
        let key = people.unwrap(person, wrapped).ok()?;
        let items = Ready::of(&batch, person, &key.key, profile);
        let changes = entries.map(|entries| entries.open((&key.key, damages))).unwrap_or_default();
        Some(ReadyBatch { person, key, items, changes, has_others, stored: Opened::default() })
    }
}

/// Makes batches ready, each for the person whose it seems to be; `None` for those of nobody known, or whose key does not open.
pub(super) async fn make_ready(
    context: &IngestContext,
    batches: Vec<Received>,
) -> Result<Vec<Option<ReadyBatch>>, SensingError> {
    let mut reader = context.store.pool().acquire().await.map_err(GroundError::from)?;
    let found = Found::of_all(context, &mut reader, &batches).await?;
    drop(reader);
    let (people, damages, profile) = (context.people.clone(), Arc::clone(context.store.damages()), context.profile);
    let make = move |found: Found| found.make(&people, &damages, profile);
    let mut ready = aside(move || found.into_iter().map(|one| one.and_then(&make)).collect::<Vec<_>>()).await?;
    open_stored(context, &batches, &mut ready).await?;
    Ok(ready)
}

/// Opens what is stored already of the windows of batches whose device began several outboxes under one enrolment.
async fn open_stored(
    context: &IngestContext,
    batches: &[Received],
    ready: &mut [Option<ReadyBatch>],
) -> Result<(), SensingError> {
    if !ready.iter().flatten().any(|ready| ready.has_others) {
        return Ok(());
    }
    let mut reader = context.store.pool().acquire().await.map_err(GroundError::from)?;
    let mut sealed = Vec::new();
    for (place, ((batch, received_at), ready)) in batches.iter().zip(&*ready).enumerate() {
        let Some(ready) = ready.as_ref().filter(|ready| ready.has_others) else { continue };
        let epochs = accounts::other_epochs(&mut reader, batch.device, batch.epoch, batch.enrolment).await?;
        if !epochs.is_empty() {
            let windows = windows(&ready.items, *received_at);
            let stored = Stored::of(&mut reader, batch, ready.person, windows, &epochs).await?;
            sealed.push((place, stored, Arc::clone(&ready.key.key)));
        }
    }
    drop(reader);
    if sealed.is_empty() {
        return Ok(());
    }
    let damages = Arc::clone(context.store.damages());
    let open = move |(place, stored, key): (usize, Stored, Arc<SealKey>)| (place, stored.open((&key, &damages)));
    for (place, opened) in aside(move || sealed.into_iter().map(open).collect::<Vec<_>>()).await? {
        if let Some(ready) = &mut ready[place] {
            ready.stored = opened;
        }
    }
    Ok(())
}

/// Does work on a thread that nobody waits for.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SensingError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| SensingError::Broker("batches could not be made ready".into()))
}

#[cfg(test)]
mod tests {
    use attune_ground::time::now_millis;
    use attune_protocol::ids::Epoch;

    use super::*;
    use crate::testing::{Device, Fixture, heart_record};

    #[tokio::test]
    async fn a_batch_is_made_ready_for_its_person_before_anything_is_locked_on_each_database() {
        for fixture in Fixture::each().await {
            let mut device = fixture.device("alice").await;
            let alice = fixture.person("alice").await;
            // Nobody else can write meanwhile, nor need they.
            let held = fixture.context.store.begin().await.expect("begins");
            let batch = |device: &Device| {
                let items = vec![Item { seq: Seq(4), bytes: heart_record(177_000_000, 60.0) }];
                let (epoch, enrolment) = (device.epoch, device.enrolment);
                Arc::new(Batch { device: device.id, epoch, enrolment, sent_at_millis: 0, items })
            };
            let known = batch(&device);
            device.epoch = Epoch::random();
            let begun = batch(&device);
            device.enrolment += 1;
            device.epoch = Epoch::random();
            let unknown = batch(&device);
            let batches = [&known, &begun, &unknown].map(|batch| (Arc::clone(batch), now_millis())).to_vec();
            let ready = make_ready(&fixture.context, batches).await.expect("made");
            let is_ready: Vec<bool> = ready.iter().map(Option::is_some).collect();
            assert_eq!(is_ready, [true, true, false], "an outbox that is new goes by its enrolment");
            drop(held);

            let mut ready = ready.into_iter();
            let first = ready.next().flatten().expect("made");
            let key = Arc::clone(&first.key().key);
            let other = fixture.context.people.of(alice).await.expect("known");
            assert!(first.changes(alice, &key).is_some() && first.changes(PersonId::random(), &key).is_none());
            assert!(first.changes(alice, &other).is_none(), "a key that was unwrapped anew may be another one");
            let (items, _) = first.under(alice, &key).expect("it is alice's");
            let place = ItemKey { device: known.device, epoch: known.epoch, seq: Seq(4) };
            let sealed = items[0].sealed.as_ref().expect("a record");
            assert_eq!(key.open(&record_context(alice, &place), &sealed.bytes).expect("opens"), known.items[0].bytes);
            let second = ready.next().flatten().expect("made");
            assert!(second.under(PersonId::random(), &key).is_none(), "what is sealed for one is given to nobody else");
        }
    }

    #[test]
    fn of_what_a_later_version_has_sent_nothing_is_kept_that_the_profile_may_forbid() {
        // A record of no features, and the same with one of the last ordinal: the bitmap and a value of two bytes stand at its end.
        let mut record = Record::decode(&heart_record(177_000_000, 60.0)).expect("reads");
        record.features = attune_protocol::features::Features::new(record.modality());
        let known = record.encode();
        let (head, none) = known.split_at(known.len() - 2);
        assert_eq!(none, [0, 0], "no ordinals, no values");
        let last = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1];
        let sent = [head, &last, &[1, 7, 7]].concat();
        assert_eq!(Record::decode(&sent).expect("reads"), record, "what is not known is skipped");
        assert_eq!(allowed(&record, &sent, Profile::Eu), (known.clone(), true));
        assert_eq!(allowed(&record, &sent, Profile::Research), (sent, false));
        assert_eq!(allowed(&record, &known, Profile::Eu), (known, false));
    }
}
