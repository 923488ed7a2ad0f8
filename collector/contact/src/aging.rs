//! Letting go of letters and reminders for their age. Neither is the history of a person, for which they choose a time: a letter is the
//! other side's, too.

use attune_ground::retention::{Age, Aging, Class, Counting, Due};
use attune_ground::store::Store;
use attune_ground::{Deleted, GroundError};
use attune_protocol::ids::PersonId;

/// The most rows of one transaction.
const SLICE: i64 = 1000;

/// How both go by their class: letters from when each was written, reminders from when each was due.
pub(crate) const AGING: &[Aging] = &[Aging { class: Class::Letters, of_whom: None, together: None, due, delete }];

/// What is too old, by table. The newest reminder of each kind stays: by it it is known that it was made. So does what HR was told, as long
/// as it is so: by it it is known that they were.
const DUE: [&str; 3] = [
    "SELECT COUNT(*), MIN(at) FROM letters WHERE at < $1",
    "SELECT COUNT(*), MIN(due) FROM reminders WHERE due < $1 AND EXISTS (SELECT 1 FROM reminders later \
     WHERE later.person = reminders.person AND later.kind = reminders.kind AND later.due > reminders.due)",
    "SELECT COUNT(*), MIN(told_at) FROM reminder_notices WHERE told_at < $1 AND ended_at IS NOT NULL",
];

/// The same, deleted, in this order; threads of which nothing is left go with their letters, but for one in which somebody writes meanwhile:
/// its time is looked at again once that is done.
const DELETED: [&str; 4] = [
    "DELETE FROM letters WHERE (person, thread, number) IN \
     (SELECT person, thread, number FROM letters WHERE at < $1 LIMIT $2)",
    "DELETE FROM letter_threads WHERE last_at < $1 AND (person, thread) IN \
     (SELECT person, thread FROM letter_threads WHERE last_at < $1 AND NOT EXISTS (SELECT 1 FROM letters \
     WHERE letters.person = letter_threads.person AND letters.thread = letter_threads.thread) LIMIT $2)",
    "DELETE FROM reminders WHERE (person, kind, due) IN (SELECT person, kind, due FROM reminders WHERE due < $1 \
     AND EXISTS (SELECT 1 FROM reminders later WHERE later.person = reminders.person AND later.kind = reminders.kind \
     AND later.due > reminders.due) LIMIT $2)",
    "DELETE FROM reminder_notices WHERE (person, kind, due) IN \
     (SELECT person, kind, due FROM reminder_notices WHERE told_at < $1 AND ended_at IS NOT NULL LIMIT $2)",
];

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        let mut all = Due::default();
        if person.is_some() {
            return Ok(all);
        }
        for statement in DUE {
            let (rows, oldest): (i64, Option<i64>) =
                sqlx::query_as(statement).bind(age.before()).fetch_one(store.pool()).await?;
            all = all.and(Due { rows: rows.unsigned_abs(), oldest });
        }
        Ok(all)
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let mut all = 0;
        for statement in DELETED {
            all += sliced(store, statement, age).await?;
        }
        Ok(all)
    })
}

async fn sliced(store: &Store, statement: &'static str, age: Age) -> Result<u64, GroundError> {
    let mut all = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed =
            sqlx::query(statement).bind(age.before()).bind(SLICE).execute(&mut **transaction).await?.rows_affected();
        transaction.commit().await?;
        all += removed;
        if removed < SLICE.unsigned_abs() {
            return Ok(all);
        }
    }
}
