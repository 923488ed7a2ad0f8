//! The keys of devices: by which one each is known now, which it had before, and how it gets another.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::keys::Held;
use attune_ground::store::{Lookup, Store, Write, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::DeviceId;
use attune_protocol::new_key::NewKey;
use attune_protocol::sign::PublicKey;

use crate::PeopleError;

/// For so long after a device has changed its key what it signed with the one before may still be on its way. Milliseconds.
const ON_ITS_WAY: i64 = 5 * 60 * 1000;

/// So many keys that a device had before are known.
const MOST_FORMER: i64 = 16;

/// By which a device is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceKeys {
    /// What its messages are verified with.
    pub key: PublicKey,
    /// Those that it had before, the newest first: whoever uses one has a copy of its state from then.
    pub former: Vec<PublicKey>,
    /// Which of the collector's keys it pins; none: the first that there was.
    pub collector: Option<PublicKey>,
}

/// The keys of an enrolled device; none of one that was revoked, which is answered as one that is not known.
///
/// # Errors
/// When the database refuses.
pub async fn device_keys(store: &Store, device: DeviceId) -> Result<Option<DeviceKeys>, PeopleError> {
    Ok(all_device_keys(store, &BTreeSet::from([device])).await?.remove(&device).flatten())
}

static KEYS: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, device)",
        "SELECT held.device, held.public_key, held.collector_key, former.former_key FROM asked CROSS JOIN devices held \
         LEFT JOIN former_device_keys former ON former.device = held.device \
         WHERE held.device = asked.device AND held.revoked_at IS NULL ORDER BY held.device, former.place DESC",
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
    type Row = (Vec<u8>, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let mut keys: HashMap<_, _> = devices.iter().map(|device| (*device, None)).collect();
    if keys.is_empty() {
        return Ok(keys);
    }
    let mut connection = store.pool().acquire().await?;
    let asked: Vec<DeviceId> = devices.iter().copied().collect();
    let rows = KEYS.of(&mut connection, &asked, |query, device| query.bind(device.map(|device| device.0.to_vec())));
    let rows: Vec<Row> = rows.await?;
    // One row for each key that a device had before, and one where it had none.
    for rows in rows.chunk_by(|one, next| one.0 == next.0) {
        let (device, key, collector, _) = rows[0].clone();
        let former = rows.iter().filter_map(|(.., former)| former.clone()).filter(|former| *former != key);
        let former = former.map(read).collect::<Result<_, _>>()?;
        let known = DeviceKeys { key: read(key)?, former, collector: collector.map(read).transpose()? };
        keys.insert(DeviceId(bytes16(&device)?), Some(known));
    }
    Ok(keys)
}

pub(super) fn read(key: Vec<u8>) -> Result<PublicKey, GroundError> {
    key.try_into().map_err(|_| GroundError::Corrupt("a public key has 32 bytes"))
}

