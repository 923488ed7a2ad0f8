//! Letting go of messages for their age: by what each person has chosen, and by their class.

use attune_ground::retention::{Age, Aging, Class, Counting, Due, Owners};
use attune_ground::store::{Store, bytes16};
use attune_ground::{Deleted, GroundError, History};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use crate::rows;

/// Rows of one transaction.
const SLICE: i64 = 500;
/// Marks of messages that were deleted where they were written: of more the oldest go.
const MOST_MARKS: i64 = 1_000_000;

/// How a person's messages go with their history.
pub(crate) const HISTORY: History = History {
    delete_before: |store, person, before| Box::pin(delete_before(store, person, before)),
    is_of_sums: false,
    finish: |store, now| {
        Box::pin(async move {
            match now {
                Some(now) => let_go_of_marks(store, now, MOST_MARKS).await,
                None => Ok(0),
            }
        })
    },
};

/// How messages go by their class.
pub(crate) const AGING: &[Aging] =
    &[Aging { class: Class::Messages, of_whom: Some(owners), together: None, due, delete }];

fn owners(store: &Store, age: Age) -> Owners<'_> {
    Box::pin(async move {
        let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT DISTINCT person FROM messages WHERE said_at < $1")
            .bind(age.before())
            .fetch_all(store.pool())
            .await?;
        Ok(rows.iter().filter_map(|(person,)| bytes16(person).ok().map(PersonId)).collect())
    })
}

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let old = match person {
            Some(person) => {
                sqlx::query_as("SELECT COUNT(*), MIN(said_at) FROM messages WHERE said_at < $1 AND person = $2")
                    .bind(age.before())
                    .bind(person.0.to_vec())
            }
            None => sqlx::query_as("SELECT COUNT(*), MIN(said_at) FROM messages WHERE said_at < $1").bind(age.before()),
        };
        let (rows, oldest): (i64, Option<i64>) = old.fetch_one(store.pool()).await?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut rows = 0;
        for person in owners(store, age).await? {
            rows += delete_before(store, person, age.before()).await?;
        }
        Ok(rows)
    })
}

/// Deletes messages that were written before an instant, Unix milliseconds, read or not. Sums of them outlive them.
async fn delete_before(store: &Store, person: PersonId, before: i64) -> Result<u64, GroundError> {
    let mut rows = 0;
    loop {
        let mut transaction = store.begin().await?;
        if !accounts::lock(&mut transaction, person).await? {
            return Ok(rows); // nothing is kept of who is not known
        }
        let removed = rows::remove(&mut transaction, person, i64::MIN..before, SLICE).await?;
        if removed.is_empty() {
            break;
        }
        attune_wellbeing::settle(&mut transaction, person, before).await?;
        transaction.commit().await?;
        rows += removed.len() as u64;
    }
    if rows > 0 {
        store.purge_soon();
    }
    Ok(rows)
}

/// Lets go of marks of messages that were deleted before they came: of those that are older than any message may be when it comes, and of the
/// oldest beyond so many.
async fn let_go_of_marks(store: &Store, now: i64, most: i64) -> Result<u64, GroundError> {
    let (_, days) = Class::Messages.bounds();
    let (oldest,): (Option<i64>,) =
        sqlx::query_as("SELECT MIN(deleted_at) FROM deleted_refs").fetch_one(store.pool()).await?;
    let beyond: Option<(i64,)> =
        sqlx::query_as("SELECT deleted_at FROM deleted_refs ORDER BY deleted_at DESC LIMIT 1 OFFSET $1")
            .bind(most)
            .fetch_optional(store.pool())
            .await?;
    let before = Age { now, days }.before().max(beyond.map_or(i64::MIN, |(at,)| at.saturating_add(1)));
    let mut rows = 0;
    while oldest.is_some_and(|oldest| oldest < before) {
        let mut transaction = store.begin().await?;
        let removed = sqlx::query(
            "DELETE FROM deleted_refs WHERE (channel, ref_tag) IN (SELECT channel, ref_tag FROM deleted_refs \
             WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2)",
        )
        .bind(before)
        .bind(SLICE)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        rows += removed;
        if removed < SLICE.unsigned_abs() {
            break;
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use attune_ground::testing::Database;

    use super::*;

    const DAY: i64 = 24 * 3_600_000;

    #[tokio::test]
    async fn marks_of_deleted_messages_go_once_they_are_of_no_use_and_beyond_so_many_on_each_database() {
        for database in
            Database::each(&[&attune_ground::MIGRATIONS, &attune_people::MIGRATIONS, &crate::MIGRATIONS]).await
        {
            let mut transaction = database.store.begin().await.expect("begins");
            sqlx::query(
                "INSERT INTO channels (id, kind, name, external_id, active, made_at) VALUES ($1, 4, 'a', 'a', 1, 0)",
            )
            .bind(vec![7_u8; 16])
            .execute(&mut **transaction)
            .await
            .expect("made");
            for (place, at) in [400 * DAY, 500 * DAY, 700 * DAY, 701 * DAY].into_iter().enumerate() {
                sqlx::query("INSERT INTO deleted_refs (channel, ref_tag, deleted_at) VALUES ($1, $2, $3)")
                    .bind(vec![7_u8; 16])
                    .bind(vec![u8::try_from(place).expect("few"); 16])
                    .bind(at)
                    .execute(&mut **transaction)
                    .await
                    .expect("marked");
            }
            transaction.commit().await.expect("commits");
            let store = &database.store;
            let (early, late) = (764 * DAY, 766 * DAY);
            assert_eq!((HISTORY.finish)(store, None).await.expect("looked"), 0, "not while the clock is in doubt");
            assert_eq!(
                (HISTORY.finish)(store, Some(early)).await.expect("looked"),
                0,
                "a message of then may still come"
            );
            assert_eq!((HISTORY.finish)(store, Some(late)).await.expect("looked"), 1);
            assert_eq!(let_go_of_marks(store, late, 2).await.expect("looked"), 1, "the oldest");
            assert_eq!(database.count("deleted_refs").await, 2);
        }
    }
}
