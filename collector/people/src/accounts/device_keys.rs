//! The keys of devices: by which one each is known now, which it had before, and how it gets another.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::store::{Lookup, Store, bytes16};
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

static KEYS: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device)",
        "SELECT held.device, held.public_key, held.former_key FROM asked CROSS JOIN devices held \
         WHERE held.device = asked.device AND held.revoked_at IS NULL",
    )
});

/// As [`device_keys`], of several devices at once.
///
/// # Errors
/// As [`device_keys`].
pub async fn all_device_keys(
    store: &Store,
    devices: &BTreeSet<DeviceId>,
) -> Result<HashMap<DeviceId, Option<DeviceKeys>>, PeopleError> {
    let mut keys: HashMap<_, _> = devices.iter().map(|device| (*device, None)).collect();
    if keys.is_empty() {
        return Ok(keys);
    }
    let mut connection = store.pool().acquire().await?;
    let asked: Vec<DeviceId> = devices.iter().copied().collect();
    let rows = KEYS.of(&mut connection, &asked, |query, device| query.bind(device.map(|device| device.0.to_vec())));
    let rows: Vec<(Vec<u8>, Vec<u8>, Option<Vec<u8>>)> = rows.await?;
    for (device, key, former) in rows {
        let known = DeviceKeys { key: read(key)?, former: former.map(read).transpose()? };
        keys.insert(DeviceId(bytes16(&device)?), Some(known));
    }
    Ok(keys)
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

/// Devices that were revoked or enrolled, or have another key, since that time, Unix milliseconds: each with the key that holds now.
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

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
    use attune_protocol::ids::Epoch;
    use attune_protocol::sign::KeyPair;

    use super::*;
    use crate::accounts::{create_code, redeem_code, revoke};

    const DEVICE: DeviceId = DeviceId([1; 16]);

    async fn enrolled(database: &Database) -> KeyPair {
        let (store, keys, own) = (&database.store, &database.people, KeyPair::generate());
        let code = Code::of(&create_code(store, keys, ("alice", None), 60_000).await.expect("made"));
        let request = EnrolRequest::new(DEVICE, own.public(), 1, Epoch(1), &code);
        redeem_code(store, keys, &request).await.expect("taken");
        own
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_device_gets_another_key_once_by_the_one_that_it_has_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let (first, second, third) = (enrolled(&database).await.public(), KeyPair::generate(), KeyPair::generate());
            let keys = async || device_keys(store, DEVICE).await.expect("reads");
            let takes =
                async |before: &PublicKey, said: &NewKey| take_key(store, before, said).await.expect("looked at");
            let said = NewKey::new(DEVICE, 1, &first, &second);
            assert_eq!(changed_since(store, 0).await.expect("reads"), [(DEVICE, Some(first))], "it was enrolled");
            assert!(!takes(&first, &NewKey::new(DEVICE, 2, &first, &second)).await, "no such enrolment");
            assert!(takes(&first, &said).await);
            let (stranger, known) = (DeviceId([9; 16]), keys().await);
            let all = all_device_keys(store, &BTreeSet::from([DEVICE, stranger])).await.expect("reads");
            assert_eq!(all, HashMap::from([(DEVICE, known), (stranger, None)]), "of several at once");
            assert!(takes(&first, &said).await, "its answer was lost");
            assert_eq!(keys().await, Some(DeviceKeys { key: second.public(), former: Some(first) }));
            assert!(!takes(&first, &NewKey::new(DEVICE, 1, &first, &third)).await, "by the key of before");
            assert!(takes(&second.public(), &NewKey::new(DEVICE, 1, &second.public(), &third)).await);
            assert!(!takes(&first, &said).await, "shown again behind another");
            assert_eq!(keys().await, Some(DeviceKeys { key: third.public(), former: Some(second.public()) }));
            assert_eq!(changed_since(store, 0).await.expect("reads"), [(DEVICE, Some(third.public()))]);
            assert_eq!(changed_since(store, now_millis() + 1000).await.expect("reads"), []);
            revoke(store, DEVICE).await.expect("revoked");
            assert_eq!((keys().await, changed_since(store, 0).await.expect("reads")), (None, vec![(DEVICE, None)]));
            let anew = KeyPair::generate();
            let code = create_code(store, &database.people, ("alice", None), 60_000).await.expect("made");
            let request = EnrolRequest::new(DEVICE, anew.public(), 2, Epoch(2), &Code::of(&code));
            let outcome = redeem_code(store, &database.people, &request).await.expect("answered").0;
            assert_eq!(outcome, EnrolOutcome::Accepted, "revoked, it is enrolled with a key of its own again");
            assert_eq!(keys().await, Some(DeviceKeys { key: anew.public(), former: Some(third.public()) }));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_of_before_is_noted_once_the_devices_own_messages_have_come_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let first = enrolled(&database).await.public();
            let used = async || {
                let row: (Option<i64>,) = sqlx::query_as("SELECT former_key_used_at FROM devices")
                    .fetch_one(store.pool())
                    .await
                    .expect("reads");
                row.0
            };
            let said = NewKey::new(DEVICE, 1, &first, &KeyPair::generate());
            assert!(take_key(store, &first, &said).await.expect("taken"));
            note_former_key(store, DEVICE).await.expect("looked at");
            assert_eq!(used().await, None, "on its way");
            sqlx::query("UPDATE devices SET key_changed_at = key_changed_at - 600000")
                .execute(store.pool())
                .await
                .expect("written");
            note_former_key(store, DEVICE).await.expect("noted");
            assert!(used().await.is_some());
        }
    }
}