/// Knows a key as one that a device had before, in a transaction that holds the device.
///
/// # Errors
/// When the database refuses.
pub(super) async fn keep_former(transaction: &mut Write, device: DeviceId, former: &[u8]) -> Result<(), PeopleError> {
    let (place,): (i64,) =
        sqlx::query_as("SELECT CAST(COALESCE(MAX(place), 0) + 1 AS BIGINT) FROM former_device_keys WHERE device = $1")
            .bind(device.0.to_vec())
            .fetch_one(&mut ***transaction)
            .await?;
    sqlx::query("INSERT INTO former_device_keys (device, place, former_key) VALUES ($1, $2, $3)")
        .bind(device.0.to_vec())
        .bind(place)
        .bind(former.to_vec())
        .execute(&mut ***transaction)
        .await?;
    sqlx::query("DELETE FROM former_device_keys WHERE device = $1 AND place <= $2")
        .bind(device.0.to_vec())
        .bind(place - MOST_FORMER)
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

/// Knows a device by another key from now on, where it has `before` now and the message is of its newest enrolment. Gives whether
/// that is so, also where it was so already.
///
/// # Errors
/// When the database refuses.
pub async fn take_key(store: &Store, before: &PublicKey, said: &NewKey) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let changed = sqlx::query(
        "UPDATE devices SET public_key = $1, key_changed_at = $3, former_key_used_at = NULL \
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
    if changed.rows_affected() == 1 {
        keep_former(&mut transaction, said.device, before).await?;
        transaction.commit().await?;
        return Ok(true);
    }
    transaction.rollback().await?;
    let known = device_keys(store, said.device).await?;
    Ok(known.is_some_and(|known| known.key == said.key && known.former.first() == Some(before)))
}

/// Somebody used a key that a device had before. Not noted where it may have been the device itself, just before it changed.
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

/// All devices that are enrolled and not revoked, by their ids, each with its key and the one of the collector that it pins, which is the
/// `first` that there was where none was noted. What does not read as one is left out.
///
/// # Errors
/// When the database refuses.
pub async fn all_keys(
    store: &Store,
    first: &PublicKey,
) -> Result<Vec<(DeviceId, (PublicKey, PublicKey))>, PeopleError> {
    type Row = (Vec<u8>, Vec<u8>, Option<Vec<u8>>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT device, public_key, collector_key FROM devices WHERE revoked_at IS NULL ORDER BY device",
    )
    .fetch_all(store.pool())
    .await?;
    let known = |(device, key, pinned): Row| {
        let pinned = pinned.map_or(Ok(*first), read).ok()?;
        Some((DeviceId(bytes16(&device).ok()?), (read(key).ok()?, pinned)))
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// What is another one once a device was enrolled, revoked or erased, has another key or pins another one of the collector, or the
/// collector's was exchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeysMark {
    devices: (i64, i64, i64, Option<i64>, i64),
    collector: (PublicKey, bool),
}

impl KeysMark {
    /// As it is now, where the collector has these keys. Two changes of a device within a millisecond may have the same one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn now(store: &Store, held: &Held) -> Result<Self, PeopleError> {
        let current = held.current.public();
        // Of each device, not the latest one alone: that may lie ahead of the clock. Of all together it would not fit 64 bits.
        let asked = "SELECT COUNT(*), COUNT(revoked_at), CAST(COALESCE(SUM(key_changed_at % 1000000000), 0) AS BIGINT), MAX(revoked_at), \
                     COUNT(CASE WHEN collector_key = $1 THEN 1 END) FROM devices";
        let devices = sqlx::query_as(asked).bind(current.to_vec()).fetch_one(store.pool()).await?;
        Ok(Self { devices, collector: (current, held.former.is_some()) })
    }
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::collector_key::CollectorKeyTaken;
    use attune_protocol::enrol::{Code, EnrolOutcome, EnrolRequest};
    use attune_protocol::ids::Epoch;
    use attune_protocol::sign::KeyPair;

    use super::*;
    use crate::accounts::{create_code, pin, redeem_code, revoke};

    const DEVICE: DeviceId = DeviceId([1; 16]);
    const COLLECTOR: PublicKey = [9; 32];

    fn keys_of(key: PublicKey, former: &[PublicKey]) -> Option<DeviceKeys> {
        Some(DeviceKeys { key, former: former.to_vec(), collector: Some(COLLECTOR) })
    }

    async fn enrolled(database: &Database) -> KeyPair {
        let (store, keys, own) = (&database.store, &database.people, KeyPair::generate());
        let code = Code::of(&create_code(store, keys, ("alice", None), 60_000).await.expect("made"));
        let request = EnrolRequest::new(DEVICE, own.public(), 1, Epoch(1), &code);
        redeem_code(store, keys, &request, &COLLECTOR).await.expect("taken");
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
            assert_eq!(keys().await, keys_of(second.public(), &[first]));
            assert!(!takes(&first, &NewKey::new(DEVICE, 1, &first, &third)).await, "by the key of before");
            assert!(takes(&second.public(), &NewKey::new(DEVICE, 1, &second.public(), &third)).await);
            assert!(!takes(&first, &said).await, "shown again behind another");
            assert_eq!(keys().await, keys_of(third.public(), &[second.public(), first]));
            assert_eq!(changed_since(store, 0).await.expect("reads"), [(DEVICE, Some(third.public()))]);
            assert_eq!(changed_since(store, now_millis() + 1000).await.expect("reads"), []);
            let (first_ever, held) = ([8; 32], database.own.held());
            let all = async || all_keys(store, &first_ever).await.expect("reads");
            let mark = async || KeysMark::now(store, &held).await.expect("reads");
            assert_eq!(all().await, [(DEVICE, (third.public(), COLLECTOR))]);
            let before = mark().await;
            assert_eq!(mark().await, before);
            let taken = CollectorKeyTaken { device: DEVICE, enrolment: 1, key: held.current.public() };
            assert!(pin(store, &taken).await.expect("noted"));
            assert_eq!(all().await, [(DEVICE, (third.public(), taken.key))]);
            let pinned = mark().await;
            assert_ne!(pinned, before);
            sqlx::query("UPDATE devices SET collector_key = NULL").execute(store.pool()).await.expect("written");
            assert_eq!(all().await, [(DEVICE, (third.public(), first_ever))], "as a version before left it");
            revoke(store, DEVICE).await.expect("revoked");
            assert_ne!(mark().await, before);
            assert_eq!(all().await, []);
            assert_eq!((keys().await, changed_since(store, 0).await.expect("reads")), (None, vec![(DEVICE, None)]));
            let anew = KeyPair::generate();
            let code = create_code(store, &database.people, ("alice", None), 60_000).await.expect("made");
            let request = EnrolRequest::new(DEVICE, anew.public(), 2, Epoch(2), &Code::of(&code));
            let outcome = redeem_code(store, &database.people, &request, &COLLECTOR).await.expect("answered").0;
            assert_eq!(outcome, EnrolOutcome::Accepted, "revoked, it is enrolled with a key of its own again");
            assert_eq!(keys().await, keys_of(anew.public(), &[third.public(), second.public(), first]));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_key_of_any_device_is_another_mark_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let (store, held) = (&database.store, database.own.held());
            let first = enrolled(&database).await.public();
            // One that has changed its key while the clock was ahead.
            sqlx::query("INSERT INTO devices (device, public_key, enrolled_at, key_changed_at) VALUES ($1, $2, 0, $3)")
                .bind([2_u8; 16].to_vec())
                .bind(COLLECTOR.to_vec())
                .bind(now_millis() + 86_400_000)
                .execute(store.pool())
                .await
                .expect("written");
            sqlx::query("UPDATE devices SET key_changed_at = key_changed_at - 5000")
                .execute(store.pool())
                .await
                .expect("ago");
            let before = KeysMark::now(store, &held).await.expect("reads");
            let said = NewKey::new(DEVICE, 1, &first, &KeyPair::generate());
            assert!(take_key(store, &first, &said).await.expect("taken"));
            assert_ne!(KeysMark::now(store, &held).await.expect("reads"), before);
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

    #[tokio::test(flavor = "multi_thread")]
    async fn the_sixteen_newest_keys_that_a_device_had_before_are_known_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let mut all = vec![enrolled(&database).await.public()];
            for _ in 0..17 {
                let (before, next) = (*all.last().expect("one"), KeyPair::generate());
                let said = NewKey::new(DEVICE, 1, &before, &next);
                assert!(take_key(store, &before, &said).await.expect("taken"));
                all.push(next.public());
            }
            let known = device_keys(store, DEVICE).await.expect("reads").expect("enrolled");
            let newest: Vec<PublicKey> = all.iter().rev().skip(1).take(16).copied().collect();
            assert_eq!((known.key, &known.former), (all[17], &newest));
            // Asked for together with one that had none, which stands before it.
            let other = DeviceId([0; 16]);
            sqlx::query("INSERT INTO devices (device, public_key, enrolled_at) VALUES ($1, $2, 0)")
                .bind(other.0.to_vec())
                .bind(COLLECTOR.to_vec())
                .execute(store.pool())
                .await
                .expect("written");
            let without = DeviceKeys { key: COLLECTOR, former: Vec::new(), collector: None };
            let both = all_device_keys(store, &BTreeSet::from([DEVICE, other])).await.expect("reads");
            assert_eq!(both, HashMap::from([(DEVICE, Some(known)), (other, Some(without))]));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_that_was_the_former_one_before_this_version_is_still_known_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let key = enrolled(&database).await.public();
            for statement in [
                "DELETE FROM _sqlx_migrations WHERE version = 2022",
                "DROP TABLE former_device_keys",
                "ALTER TABLE devices DROP COLUMN collector_key",
                match store.lets_one_write() {
                    true => "ALTER TABLE devices ADD COLUMN former_key BLOB",
                    false => "ALTER TABLE devices ADD COLUMN former_key BYTEA",
                },
            ] {
                sqlx::query(statement).execute(store.pool()).await.expect("as it was");
            }
            sqlx::query("UPDATE devices SET former_key = $1")
                .bind([5_u8; 32].to_vec())
                .execute(store.pool())
                .await
                .expect("written");
            store.close().await;
            let again = database.again(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await;
            let known = device_keys(&again.store, DEVICE).await.expect("reads");
            assert_eq!(known, Some(DeviceKeys { key, former: vec![[5; 32]], collector: None }));
        }
    }
}
