use std::collections::BTreeSet;
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::store::{Lookup, Store, bytes16, to_i64, to_u64};
use attune_ground::time::now_millis;
use attune_protocol::ids::{DeviceId, Epoch, PersonId};
use sqlx::{Any, AnyConnection, Transaction};

use crate::PeopleError;

/// The devices that were enrolled last, at most a hundred thousand. What does not read as one is left out.
///
/// # Errors
/// When the database refuses.
pub async fn enrolled(store: &Store) -> Result<Vec<DeviceId>, PeopleError> {
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("SELECT device FROM devices WHERE revoked_at IS NULL ORDER BY enrolled_at DESC LIMIT 100000")
            .fetch_all(store.pool())
            .await?;
    Ok(rows.into_iter().filter_map(|(device,)| bytes16(&device).ok().map(DeviceId)).collect())
}

/// Takes in nothing of a device any more, until it is enrolled anew with another code. What it has sent stays. Gives whether there
/// is such a device that was not revoked before.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(store: &Store, device: DeviceId) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let revoked = revoke_in(&mut transaction, device).await?;
    transaction.commit().await?;
    Ok(revoked)
}

/// As [`revoke`], with what else a transaction does.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn revoke_in(
    transaction: &mut Transaction<'static, Any>,
    device: DeviceId,
) -> Result<bool, PeopleError> {
    let revoked = sqlx::query("UPDATE devices SET revoked_at = $2 WHERE device = $1 AND revoked_at IS NULL")
        .bind(device.0.to_vec())
        .bind(now_millis())
        .execute(&mut **transaction)
        .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Locked in the order in which they are given. Rows that refer to a device may come meanwhile.
static HELD: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device)",
        "SELECT held.device FROM asked CROSS JOIN devices held WHERE held.device = asked.device \
         ORDER BY held.device FOR NO KEY UPDATE OF held",
    )
});

/// Keeps others from deciding about the items of devices until the transaction ends: of two collectors that have batches of
/// one device at once, one waits and then sees what the other has decided. Holding is in one order everywhere, so that
/// no two wait for each other; it comes before everything else that a transaction locks.
///
/// # Errors
/// When the database refuses.
pub async fn hold(
    store: &Store,
    transaction: &mut Transaction<'static, Any>,
    devices: &BTreeSet<DeviceId>,
) -> Result<(), PeopleError> {
    if store.lets_one_write() {
        return Ok(());
    }
    let devices: Vec<DeviceId> = devices.iter().copied().collect();
    let held = HELD.rows(transaction, &devices, |query, device| query.bind(device.map(|device| device.0.to_vec())));
    held.await?;
    Ok(())
}

/// As [`hold`], all devices that people have or had.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn hold_those_of(
    store: &Store,
    transaction: &mut Transaction<'static, Any>,
    people: &[PersonId],
) -> Result<(), PeopleError> {
    let mut devices = BTreeSet::new();
    for person in people {
        let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT DISTINCT device FROM device_enrolments WHERE person = $1")
            .bind(person.0.to_vec())
            .fetch_all(&mut **transaction)
            .await?;
        devices.extend(rows.iter().filter_map(|(device,)| bytes16(device).ok().map(DeviceId)));
    }
    hold(store, transaction, &devices).await
}

/// Whose an outbox of a device is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// The person.
    pub person: PersonId,
    /// The enrolment under which it was begun.
    pub number: u32,
    /// Whether it is the only outbox of that enrolment.
    pub is_only: bool,
}

impl Bound {
    fn read(person: &[u8], number: i64, outboxes: i64) -> Result<Self, GroundError> {
        let number = u32::try_from(number).map_err(|_| GroundError::Corrupt("an enrolment has a number of 32 bits"))?;
        Ok(Self { person: PersonId(bytes16(person)?), number, is_only: outboxes == 1 })
    }
}

/// Whose an outbox of a device is. One that is new is bound, for good, to the person of the enrolment under which it says
/// that it was begun; `None` when the device has no such enrolment.
///
/// # Errors
/// When the database refuses.
pub async fn owner_of(
    transaction: &mut Transaction<'static, Any>,
    device: DeviceId,
    epoch: Epoch,
    enrolment: u32,
) -> Result<Option<Bound>, PeopleError> {
    if let Some(owner) = bound(transaction, device, epoch).await? {
        return Ok(Some(owner));
    }
    sqlx::query(
        "INSERT INTO device_epochs (device, epoch, number, person) \
         SELECT device, $1, number, person FROM device_enrolments WHERE device = $2 AND number = $3 \
         ON CONFLICT (device, epoch) DO NOTHING",
    )
    .bind(to_i64(epoch.0)?)
    .bind(device.0.to_vec())
    .bind(i64::from(enrolment))
    .execute(&mut **transaction)
    .await?;
    bound(transaction, device, epoch).await
}

static BOUND: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device, epoch)",
        "SELECT asked.place, held.person, held.number, (SELECT COUNT(*) FROM device_epochs others \
         WHERE others.device = held.device AND others.number = held.number) \
         FROM asked CROSS JOIN device_epochs held WHERE held.device = asked.device AND held.epoch = asked.epoch",
    )
});

