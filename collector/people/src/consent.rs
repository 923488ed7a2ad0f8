//! What people agreed to, as their devices said it: an append-only log, each entry sealed under its person's key and
//! hashed with the one before.

use std::collections::BTreeMap;

use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::{Book, Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sha2::{Digest, Sha256};
use sqlx::{Any, Transaction};

use crate::PeopleError;

/// How many changes of one person are looked at to tell what is in force.
const NEWEST: i64 = 256;

/// Where an item stands: device, epoch and place in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ItemKey {
    /// The device that wrote it.
    pub device: DeviceId,
    /// The outbox it comes from.
    pub epoch: Epoch,
    /// Its place there.
    pub seq: Seq,
}

/// The changes of consent that have come in one outbox. An entry that does not open is left out, so that its device is
/// asked for it again.
///
/// # Errors
/// When the database refuses.
pub async fn book(
    transaction: &mut Transaction<'static, Any>,
    device: DeviceId,
    epoch: Epoch,
    person: PersonId,
    (key, damages): (&SealKey, &Damages),
) -> Result<Book, PeopleError> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, entry FROM consent_log WHERE device = $1 AND epoch = $2 AND person = $3")
            .bind(device.0.to_vec())
            .bind(to_i64(epoch.0)?)
            .bind(person.0.to_vec())
            .fetch_all(&mut **transaction)
            .await?;
    let mut book = Book::default();
    for (seq, entry) in rows {
        if let Some(change) = open(key, person, (&device.0, epoch.0.cast_signed(), seq), &entry, damages) {
            book.note(change);
        }
    }
    Ok(book)
}

/// The modalities that none of a person's devices may sense for a purpose, as far as the newest changes tell. Entries that do
/// not open tell nothing.
///
/// # Errors
/// When the database refuses.
pub async fn lacking(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (key, damages): (&SealKey, &Damages),
    purpose: Purpose,
) -> Result<Vec<Modality>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT device, epoch, seq, entry FROM consent_log WHERE person = $1 ORDER BY place DESC LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(NEWEST)
    .fetch_all(&mut **transaction)
    .await?;
    let all_are_here = (rows.len() as i64) < NEWEST;
    let mut newest: BTreeMap<(Modality, Vec<u8>), Consent> = BTreeMap::new();
    for (device, epoch, seq, entry) in rows {
        let opened = open(key, person, (&device, epoch, seq), &entry, damages);
        let Some(change) = opened.filter(|change| change.purpose == purpose) else { continue };
        let known = newest.entry((change.modality, device)).or_insert(change);
        if change.version > known.version {
            *known = change;
        }
    }
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let lacks = |modality: &Modality| {
        let mut changes = newest.iter().filter(|((of, _), _)| of == modality).map(|(_, change)| change).peekable();
        (all_are_here || changes.peek().is_some()) && !changes.any(|change| change.granted)
    };
    Ok(Modality::ALL.into_iter().filter(lacks).collect())
}

/// An entry of the log; none where it does not open, which is counted.
fn open(
    key: &SealKey,
    person: PersonId,
    (device, epoch, seq): (&[u8], i64, i64),
    entry: &[u8],
    damages: &Damages,
) -> Option<Consent> {
    let read = || {
        let device = DeviceId(bytes16(device)?);
        let place = ItemKey { device, epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
        Ok::<_, PeopleError>(Consent::decode(&key.open(&entry_context(person, &place), entry)?)?)
    };
    let change = read();
    if change.is_err() {
        damages.note(Damaged::Consent, &[device, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
    }
    change.ok()
}

/// Appends a change to the log. Whoever calls has looked that its item is new.
///
/// # Errors
/// When the database refuses.
pub async fn append(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    seal: &SealKey,
    key: ItemKey,
    consent: &Consent,
) -> Result<(), PeopleError> {
    // Takes the lock of the row first: of two collectors one waits for the other.
    let (place, before): (i64, Vec<u8>) =
        sqlx::query_as("UPDATE consent_head SET entries = entries + 1 RETURNING entries - 1, hash")
            .fetch_one(&mut **transaction)
            .await?;
    let entry = seal.seal(&entry_context(person, &key), &consent.encode());
    let hash = link(&before, person, key.device, &entry);
    sqlx::query(
        "INSERT INTO consent_log (place, person, device, epoch, seq, entry, received_at, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(place)
    .bind(person.0.to_vec())
    .bind(key.device.0.to_vec())
    .bind(to_i64(key.epoch.0)?)
    .bind(to_i64(key.seq.0)?)
    .bind(entry)
    .bind(now_millis())
    .bind(hash.clone())
    .execute(&mut **transaction)
    .await?;
    sqlx::query("UPDATE consent_head SET hash = $1").bind(hash).execute(&mut **transaction).await?;
    Ok(())
}

/// Binds a sealed entry to its person and place.
fn entry_context(person: PersonId, place: &ItemKey) -> Vec<u8> {
    let (epoch, seq) = (place.epoch.0.to_be_bytes(), place.seq.0.to_be_bytes());
    [b"consent".as_slice(), &person.0, &place.device.0, &epoch, &seq].concat()
}

fn link(before: &[u8], person: PersonId, device: DeviceId, entry: &[u8]) -> Vec<u8> {
    Sha256::new()
        .chain_update(before)
        .chain_update(person.0)
        .chain_update(device.0)
        .chain_update(entry)
        .finalize()
        .to_vec()
}

/// Checks every link of the log. Gives the place of the first entry that does not follow from the ones before it, or that
/// is missing at the end.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link(store: &Store) -> Result<Option<i64>, PeopleError> {
    type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as("SELECT place, person, device, entry, hash FROM consent_log ORDER BY place")
        .fetch_all(store.pool())
        .await?;
    let (mut before, count) = (Vec::new(), rows.len() as i64);
    for (expected, (place, person, device, entry, hash)) in (0..).zip(rows) {
        let person = PersonId(bytes16(&person)?);
        let device = DeviceId(bytes16(&device)?);
        if place != expected || hash != link(&before, person, device, &entry) {
            return Ok(Some(place));
        }
        before = hash;
    }
    let (entries, hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT entries, hash FROM consent_head").fetch_one(store.pool()).await?;
    Ok((entries != count || hash != before).then_some(count))
}
