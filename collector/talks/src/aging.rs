//! Letting go of talks for their age: turns from when each was said, a talk with its last. What is remembered and a safety plan stay until
//! their person lets go of them.

use attune_ground::retention::{Age, Aging, Class, Counting, Due};
use attune_ground::store::Store;
use attune_ground::{Deleted, GroundError};
use attune_protocol::ids::PersonId;

/// The most rows of one transaction.
const SLICE: i64 = 1000;
const DAY: i64 = 24 * 3_600_000;

/// How talks go by their class.
pub(crate) const AGING: &[Aging] = &[Aging { class: Class::Talks, of_whom: None, together: None, due, delete }];

/// What is too old, by table.
const DUE: [&str; 3] = [
    "SELECT COUNT(*), MIN(at) FROM talk_turns WHERE at < $1",
    "SELECT COUNT(*), MIN(made_at) FROM talk_reports WHERE made_at < $1",
    "SELECT COUNT(*), MIN(at) FROM talk_egress WHERE at < $1",
];

/// The same, deleted, in this order.
const DELETED: [&str; 5] = [
    "DELETE FROM talk_turns WHERE (person, talk, number) IN \
     (SELECT person, talk, number FROM talk_turns WHERE at < $1 LIMIT $2)",
    "DELETE FROM talk_reports WHERE (person, talk) IN (SELECT person, talk FROM talk_reports WHERE made_at < $1 LIMIT $2)",
    "DELETE FROM talk_answers WHERE (person, talk, number) IN \
     (SELECT person, talk, number FROM talk_answers WHERE asked_at < $1 AND state >= 2 LIMIT $2)",
    "DELETE FROM talk_egress WHERE (person, number) IN (SELECT person, number FROM talk_egress WHERE at < $1 LIMIT $2)",
    "DELETE FROM talks WHERE (person, talk) IN (SELECT person, talk FROM talks WHERE last_at < $1 \
     AND NOT EXISTS (SELECT 1 FROM talk_turns WHERE talk_turns.person = talks.person AND talk_turns.talk = talks.talk) \
     AND NOT EXISTS (SELECT 1 FROM talk_reports WHERE talk_reports.person = talks.person AND talk_reports.talk = talks.talk) \
     AND NOT EXISTS (SELECT 1 FROM talk_answers WHERE talk_answers.person = talks.person AND talk_answers.talk = talks.talk) \
     LIMIT $2)",
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
            all += sliced(store, statement, age.before()).await?;
        }
        // Days, counted from 1970 on, of which nobody is asked any more.
        sliced(
            store,
            "DELETE FROM talk_limits WHERE (person, day) IN (SELECT person, day FROM talk_limits WHERE day < $1 LIMIT $2)",
            age.now.div_euclid(DAY) - 1,
        )
        .await?;
        Ok(all)
    })
}

async fn sliced(store: &Store, statement: &'static str, before: i64) -> Result<u64, GroundError> {
    let mut all = 0;
    loop {
        let mut transaction = store.begin().await?;
        let removed =
            sqlx::query(statement).bind(before).bind(SLICE).execute(&mut **transaction).await?.rows_affected();
        transaction.commit().await?;
        all += removed;
        if removed < SLICE.unsigned_abs() {
            return Ok(all);
        }
    }
}
