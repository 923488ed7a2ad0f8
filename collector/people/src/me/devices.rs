//! The devices that sense a person.

use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_protocol::ids::{DeviceId, PersonId};

use crate::heartbeats::{self, Last};
use crate::{PeopleError, accounts};

/// Characters of a name.
pub(super) const LONGEST: usize = 60;

/// A device of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Device {
    pub(super) device: DeviceId,
    /// What its person calls it.
    pub(super) name: Option<String>,
    /// Since when it was enrolled for them, Unix milliseconds.
    pub(super) enrolled_at: i64,
    /// Whether it is theirs still: nobody else has enrolled it since.
    pub(super) is_current: bool,
    /// Since when nothing of it is taken in any more, Unix milliseconds.
    pub(super) revoked_at: Option<i64>,
    /// When somebody last used a key that it had before, Unix milliseconds.
    pub(super) former_key_used_at: Option<i64>,
    /// What it said last of how it stands; none of what is not theirs any more, or not listened to.
    pub(super) last: Option<Last>,
}

/// The devices that were enrolled for people who are one, those enrolled last first.
pub(super) async fn list(store: &Store, keys: &PersonKeys, people: &[PersonId]) -> Result<Vec<Device>, PeopleError> {
    let mut all = Vec::new();
    for person in people {
        type Columns = (Vec<u8>, i64, i64, Option<i64>, Option<i64>, Option<Vec<u8>>);
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT own.device, own.enrolled_at, CAST(CASE WHEN EXISTS (SELECT 1 FROM device_enrolments later \
             WHERE later.device = own.device AND later.number > own.number) THEN 0 ELSE 1 END AS BIGINT), \
             (SELECT revoked_at FROM devices WHERE devices.device = own.device), \
             (SELECT former_key_used_at FROM devices WHERE devices.device = own.device), \
             (SELECT sealed FROM device_names WHERE device_names.device = own.device AND device_names.person = $1) \
             FROM device_enrolments own WHERE own.person = $1 AND own.number = (SELECT MAX(number) FROM \
             device_enrolments theirs WHERE theirs.device = own.device AND theirs.person = $1) ORDER BY own.enrolled_at DESC",
        )
        .bind(person.0.to_vec())
        .fetch_all(store.pool())
        .await?;
        if rows.is_empty() {
            continue;
        }
        let key = keys.of(*person).await?;
        let mut said = heartbeats::of(store, &key, *person).await?;
        for (device, enrolled_at, current, revoked_at, former_key_used_at, sealed) in rows {
            let device = DeviceId(bytes16(&device)?);
            let open = |sealed: Vec<u8>| key.open(&context(*person, device), &sealed).ok();
            let name = sealed.and_then(open).and_then(|name| String::from_utf8(name).ok());
            let is_current = current == 1;
            let last = said.remove(&device).filter(|_| is_current && revoked_at.is_none());
            all.push(Device { device, name, enrolled_at, is_current, revoked_at, former_key_used_at, last });
        }
    }
    Ok(all)
}

/// Calls a device of a user something, for who makes up both.
///
/// # Errors
/// When the database refuses.
pub async fn call(
    store: &Store,
    keys: &PersonKeys,
    (user, device): (&str, DeviceId),
    name: &str,
) -> Result<(), PeopleError> {
    let people = accounts::people_of(store, keys, user).await?;
    rename(store, keys, &people, device, name).await?;
    Ok(())
}

/// Names a device. Gives whether it is one of theirs.
pub(super) async fn rename(
    store: &Store,
    keys: &PersonKeys,
    people: &[PersonId],
    device: DeviceId,
    name: &str,
) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    for person in people {
        let theirs: Option<(i64,)> =
            sqlx::query_as("SELECT CAST(1 AS BIGINT) FROM device_enrolments WHERE device = $1 AND person = $2 LIMIT 1")
                .bind(device.0.to_vec())
                .bind(person.0.to_vec())
                .fetch_optional(&mut **transaction)
                .await?;
        if theirs.is_none() {
            continue;
        }
        let key = keys.of(*person).await?;
        sqlx::query(
            "INSERT INTO device_names (device, person, sealed) VALUES ($1, $2, $3) \
             ON CONFLICT (device, person) DO UPDATE SET sealed = excluded.sealed",
        )
        .bind(device.0.to_vec())
        .bind(person.0.to_vec())
        .bind(key.seal(&context(*person, device), name.as_bytes()))
        .execute(&mut **transaction)
        .await?;
        transaction.commit().await?;
        return Ok(true);
    }
    Ok(false)
}

fn context(person: PersonId, device: DeviceId) -> Vec<u8> {
    [b"device name".as_slice(), &person.0, &device.0].concat()
}
