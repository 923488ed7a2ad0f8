//! What does not read and is kept aside, for an upgrade that reads it: sealed for its person and bounded for each device.

use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{self, Store, bytes16, to_i64, to_u64};
use attune_people::consent::ItemKey;
use attune_protocol::batch::Item;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::seal::SealKey;
use sqlx::{Any, Transaction};

use super::item::{Read, quarantine_context};
use crate::SensingError;

/// The most items of one device that are kept aside.
pub(super) const MOST: usize = 1000;

/// Items of one device that are kept aside for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Aside {
    /// Whose outbox they are from.
    pub device: DeviceId,
    /// How many.
    pub items: u64,
    /// Bytes of them, unsealed.
    pub bytes: u64,
    /// When the first and the last of them were received, Unix milliseconds.
    pub received: (i64, i64),
    /// What this version makes of them.
    pub now: Now,
}

/// What this version makes of an item that is kept aside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Now {
    /// It reads and can be taken in.
    Reads,
    /// It does not read, and why.
    Unread(String),
    /// Its person was erased: nothing opens it.
    Erased,
    /// It, or the key of its person, is damaged.
    Damaged,
}

/// Puts an item aside. Whoever calls has looked that nothing of its outbox stands at its place: what an earlier item left
/// there is replaced, so that nothing is acknowledged that is not kept.
pub(super) async fn put(
    transaction: &mut Transaction<'static, Any>,
    key: ItemKey,
    person: PersonId,
    (size, sealed): (usize, Vec<u8>),
    received_at: i64,
) -> Result<(), SensingError> {
    let put = sqlx::query(
        "INSERT INTO quarantine (device, epoch, seq, person, size, received_at, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (device, epoch, seq, person) DO UPDATE SET \
         size = excluded.size, received_at = excluded.received_at, sealed = excluded.sealed",
    )
    .bind(key.device.0.to_vec())
    .bind(to_i64(key.epoch.0)?)
    .bind(to_i64(key.seq.0)?)
    .bind(person.0.to_vec())
    .bind(size as i64)
    .bind(received_at)
    .bind(sealed)
    .execute(&mut **transaction)
    .await?;
    match put.rows_affected() {
        1 => Ok(()),
        _ => Err(GroundError::Corrupt("what is put aside is there").into()),
    }
}

/// How many more items of a device may be put aside.
pub(super) async fn room(transaction: &mut Transaction<'static, Any>, device: DeviceId) -> Result<usize, SensingError> {
    let (held,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM quarantine WHERE device = $1")
        .bind(device.0.to_vec())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(MOST.saturating_sub(usize::try_from(held).unwrap_or(usize::MAX)))
}

/// Everything that is kept aside, by device and by what this version makes of it.
///
/// # Errors
/// When the database refuses.
pub async fn list(store: &Store, people: &PersonKeys) -> Result<Vec<Aside>, SensingError> {
    type Row = (i64, i64, Vec<u8>, i64, i64, Vec<u8>);
    let mut all = Vec::new();
    for device in devices(store).await? {
        let rows = sqlx::query(
            "SELECT epoch, seq, person, size, received_at, sealed FROM quarantine WHERE device = $1 ORDER BY epoch, seq",
        )
        .bind(device.0.to_vec())
        .fetch_all(store.pool())
        .await?;
        let rows: Vec<Row> = store::readable(&rows, |place| damaged(store, &device.0, (i64::MIN, place as i64)));
        let mut of_device: Vec<Aside> = Vec::new();
        for (epoch, seq, person, size, received_at, sealed) in rows {
            let read = || {
                let place = ItemKey { device, epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
                Ok::<_, GroundError>((place, PersonId(bytes16(&person)?)))
            };
            let now = match read() {
                Ok((place, person)) => match key_of(people.of(person).await)? {
                    Ok(key) => now(store, &key, person, &place, &sealed),
                    Err(now) => now,
                },
                Err(_) => {
                    damaged(store, &device.0, (epoch, seq));
                    Now::Damaged
                }
            };
            let bytes = size.unsigned_abs();
            match of_device.iter_mut().find(|aside| aside.now == now) {
                Some(aside) => {
                    aside.items += 1;
                    aside.bytes += bytes;
                    aside.received = (aside.received.0.min(received_at), aside.received.1.max(received_at));
                }
                None => of_device.push(Aside { device, items: 1, bytes, received: (received_at, received_at), now }),
            }
        }
        all.extend(of_device);
    }
    Ok(all)
}

fn now(store: &Store, key: &SealKey, person: PersonId, place: &ItemKey, sealed: &[u8]) -> Now {
    match open(store, key, person, place, sealed) {
        None => Now::Damaged,
        Some(item) => Read::of(&item).map_or_else(|error| Now::Unread(error.to_string()), |_| Now::Reads),
    }
}

/// Counts an item that does not open.
pub(super) fn damaged(store: &Store, device: &[u8], (epoch, seq): (i64, i64)) {
    store.damages().note(Damaged::Quarantine, &[device, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
}

/// The devices of which something is kept aside. One that does not read is left out and counted.
pub(super) async fn devices(store: &Store) -> Result<Vec<DeviceId>, SensingError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT DISTINCT device FROM quarantine ORDER BY device").fetch_all(store.pool()).await?;
    let read = |(device,): &(Vec<u8>,)| {
        let read = bytes16(device).map(DeviceId);
        read.inspect_err(|_| damaged(store, device, (0, 0))).ok()
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// A person's key, or what to make of their items without it.
pub(super) fn key_of<T>(key: Result<T, GroundError>) -> Result<Result<T, Now>, SensingError> {
    match key {
        Ok(key) => Ok(Ok(key)),
        Err(GroundError::Erased) => Ok(Err(Now::Erased)),
        Err(GroundError::Damaged(_)) => Ok(Err(Now::Damaged)),
        Err(error) => Err(error.into()),
    }
}

/// An item as it was sent; none where it does not open, which is counted.
pub(super) fn open(store: &Store, key: &SealKey, person: PersonId, place: &ItemKey, sealed: &[u8]) -> Option<Item> {
    match key.open(&quarantine_context(person, place), sealed) {
        Ok(bytes) => Some(Item { seq: place.seq, bytes }),
        Err(_) => {
            damaged(store, &place.device.0, (place.epoch.0.cast_signed(), place.seq.0.cast_signed()));
            None
        }
    }
}
