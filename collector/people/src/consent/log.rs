//! The log itself: what an entry is bound to, and how one is appended, opened and checked.

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::ledger::Ledger;
use attune_ground::store::{Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::consent::Consent;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::seal::SealKey;
use sqlx::{Any, AnyConnection, Transaction};

use crate::PeopleError;

/// The outbox under which the log has what was withdrawn in the browser; no device has it. The place in it is the instant of the
/// withdrawal, and the version is the number of the device's enrolment.
pub const BROWSER: Epoch = Epoch(i64::MAX as u64);

/// The log, and what of it is hashed.
pub static LEDGER: Ledger = Ledger {
    name: "consents",
    prefix: b"attune consent 2",
    log: "consent_log",
    head: "consent_head",
    bytes: &["person", "device", "entry"],
    texts: &[],
    numbers: &["epoch", "seq", "received_at"],
    begins_weaker: true,
};

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

/// An entry of the log; none where it does not open, which is counted.
pub(super) fn open(
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
    let entry = seal.seal(&entry_context(person, &key), &consent.encode());
    let bytes = vec![person.0.to_vec(), key.device.0.to_vec(), entry];
    let numbers = vec![to_i64(key.epoch.0)?, to_i64(key.seq.0)?, now_millis()];
    LEDGER.append(transaction, (bytes, Vec::new(), numbers)).await?;
    Ok(())
}

/// Binds a sealed entry to its person and place.
fn entry_context(person: PersonId, place: &ItemKey) -> Vec<u8> {
    let (epoch, seq) = (place.epoch.0.to_be_bytes(), place.seq.0.to_be_bytes());
    [b"consent".as_slice(), &person.0, &place.device.0, &epoch, &seq].concat()
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
    Ok(LEDGER.first_broken(connection).await?)
}
