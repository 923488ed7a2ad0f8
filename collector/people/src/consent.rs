//! What people agreed to, as their devices said it: an append-only log, each entry sealed under its person's key and
//! hashed with the one before.

use std::collections::BTreeMap;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::{Book, Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sha2::{Digest, Sha256};
use sqlx::{Any, AnyConnection, Transaction};

use crate::PeopleError;

/// How many changes of one person are looked at to tell what is in force.
const NEWEST: i64 = 256;

/// Entries that are checked together.
const PAGE: i64 = 1000;

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

/// The changes of consent that have come in one outbox, and what was withdrawn in others of the same enrolment. An entry that
/// does not open is left out, so that its device is asked for it again.
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
    let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT epoch, seq, entry FROM consent_log WHERE device = $1 AND person = $3 AND epoch IN \
         (SELECT epoch FROM device_epochs WHERE device = $1 AND number = \
         (SELECT number FROM device_epochs WHERE device = $1 AND epoch = $2))",
    )
    .bind(device.0.to_vec())
    .bind(to_i64(epoch.0)?)
    .bind(person.0.to_vec())
    .fetch_all(&mut **transaction)
    .await?;
    let mut book = Book::default();
    for (told_in, seq, entry) in rows {
        let Some(change) = open(key, person, (&device.0, told_in, seq), &entry, damages) else { continue };
        if told_in == to_i64(epoch.0)? {
            book.note(change);
        } else {
            book.note_elsewhere(change);
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
    type Row = (Vec<u8>, i64, i64, Vec<u8>, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT log.device, log.epoch, log.seq, log.entry, COALESCE(epochs.number, 0) FROM consent_log log \
         LEFT JOIN device_epochs epochs ON epochs.device = log.device AND epochs.epoch = log.epoch \
         WHERE log.person = $1 ORDER BY log.place DESC LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(NEWEST)
    .fetch_all(&mut **transaction)
    .await?;
    let all_are_here = (rows.len() as i64) < NEWEST;
    // Versions begin anew with each enrolment, and in an outbox that was put back from a copy.
    let age = |(number, change): &(i64, Consent)| (*number, change.at_millis, change.version);
    let mut newest: BTreeMap<(Modality, Vec<u8>), (i64, Consent)> = BTreeMap::new();
    for (device, epoch, seq, entry, number) in rows {
        let opened = open(key, person, (&device, epoch, seq), &entry, damages);
        let Some(change) = opened.filter(|change| change.purpose == purpose) else { continue };
        let found = (number, change);
        let known = newest.entry((change.modality, device)).or_insert(found);
        if age(&found) > age(known) {
            *known = found;
        }
    }
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let lacks = |modality: &Modality| {
        let mut changes = newest.iter().filter(|((of, _), _)| of == modality).map(|(_, (_, change))| change).peekable();
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
    // Takes the lock of the row first: of two collectors one waits for the other. A count that was damaged must keep nobody
    // from withdrawing: it is at least as high as the log.
    let (place, before): (i64, Vec<u8>) = sqlx::query_as(
        "UPDATE consent_head SET entries = 1 + (SELECT CASE WHEN MAX(place) >= entries THEN MAX(place) + 1 ELSE entries END \
         FROM consent_log) RETURNING entries - 1, hash",
    )
    .fetch_one(&mut **transaction)
    .await?;
    let entry = seal.seal(&entry_context(person, &key), &consent.encode());
    let (epoch, seq, received_at) = (to_i64(key.epoch.0)?, to_i64(key.seq.0)?, now_millis());
    let device = key.device.0.to_vec();
    let hash =
        Entry { place, person: &person.0, device: &device, epoch, seq, entry: &entry, received_at }.link(&before);
    sqlx::query(
        "INSERT INTO consent_log (place, person, device, epoch, seq, entry, received_at, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(place)
    .bind(person.0.to_vec())
    .bind(device)
    .bind(epoch)
    .bind(seq)
    .bind(entry)
    .bind(received_at)
    .bind(hash.clone())
    .execute(&mut **transaction)
    .await?;
    let headed = sqlx::query("UPDATE consent_head SET hash = $1").bind(hash).execute(&mut **transaction).await?;
    match headed.rows_affected() {
        1 => Ok(()),
        _ => Err(GroundError::Corrupt("the log of consents has one head").into()),
    }
}

/// Binds a sealed entry to its person and place.
fn entry_context(person: PersonId, place: &ItemKey) -> Vec<u8> {
    let (epoch, seq) = (place.epoch.0.to_be_bytes(), place.seq.0.to_be_bytes());
    [b"consent".as_slice(), &person.0, &place.device.0, &epoch, &seq].concat()
}

/// A row of the log without its hash.
struct Entry<'a> {
    place: i64,
    person: &'a [u8],
    device: &'a [u8],
    epoch: i64,
    seq: i64,
    entry: &'a [u8],
    received_at: i64,
}

impl Entry<'_> {
    /// The hash that stands beside it: over the one before and everything in the row.
    fn link(&self, before: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new_with_prefix(b"attune consent 2");
        for part in [before, self.person, self.device, self.entry] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        for number in [self.place, self.epoch, self.seq, self.received_at] {
            hash.update(number.to_be_bytes());
        }
        hash.finalize().to_vec()
    }

    /// As [`Entry::link`] in the logs of the first versions, whose hashes left out when an entry came and from which place.
    fn first_link(&self, before: &[u8]) -> Vec<u8> {
        Sha256::new()
            .chain_update(before)
            .chain_update(self.person)
            .chain_update(self.device)
            .chain_update(self.entry)
            .finalize()
            .to_vec()
    }
}

/// Checks every link of the log. Gives the place of the first entry that does not follow from the ones before it, or that
/// is missing at the end.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link(store: &Store) -> Result<Option<i64>, PeopleError> {
    let mut connection = store.pool().acquire().await.map_err(GroundError::from)?;
    first_broken_link_over(&mut connection).await
}

/// As [`first_broken_link`], over any connection to the database.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link_over(connection: &mut AnyConnection) -> Result<Option<i64>, PeopleError> {
    type Row = (i64, Vec<u8>, Vec<u8>, i64, i64, Vec<u8>, i64, Vec<u8>);
    // The head first: what is appended meanwhile is not missed.
    let (entries, head): (i64, Vec<u8>) =
        sqlx::query_as("SELECT entries, hash FROM consent_head").fetch_one(&mut *connection).await?;
    let (mut before, mut expected, mut first_versions) = (Vec::new(), 0, true);
    while expected < entries {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT place, person, device, epoch, seq, entry, received_at, hash FROM consent_log \
             WHERE place >= $1 AND place < $2 ORDER BY place LIMIT $3",
        )
        .bind(expected)
        .bind(entries)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        if rows.is_empty() {
            return Ok(Some(expected));
        }
        for (place, person, device, epoch, seq, entry, received_at, hash) in rows {
            let row = Entry { place, person: &person, device: &device, epoch, seq, entry: &entry, received_at };
            // Once an entry is linked as now, none behind it may be linked in the weaker way.
            first_versions &= hash != row.link(&before);
            if place != expected || (hash != row.link(&before) && !(first_versions && hash == row.first_link(&before)))
            {
                return Ok(Some(expected));
            }
            before = hash;
            expected += 1;
        }
    }
    Ok((head != before).then_some(entries))
}
