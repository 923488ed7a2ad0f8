use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::sign::PublicKey;

use crate::CollectorError;
use crate::store::{Store, bytes16};

/// An enrolled device and whose it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EnrolledDevice {
    /// What its batches are verified with.
    pub public_key: PublicKey,
    /// Its owner.
    pub person: PersonId,
}

/// Looks up a device that is enrolled and owned.
///
/// # Errors
/// When the database refuses.
pub async fn device(store: &Store, device: DeviceId) -> Result<Option<EnrolledDevice>, CollectorError> {
    let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "SELECT devices.public_key, device_owners.person FROM devices \
         JOIN device_owners ON device_owners.device = devices.device AND device_owners.until IS NULL \
         WHERE devices.device = $1",
    )
    .bind(device.0.to_vec())
    .fetch_optional(store.pool())
    .await?;
    row.map(|(key, person)| {
        let public_key = key.try_into().map_err(|_| CollectorError::Corrupt("a public key has 32 bytes"))?;
        Ok(EnrolledDevice { public_key, person: PersonId(bytes16(&person)?) })
    })
    .transpose()
}
