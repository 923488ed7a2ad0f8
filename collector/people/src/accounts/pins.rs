//! Which of the collector's keys each device pins: it is spoken to with that one. A device that was enrolled before this was noted pins
//! the first key that there was.

use attune_ground::GroundError;
use attune_ground::keys::Held;
use attune_ground::store::{Store, Write, bytes16};
use attune_protocol::collector_key::CollectorKeyTaken;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;

use super::device_keys::read;
use crate::PeopleError;

/// The key that a device pins, also of one that was revoked; none where no such device was ever enrolled.
///
/// # Errors
/// When the database refuses.
pub async fn pinned_by(store: &Store, device: DeviceId, first: &PublicKey) -> Result<Option<PublicKey>, PeopleError> {
    let row: Option<(Option<Vec<u8>>,)> = sqlx::query_as("SELECT collector_key FROM devices WHERE device = $1")
        .bind(device.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    let Some((pinned,)) = row else { return Ok(None) };
    Ok(Some(pinned.map(read).transpose()?.unwrap_or(*first)))
}

/// Notes that a device pins another key, where it says so under its newest enrolment. Gives whether that is so.
///
/// # Errors
/// When the database refuses.
pub async fn pin(store: &Store, said: &CollectorKeyTaken) -> Result<bool, PeopleError> {
    let mut transaction = store.begin().await?;
    let pinned = sqlx::query(
        "UPDATE devices SET collector_key = $1 WHERE device = $2 AND revoked_at IS NULL AND \
         (SELECT MAX(number) FROM device_enrolments newest WHERE newest.device = devices.device) = $3",
    )
    .bind(said.key.to_vec())
    .bind(said.device.0.to_vec())
    .bind(i64::from(said.enrolment))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    Ok(pinned.rows_affected() == 1)
}

/// Devices that are not noted to pin the current key, with the number of their newest enrolment: those behind a device, at most so many.
///
/// # Errors
/// When the database refuses.
pub async fn behind(
    store: &Store,
    (current, first): (&PublicKey, &PublicKey),
    (after, most): (Option<DeviceId>, i64),
) -> Result<Vec<(DeviceId, u32)>, PeopleError> {
    let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(
        "SELECT devices.device, MAX(number) FROM devices JOIN device_enrolments ON device_enrolments.device = devices.device \
         WHERE revoked_at IS NULL AND COALESCE(collector_key, $1) <> $2 AND devices.device > $3 \
         GROUP BY devices.device ORDER BY devices.device LIMIT $4",
    )
    .bind(first.to_vec())
    .bind(current.to_vec())
    .bind(after.map(|device| device.0.to_vec()).unwrap_or_default())
    .bind(most)
    .fetch_all(store.pool())
    .await?;
    let row = |(device, number): (Vec<u8>, i64)| -> Result<_, PeopleError> {
        let number = u32::try_from(number).map_err(|_| GroundError::Corrupt("an enrolment has a number of 32 bits"))?;
        Ok((DeviceId(bytes16(&device)?), number))
    };
    rows.into_iter().map(row).collect()
}

/// How many devices that are not revoked pin another key than the one that signs now. Those of who was erased are let in and told as
/// all are, so that what they still send is answered as erased; but they bring nothing, and nobody waits for them.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn count_behind(transaction: &mut Write, held: &Held) -> Result<u64, PeopleError> {
    let asked = "SELECT COUNT(*) FROM devices WHERE revoked_at IS NULL AND COALESCE(collector_key, $1) <> $2 AND NOT EXISTS \
                 (SELECT 1 FROM device_enrolments newest JOIN accounts ON accounts.person = newest.person \
                 WHERE newest.device = devices.device AND accounts.user_id IS NULL AND accounts.user_tag IS NULL \
                 AND newest.number = (SELECT MAX(number) FROM device_enrolments one WHERE one.device = devices.device))";
    let (count,): (i64,) = sqlx::query_as(asked)
        .bind(held.identity.to_vec())
        .bind(held.current.public().to_vec())
        .fetch_one(&mut ***transaction)
        .await?;
    Ok(count.unsigned_abs())
}