/// As [`owner_of`], of several outboxes at once, each in its place; `None` for one that is not bound yet.
///
/// # Errors
/// When the database refuses.
pub async fn owners_of(
    transaction: &mut Transaction<'static, Any>,
    outboxes: &[(DeviceId, Epoch)],
) -> Result<Vec<Option<Bound>>, PeopleError> {
    let asked = numbered(outboxes.iter().map(|(device, epoch)| (*device, *epoch, 0)))?;
    let rows = BOUND.of(transaction, &asked, |query, outbox| {
        query.bind(outbox.map(|(device, ..)| device.clone())).bind(outbox.map(|(_, epoch, _)| *epoch))
    });
    let rows: Vec<(i64, Vec<u8>, i64, i64)> = rows.await?;
    let mut bound = vec![None; outboxes.len()];
    for (place, person, number, count) in rows {
        if let Some(bound) = usize::try_from(place).ok().and_then(|place| bound.get_mut(place)) {
            *bound = Some(Bound::read(&person, number, count)?);
        }
    }
    Ok(bound)
}

/// Outboxes as the database has them, each with the number of an enrolment.
fn numbered(outboxes: impl Iterator<Item = (DeviceId, Epoch, u32)>) -> Result<Vec<(Vec<u8>, i64, i64)>, GroundError> {
    let read = |(device, epoch, number): (DeviceId, Epoch, u32)| {
        Ok::<_, GroundError>((device.0.to_vec(), to_i64(epoch.0)?, i64::from(number)))
    };
    outboxes.map(read).collect()
}

async fn bound(
    transaction: &mut Transaction<'static, Any>,
    device: DeviceId,
    epoch: Epoch,
) -> Result<Option<Bound>, PeopleError> {
    let row: Option<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT person, number, (SELECT COUNT(*) FROM device_epochs others \
         WHERE others.device = device_epochs.device AND others.number = device_epochs.number) \
         FROM device_epochs WHERE device = $1 AND epoch = $2",
    )
    .bind(device.0.to_vec())
    .bind(to_i64(epoch.0)?)
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|(person, number, outboxes)| Bound::read(&person, number, outboxes)).transpose()?)
}

/// Lets go of what the devices of a person said last of how they stand, who wants nothing kept.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn forget_last_words(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
) -> Result<(), PeopleError> {
    sqlx::query("DELETE FROM device_heartbeats WHERE person = $1")
        .bind(person.0.to_vec())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Whose an outbox seems to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The person.
    pub person: PersonId,
    /// Whether its device has begun others under the same enrolment.
    pub has_others: bool,
}

static EXPECTED: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device, epoch, number)",
        "SELECT asked.place, COALESCE((SELECT person FROM device_epochs own WHERE own.device = asked.device \
         AND own.epoch = asked.epoch), (SELECT person FROM device_enrolments own WHERE own.device = asked.device \
         AND own.number = asked.number)), (SELECT COUNT(*) FROM device_epochs others WHERE others.device = asked.device \
         AND others.epoch <> asked.epoch AND others.number = COALESCE((SELECT own.number FROM device_epochs own \
         WHERE own.device = asked.device AND own.epoch = asked.epoch), asked.number)) \
         FROM asked WHERE asked.device IS NOT NULL",
    )
});

/// Whose outboxes of devices seem to be, each with the enrolment under which it says that it was begun, as far as that is known
/// without a lock: what [`owner_of`] says later counts.
///
/// # Errors
/// When the database refuses.
pub async fn expected_owners(
    connection: &mut AnyConnection,
    outboxes: &[(DeviceId, Epoch, u32)],
) -> Result<Vec<Option<Expected>>, PeopleError> {
    let asked = numbered(outboxes.iter().copied())?;
    let rows = EXPECTED.of(connection, &asked, |query, outbox| {
        query
            .bind(outbox.map(|(device, ..)| device.clone()))
            .bind(outbox.map(|(_, epoch, _)| *epoch))
            .bind(outbox.map(|(.., number)| *number))
    });
    let rows: Vec<(i64, Option<Vec<u8>>, i64)> = rows.await?;
    let mut expected = vec![None; outboxes.len()];
    for (place, person, others) in rows {
        // One that does not read is met again behind the lock.
        let person = person.and_then(|person| bytes16(&person).ok().map(PersonId));
        if let Some(expected) = usize::try_from(place).ok().and_then(|place| expected.get_mut(place)) {
            *expected = person.map(|person| Expected { person, has_others: others > 0 });
        }
    }
    Ok(expected)
}

/// The other outboxes that a device began under the enrolment of this one; of one that is not bound yet, under the enrolment
/// that it says.
///
/// # Errors
/// When the database refuses.
pub async fn other_epochs(
    connection: &mut AnyConnection,
    device: DeviceId,
    epoch: Epoch,
    enrolment: u32,
) -> Result<BTreeSet<Epoch>, PeopleError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT epoch FROM device_epochs WHERE device = $1 AND epoch <> $2 AND number = \
         COALESCE((SELECT number FROM device_epochs WHERE device = $1 AND epoch = $2), $3)",
    )
    .bind(device.0.to_vec())
    .bind(to_i64(epoch.0)?)
    .bind(i64::from(enrolment))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|(epoch,)| Ok(Epoch(to_u64(epoch)?))).collect()
}
