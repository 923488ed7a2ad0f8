use attune_ground::GroundError;
use attune_ground::store::{Store, bytes16};
use attune_protocol::ids::{DeviceId, PersonId};
use attune_protocol::sign::PublicKey;

use crate::PeopleError;

/// An enrolled device and whose it was when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrolledDevice {
    /// What its batches are verified with.
    pub public_key: PublicKey,
    /// Its owners, each from an instant on (Unix milliseconds), ascending; never empty.
    owners: Vec<(i64, PersonId)>,
}

impl EnrolledDevice {
    /// Whose the device was at an instant. What it sensed before its first enrolment is its first owner's: a recording
    /// may be older than the enrolment.
    #[must_use]
    pub fn owner_at(&self, unix_millis: i64) -> Option<PersonId> {
        let begun = self.owners.partition_point(|(since, _)| *since <= unix_millis);
        self.owners.get(begun.saturating_sub(1)).map(|(_, person)| *person)
    }

    /// Everybody whose it ever was.
    pub fn owners(&self) -> impl Iterator<Item = PersonId> {
        self.owners.iter().map(|(_, person)| *person)
    }
}

/// Looks up a device that is enrolled and owned.
///
/// # Errors
/// When the database refuses.
pub async fn device(store: &Store, device: DeviceId) -> Result<Option<EnrolledDevice>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT devices.public_key, device_owners.since, device_owners.person FROM devices \
         JOIN device_owners ON device_owners.device = devices.device \
         WHERE devices.device = $1 ORDER BY device_owners.since",
    )
    .bind(device.0.to_vec())
    .fetch_all(store.pool())
    .await?;
    let Some((key, ..)) = rows.first() else { return Ok(None) };
    let public_key = key.as_slice().try_into().map_err(|_| GroundError::Corrupt("a public key has 32 bytes"))?;
    let owners = rows.iter().map(|(_, since, person)| Ok((*since, PersonId(bytes16(person)?))));
    Ok(Some(EnrolledDevice { public_key, owners: owners.collect::<Result<_, PeopleError>>()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_its_first_owners_until_it_is_given_on() {
        let [alice, bob] = [1, 2].map(|byte| PersonId([byte; 16]));
        let device = EnrolledDevice { public_key: [0; 32], owners: vec![(100, alice), (200, bob)] };
        for (at, owner) in [(0, alice), (100, alice), (199, alice), (200, bob), (i64::MAX, bob)] {
            assert_eq!(device.owner_at(at), Some(owner), "at {at}");
        }
    }
}
