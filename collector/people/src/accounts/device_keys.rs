//! The keys of devices: by which one each is known now, which it had before, and how it gets another.

use attune_ground::GroundError;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::DeviceId;
use attune_protocol::new_key::NewKey;
use attune_protocol::sign::PublicKey;

use crate::PeopleError;

/// For so long after a device has changed its key what it signed with the one before may still be on its way. Milliseconds.
const ON_ITS_WAY: i64 = 5 * 60 * 1000;

/// By which a device is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceKeys {
    /// What its messages are verified with.
    pub key: PublicKey,
    /// The one that it had before: whoever uses that has a copy of its state from then.
    pub former: Option<PublicKey>,
}

/// The keys of an enrolled device; none of one that was revoked, which is answered as one that is not known.
///
/// # Errors
/// When the database refuses.
pub async fn device_keys(store: &Store, device: DeviceId) -> Result<Option<DeviceKeys>, PeopleError> {
    let row: Option<(Vec<u8>, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT public_key, former_key FROM devices WHERE device = $1 AND revoked_at IS NULL")
            .bind(device.0.to_vec())
            .fetch_optional(store.pool())
            .await?;
    let Some((key, former)) = row else { return Ok(None) };
    Ok(Some(DeviceKeys { key: read(key)?, former: former.map(read).transpose()? }))
}

fn read(key: Vec<u8>) -> Result<PublicKey, GroundError> {
    key.try_into().map_err(|_| GroundError::Corrupt("a public key has 32 bytes"))
}

/// Knows a device by another key from now on, where it has `before` now and the message is of its newest enrolment. Gives whether
/// that is so, also where it was so already.
///
/// # Errors
/// When the database refuses.
pub async fn take_key(store: &Store, before: &PublicKey, said: &NewKey) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let changed = sqlx::query(
        "UPDATE devices SET public_key = $1, former_key = $2, key_changed_at = $3, former_key_used_at = NULL \
         WHERE device = $4 AND public_key = $2 AND revoked_at IS NULL AND \
         (SELECT MAX(number) FROM device_enrolments newest WHERE newest.device = devices.device) = $5",
    )
    .bind(said.key.to_vec())
    .bind(before.to_vec())
    .bind(now_millis())
    .bind(said.device.0.to_vec())
    .bind(i64::from(said.enrolment))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    if changed.rows_affected() == 1 {
        return Ok(true);
    }
    let known = DeviceKeys { key: said.key, former: Some(*before) };
    Ok(device_keys(store, said.device).await? == Some(known))
}

/// Somebody used the key that a device had before. Not noted where it may have been the device itself, just before it changed.
///
/// # Errors
/// When the database refuses.
pub async fn note_former_key(store: &Store, device: DeviceId) -> Result<(), PeopleError> {
    let now = now_millis();
    let mut transaction = store.begin().await?;
    sqlx::query(
        "UPDATE devices SET former_key_used_at = $1 WHERE device = $2 AND key_changed_at <= $3 \
         AND (former_key_used_at IS NULL OR former_key_used_at <= $3)",
    )
    .bind(now)
    .bind(device.0.to_vec())
    .bind(now - ON_ITS_WAY)
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Devices that were revoked, or have another key, since that time, Unix milliseconds: each with the key that holds now.
///
/// # Errors
/// When the database refuses.
pub async fn changed_since(store: &Store, since: i64) -> Result<Vec<(DeviceId, Option<PublicKey>)>, PeopleError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, Option<i64>)> = sqlx::query_as(
        "SELECT device, public_key, revoked_at FROM devices WHERE revoked_at >= $1 \
         UNION SELECT device, public_key, revoked_at FROM devices WHERE key_changed_at >= $1",
    )
    .bind(since)
    .fetch_all(store.pool())
    .await?;
    let changed = |(device, key, revoked_at): (Vec<u8>, Vec<u8>, Option<i64>)| {
        let device = DeviceId(bytes16(&device).ok()?);
        Some((device, read(key).ok().filter(|_| revoked_at.is_none())))
    };
    Ok(rows.into_iter().filter_map(changed).collect())
}
