//! What can be done with a batch before the database is locked: its items are read, known by their fingerprints and sealed, on a
//! thread that nobody waits for. Whose they are may have changed by the time that the lock is held; then it is done anew.

use std::sync::Arc;

use attune_ground::GroundError;
use attune_people::accounts;
use attune_people::consent::ItemKey;
use attune_protocol::ProtocolError;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::digest::Digest;
use attune_protocol::ids::{PersonId, Seq};
use attune_protocol::policy::Profile;
use attune_protocol::record::Record;
use attune_protocol::seal::SealKey;

use super::IngestContext;
use super::item::{Fingerprint, Read, fingerprint, quarantine_context, record_context};
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

/// A batch that is made ready for the person whose it seems to be.
pub(super) struct ReadyBatch {
    person: PersonId,
    items: Vec<Ready>,
}

impl ReadyBatch {
    /// The items, if they were made ready for this person.
    pub(super) fn for_person(self, person: PersonId) -> Option<Vec<Ready>> {
        (self.person == person).then_some(self.items)
    }
}

impl Ready {
    /// The items of a batch, in its order, as they are kept for a person.
    pub(super) fn of(batch: &Batch, person: PersonId, key: &SealKey, profile: Profile) -> Vec<Self> {
        let place = |item: &Item| ItemKey { device: batch.device, epoch: batch.epoch, seq: item.seq };
        batch.items.iter().map(|item| Self::item(item, place(item), (person, key), profile)).collect()
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
        return (sent.to_vec(), false);
    }
    let mut record = record.clone();
    forbidden.into_iter().for_each(|category| record.withheld.insert(category));
    record.features.retain(|spec| profile.lets_leave(spec.category));
    (record.encode(), true)
}

/// Makes batches ready, each for the person whose it seems to be; `None` for those of nobody known, or whose key does not open.
pub(super) async fn make_ready(
    context: &IngestContext,
    batches: Vec<Arc<Batch>>,
) -> Result<Vec<Option<ReadyBatch>>, SensingError> {
    let mut reader = context.store.pool().acquire().await.map_err(GroundError::from)?;
    let mut owned = Vec::with_capacity(batches.len());
    for batch in batches {
        let person = accounts::expected_owner(&mut reader, batch.device, batch.epoch, batch.enrolment).await?;
        let Some(person) = person else {
            owned.push(None);
            continue;
        };
        owned.push(match context.people.of(&mut *reader, person).await {
            Ok(key) => Some((batch, person, key)),
            Err(GroundError::Erased | GroundError::Damaged(_)) => None,
            Err(error) => return Err(error.into()),
        });
    }
    drop(reader);
    let profile = context.profile;
    let ready = move |(batch, person, key): (Arc<Batch>, PersonId, Arc<SealKey>)| ReadyBatch {
        person,
        items: Ready::of(&batch, person, &key, profile),
    };
    let made = tokio::task::spawn_blocking(move || owned.into_iter().map(|one| one.map(ready)).collect()).await;
    made.map_err(|_| SensingError::Broker("batches could not be made ready".into()))
}

#[cfg(test)]
mod tests {
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
            let ready = make_ready(&fixture.context, vec![Arc::clone(&known), begun, unknown]).await.expect("made");
            let is_ready: Vec<bool> = ready.iter().map(Option::is_some).collect();
            assert_eq!(is_ready, [true, true, false], "an outbox that is new goes by its enrolment");
            drop(held);

            let first = ready.into_iter().next().flatten().expect("made");
            let items = first.for_person(alice).expect("it is alice's");
            let key = fixture.context.people.of(fixture.context.store.pool(), alice).await.expect("known");
            let place = ItemKey { device: known.device, epoch: known.epoch, seq: Seq(4) };
            let sealed = items[0].sealed.as_ref().expect("a record");
            assert_eq!(key.open(&record_context(alice, &place), &sealed.bytes).expect("opens"), known.items[0].bytes);
            let other = ReadyBatch { person: alice, items: Vec::new() };
            assert!(other.for_person(PersonId::random()).is_none(), "what is sealed for one is given to nobody else");
        }
    }
}