/// Behind a restore: what was noted of a device may be of before an exchange. It pins one of the keys that are held, for of an exchange
/// that was ended it had said so; by the former one it is told of the other, and says so again where it has that already.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn pin_what_is_held(transaction: &mut Write, held: &Held) -> Result<(), GroundError> {
    let current = held.current.public();
    let former = held.former.as_ref().map_or(current, |former| former.public());
    sqlx::query("UPDATE devices SET collector_key = $1 WHERE COALESCE(collector_key, $2) NOT IN ($1, $3)")
        .bind(former.to_vec())
        .bind(held.identity.to_vec())
        .bind(current.to_vec())
        .execute(&mut ***transaction)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;
    use attune_protocol::enrol::{Code, EnrolRequest};
    use attune_protocol::ids::{Epoch, PersonId};
    use attune_protocol::sign::KeyPair;

    use super::*;
    use crate::accounts::{create_code, forget_user, redeem_code, revoke};

    async fn enrolled(database: &Database, number: u8, collector: &PublicKey) -> DeviceId {
        let (store, keys, device) = (&database.store, &database.people, DeviceId([number; 16]));
        let code = Code::of(&create_code(store, keys, ("alice", None), 60_000).await.expect("made"));
        let request = EnrolRequest::new(device, KeyPair::generate().public(), 1, Epoch(number.into()), &code);
        redeem_code(store, keys, &request, collector).await.expect("taken");
        device
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_device_pins_the_key_of_its_enrolment_until_it_says_another_on_each_database() {
        for database in Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await {
            let store = &database.store;
            let (first, next) = (database.own.signing().public(), [7; 32]);
            let (one, two) = (enrolled(&database, 1, &first).await, enrolled(&database, 2, &first).await);
            let three = enrolled(&database, 3, &next).await;
            // As a version before left it.
            sqlx::query("UPDATE devices SET collector_key = NULL WHERE device = $1")
                .bind(one.0.to_vec())
                .execute(store.pool())
                .await
                .expect("written");
            let pins = async |device| pinned_by(store, device, &first).await.expect("reads");
            assert_eq!((pins(one).await, pins(two).await, pins(three).await), (Some(first), Some(first), Some(next)));
            assert_eq!(pins(DeviceId([9; 16])).await, None);
            let behind = async |after, most| behind(store, (&next, &first), (after, most)).await.expect("reads");
            assert_eq!(behind(None, 9).await, [(one, 1), (two, 1)]);
            assert_eq!((behind(None, 1).await, behind(Some(one), 9).await), (vec![(one, 1)], vec![(two, 1)]));
            let taken = |device, enrolment| CollectorKeyTaken { device, enrolment, key: next };
            assert!(!pin(store, &taken(one, 2)).await.expect("looked at"), "no such enrolment");
            assert!(pin(store, &taken(one, 1)).await.expect("noted"));
            assert!(pin(store, &taken(one, 1)).await.expect("noted"), "said again");
            assert_eq!((pins(one).await, behind(None, 9).await), (Some(next), vec![(two, 1)]));
            revoke(store, two).await.expect("revoked");
            assert!(behind(None, 9).await.is_empty());
            assert!(!pin(store, &taken(two, 1)).await.expect("looked at"), "revoked");
            let mut transaction = store.begin().await.expect("begins");
            let held = database.own.held();
            assert_eq!(
                count_behind(&mut transaction, &held).await.expect("counts"),
                2,
                "they pin another than the first"
            );
            // Behind a restore under these keys.
            pin_what_is_held(&mut transaction, &held).await.expect("put in order");
            assert_eq!(count_behind(&mut transaction, &held).await.expect("counts"), 0);
            transaction.commit().await.expect("commits");
            assert_eq!((pins(one).await, pins(three).await), (Some(first), Some(first)));
            // And under those of an exchange that goes on: by the former one it is told of the other.
            let mut transaction = store.begin().await.expect("begins");
            let held = database.own.hold(&mut transaction).await.expect("held");
            let second = database.own.exchange(&mut transaction, &held).await.expect("exchanged");
            transaction.commit().await.expect("commits");
            for (device, pinned) in [(one, second), (three, next)] {
                sqlx::query("UPDATE devices SET collector_key = $1 WHERE device = $2")
                    .bind(pinned.to_vec())
                    .bind(device.0.to_vec())
                    .execute(store.pool())
                    .await
                    .expect("written");
            }
            let held = database.own.refresh(store).await.expect("read");
            let mut transaction = store.begin().await.expect("begins");
            pin_what_is_held(&mut transaction, &held).await.expect("put in order");
            transaction.commit().await.expect("commits");
            assert_eq!((pins(one).await, pins(three).await), (Some(second), Some(first)));
            // Nobody waits for a device of who was erased.
            let mut transaction = store.begin().await.expect("begins");
            assert_eq!(count_behind(&mut transaction, &held).await.expect("counts"), 1);
            let row: (Vec<u8>,) = sqlx::query_as("SELECT person FROM accounts")
                .fetch_one(&mut **transaction)
                .await
                .expect("there is one");
            let alice = PersonId(bytes16(&row.0).expect("an id"));
            forget_user(&mut transaction, alice).await.expect("forgotten");
            assert_eq!(count_behind(&mut transaction, &held).await.expect("counts"), 0);
            transaction.commit().await.expect("commits");
            assert!(!super::behind(store, (&second, &first), (None, 9)).await.expect("reads").is_empty(), "it is told");
        }
    }
}
