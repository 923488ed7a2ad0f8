use attune_protocol::ids::PersonId;

use super::Preferences;
use crate::keys::PersonKeys;
use crate::store::{Store, bytes16};
use crate::time::now_millis;
use crate::{CollectorError, accounts, sessions};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The preferences of a user; the usual ones for who has set none.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn load(store: &Store, people: &PersonKeys, user_id: &str) -> Result<Preferences, CollectorError> {
    match accounts::find_person(store, user_id).await? {
        Some(person) => Ok(of_person(store, people, person).await?.unwrap_or_default()),
        None => Ok(Preferences::default()),
    }
}

async fn of_person(
    store: &Store,
    people: &PersonKeys,
    person: PersonId,
) -> Result<Option<Preferences>, CollectorError> {
    let row: Option<(Vec<u8>,)> = sqlx::query_as("SELECT sealed FROM preferences WHERE person = $1")
        .bind(person.0.to_vec())
        .fetch_optional(store.pool())
        .await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let key = people.of(store.pool(), person).await?;
    Preferences::decode(&key.open(&context(person), &sealed)?).map(Some)
}

/// Keeps the preferences of a user, and deletes what they no longer want to be kept.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn save(
    store: &Store,
    people: &PersonKeys,
    user_id: &str,
    preferences: &Preferences,
) -> Result<(), CollectorError> {
    let mut transaction = store.begin().await?;
    let person = accounts::person_of(&mut transaction, people, user_id).await?;
    let key = people.of(&mut *transaction, person).await?;
    let encoded = preferences.encode();
    sqlx::query(
        "INSERT INTO preferences (person, size, sealed) VALUES ($1, $2, $3) \
         ON CONFLICT (person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
    )
    .bind(person.0.to_vec())
    .bind(encoded.len() as i64)
    .bind(key.seal(&context(person), &encoded))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    forget(store, person, preferences).await.map(drop)
}

/// Deletes the sessions of everybody's that are older than they want, and gives their number.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn enforce(store: &Store, people: &PersonKeys) -> Result<usize, CollectorError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM preferences").fetch_all(store.pool()).await?;
    let mut deleted = 0;
    for (person,) in rows {
        let person = PersonId(bytes16(&person)?);
        match of_person(store, people, person).await {
            Ok(Some(preferences)) => deleted += forget(store, person, &preferences).await?,
            Ok(None) | Err(CollectorError::Erased) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(deleted)
}

async fn forget(store: &Store, person: PersonId, preferences: &Preferences) -> Result<usize, CollectorError> {
    match preferences.max_history_days {
        Some(days) => sessions::delete_before(store, person, now_millis() - i64::from(days) * DAY_MILLIS).await,
        None => Ok(0),
    }
}

fn context(person: PersonId) -> Vec<u8> {
    [b"preferences".as_slice(), &person.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    #[tokio::test]
    async fn preferences_are_those_of_one_person_and_lie_sealed() {
        for fixture in Fixture::each().await {
            let (store, people) = (&fixture.context.store, &fixture.context.people);
            let wanted = Preferences { voice: false, max_history_days: Some(7), ..Preferences::default() };
            save(store, people, "alice", &wanted).await.expect("saved");
            people.forget();
            assert_eq!(load(store, people, "alice").await.expect("loads"), wanted);
            assert_eq!(load(store, people, "bob").await.expect("loads"), Preferences::default());
            let again = Preferences { voice: true, ..wanted };
            save(store, people, "alice", &again).await.expect("saved");
            assert_eq!(load(store, people, "alice").await.expect("loads"), again);
            assert_eq!(fixture.count("preferences").await, 1);
        }
    }
}
