//! What people agreed to, as their devices said it: an append-only log, each entry sealed under its person's key and
//! hashed with the one before.

use attune_ground::store::{Store, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sha2::{Digest, Sha256};
use sqlx::{Any, Transaction};

use crate::PeopleError;

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

/// Every change of consent that one device has sent for one person.
#[derive(Debug, Default)]
pub struct DeviceConsents(Vec<(Epoch, Seq, Consent)>);

impl DeviceConsents {
    /// Reads what is in the log. What an earlier owner of the device agreed to counts for nobody else.
    ///
    /// # Errors
    /// When the database refuses or an entry does not open.
    pub async fn of(
        transaction: &mut Transaction<'static, Any>,
        device: DeviceId,
        person: PersonId,
        key: &SealKey,
    ) -> Result<Self, PeopleError> {
        let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT epoch, seq, entry FROM consent_log WHERE device = $1 AND person = $2 ORDER BY place",
        )
        .bind(device.0.to_vec())
        .bind(person.0.to_vec())
        .fetch_all(&mut **transaction)
        .await?;
        rows.into_iter()
            .map(|(epoch, seq, entry)| {
                let place = ItemKey { device, epoch: Epoch(to_u64(epoch)?), seq: Seq(to_u64(seq)?) };
                let entry = key.open(&entry_context(person, &place), &entry)?;
                Ok((place.epoch, place.seq, Consent::decode(&entry)?))
            })
            .collect::<Result<_, PeopleError>>()
            .map(Self)
    }

    /// Adds a change that is being taken in.
    pub fn add(&mut self, epoch: Epoch, seq: Seq, consent: Consent) {
        self.0.push((epoch, seq, consent));
    }

    /// Whether a record may be kept here: the newest change for its modality that the device made before the record
    /// must grant it. Places in an epoch tell before and after, whatever the device's clock says.
    #[must_use]
    pub fn lets_in(&self, modality: Modality, epoch: Epoch, seq: Seq) -> bool {
        self.0
            .iter()
            .filter(|(_, _, c)| c.modality == modality && c.purpose == Purpose::Wellbeing)
            .filter(|(e, s, _)| *e != epoch || *s < seq)
            .max_by_key(|(_, _, c)| c.version)
            .is_some_and(|(_, _, c)| c.granted)
    }
}

/// Appends a change to the log, once however often it is sent.
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
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT place, hash FROM consent_log ORDER BY place DESC LIMIT 1")
            .fetch_optional(&mut **transaction)
            .await?;
    let (place, before) = last.map_or((0, Vec::new()), |(place, hash)| (place + 1, hash));
    let entry = seal.seal(&entry_context(person, &key), &consent.encode());
    let hash = link(&before, person, key.device, &entry);
    sqlx::query(
        "INSERT INTO consent_log (place, person, device, epoch, seq, entry, received_at, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (device, epoch, seq) DO NOTHING",
    )
    .bind(place)
    .bind(person.0.to_vec())
    .bind(key.device.0.to_vec())
    .bind(to_i64(key.epoch.0)?)
    .bind(to_i64(key.seq.0)?)
    .bind(entry)
    .bind(now_millis())
    .bind(hash)
    .execute(&mut **transaction)
    .await?;
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

/// Checks every link of the log. Gives the place of the first entry that does not follow from the ones before it.
///
/// # Errors
/// When the database refuses.
pub async fn first_broken_link(store: &Store) -> Result<Option<i64>, PeopleError> {
    type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as("SELECT place, person, device, entry, hash FROM consent_log ORDER BY place")
        .fetch_all(store.pool())
        .await?;
    let mut before = Vec::new();
    for (expected, (place, person, device, entry, hash)) in (0..).zip(rows) {
        let person = PersonId(attune_ground::store::bytes16(&person)?);
        let device = DeviceId(attune_ground::store::bytes16(&device)?);
        if place != expected || hash != link(&before, person, device, &entry) {
            return Ok(Some(place));
        }
        before = hash;
    }
    Ok(None)
}
