use attune_ground::GroundError;
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16};
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;

use super::Preferences;
use crate::{People, PeopleError, accounts};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// The preferences of a user; the usual ones for who has set none.
///
/// # Errors
/// When the database refuses.
pub async fn load(store: &Store, people: &PersonKeys, user_id: &str) -> Result<Preferences, PeopleError> {
    match accounts::find_person(store, user_id).await? {
        Some(person) => Ok(of_person(store, people, person).await?.unwrap_or_default()),
        None => Ok(Preferences::default()),
    }
}

async fn of_person(store: &Store, people: &PersonKeys, person: PersonId) -> Result<Option<Preferences>, PeopleError> {
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
pub(super) async fn save(people: &People, user_id: &str, preferences: &Preferences) -> Result<(), PeopleError> {
    let mut transaction = people.store.begin().await?;
    let person = accounts::person_of(&mut transaction, &people.keys, user_id).await?;
    let key = people.keys.of(&mut **transaction, person).await?;
    let encoded = preferences.encode();
    sqlx::query(
        "INSERT INTO preferences (person, size, sealed) VALUES ($1, $2, $3) \
         ON CONFLICT (person) DO UPDATE SET size = excluded.size, sealed = excluded.sealed",
    )
    .bind(person.0.to_vec())
    .bind(encoded.len() as i64)
    .bind(key.seal(&context(person), &encoded))
    .execute(&mut **transaction)
    .await?;
    transaction.commit().await?;
    forget(people, person, preferences).await.map(drop)
}

/// Deletes what is kept of everybody for longer than they want, and gives how much that was.
///
/// # Errors
/// When the database refuses.
pub(super) async fn enforce(people: &People) -> Result<usize, PeopleError> {
    let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT person FROM preferences").fetch_all(people.store.pool()).await?;
    let mut deleted = 0;
    for (person,) in rows {
        let person = PersonId(bytes16(&person)?);
        match of_person(&people.store, &people.keys, person).await {
            Ok(Some(preferences)) => deleted += forget(people, person, &preferences).await?,
            Ok(None) | Err(PeopleError::Ground(GroundError::Erased)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(deleted)
}

async fn forget(people: &People, person: PersonId, preferences: &Preferences) -> Result<usize, PeopleError> {
    let Some(days) = preferences.max_history_days else { return Ok(0) };
    let before = now_millis() - i64::from(days) * DAY_MILLIS;
    let mut deleted = 0;
    for delete_before in &*people.history {
        deleted += delete_before(&people.store, person, before).await?;
    }
    Ok(deleted)
}

fn context(person: PersonId) -> Vec<u8> {
    [b"preferences".as_slice(), &person.0].concat()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use attune_ground::http::body::Bodies;
    use attune_ground::testing::Database;

    use super::*;
    use crate::Deleted;

    async fn people_on_each_database(history: &[crate::DeleteBefore]) -> Vec<(Database, People)> {
        let databases = Database::each(&[&attune_ground::MIGRATIONS, &crate::MIGRATIONS]).await;
        let with_people = |database: Database| {
            let people = People::new(database.store.clone(), database.people.clone(), Bodies::default(), history);
            (database, people)
        };
        databases.into_iter().map(with_people).collect()
    }

    #[tokio::test]
    async fn preferences_are_those_of_one_person_and_lie_sealed() {
        for (database, people) in people_on_each_database(&[]).await {
            let (store, restarted) = (&database.store, database.people_after_restart());
            let wanted = Preferences { voice: false, max_history_days: Some(7), ..Preferences::default() };
            save(&people, "alice", &wanted).await.expect("saved");
            assert_eq!(load(store, &restarted, "alice").await.expect("loads"), wanted);
            assert_eq!(load(store, &restarted, "bob").await.expect("loads"), Preferences::default());
            let again = Preferences { voice: true, ..wanted };
            save(&people, "alice", &again).await.expect("saved");
            assert_eq!(load(store, &restarted, "alice").await.expect("loads"), again);
            assert_eq!(database.count("preferences").await, 1);
        }
    }

    #[tokio::test]
    async fn every_subject_is_told_what_a_person_no_longer_wants_to_be_kept() {
        static ASKED: AtomicI64 = AtomicI64::new(0);
        fn two_deleted(_: &Store, _: PersonId, before: i64) -> Deleted<'_> {
            ASKED.store(before, Ordering::Relaxed);
            Box::pin(async { Ok(2) })
        }
        for (_database, people) in people_on_each_database(&[two_deleted, two_deleted]).await {
            save(&people, "alice", &Preferences::default()).await.expect("saved");
            assert_eq!(enforce(&people).await.expect("enforced"), 0, "who sets no limit keeps everything");
            let week = Preferences { max_history_days: Some(7), ..Preferences::default() };
            save(&people, "alice", &week).await.expect("saved");
            assert!((now_millis() - 7 * DAY_MILLIS - ASKED.load(Ordering::Relaxed)).abs() < DAY_MILLIS);
            assert_eq!(enforce(&people).await.expect("enforced"), 4);
        }
    }
}
