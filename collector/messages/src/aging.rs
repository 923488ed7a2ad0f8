//! Letting go of messages for their age: by what each person has chosen, and by their class.

use attune_ground::retention::{Age, Aging, Class, Counting, Due, Owners};
use attune_ground::store::{Store, bytes16};
use attune_ground::{Deleted, GroundError, History};
use attune_people::accounts;
use attune_protocol::ids::PersonId;

use crate::rows;

/// Rows of one transaction.
const SLICE: i64 = 500;

/// How a person's messages go with their history.
pub(crate) const HISTORY: History = History {
    delete_before: |store, person, before| Box::pin(delete_before(store, person, before)),
    is_of_sums: false,
    finish: |_, _| Box::pin(async { Ok(0) }),
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
