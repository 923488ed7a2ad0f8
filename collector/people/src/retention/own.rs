//! The classes of this subject.

use attune_ground::retention::{Age, Aging, Class, Counting, Due};
use attune_ground::store::Store;
use attune_ground::{Deleted, GroundError};
use attune_protocol::ids::PersonId;

/// The most rows of one transaction.
const SLICE: i64 = 1000;

/// What people say of themselves, ask for, and leave behind where they sign in; and what was unusual of how others used what is kept of them,
/// which is proof as long as requests are.
pub(crate) const AGING: &[Aging] = &[
    Aging {
        class: Class::Corrections,
        of_whom: None,
        together: None,
        due: |store, person, age| {
            counted(store, "SELECT COUNT(*), MIN(made_at) FROM corrections WHERE made_at < $1", (person, age))
        },
        delete: |store, age| {
            sliced(
                store,
                "DELETE FROM corrections WHERE id IN (SELECT id FROM corrections WHERE made_at < $1 LIMIT $2)",
                age,
            )
        },
    },
    Aging {
        class: Class::Requests,
        of_whom: None,
        together: None,
        due: |store, person, age| {
            let statement = "SELECT COUNT(*), MIN(at) FROM (SELECT done_at AS at FROM requests WHERE done_at < $1 \
                UNION ALL SELECT opened_at AS at FROM unusual_uses WHERE opened_at < $1) too_old";
            counted(store, statement, (person, age))
        },
        delete: |store, age| {
            Box::pin(async move {
                let requests = "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE done_at < $1 LIMIT $2)";
                let uses =
                    "DELETE FROM unusual_uses WHERE id IN (SELECT id FROM unusual_uses WHERE opened_at < $1 LIMIT $2)";
                Ok(sliced(store, requests, age).await? + sliced(store, uses, age).await?)
            })
        },
    },
    Aging {
        class: Class::SignIns,
        of_whom: None,
        together: None,
        due: |store, person, age| {
            counted(store, "SELECT COUNT(*), MIN(seen_at) FROM known_places WHERE seen_at < $1", (person, age))
        },
        delete: |store, age| {
            sliced(
                store,
                "DELETE FROM known_places WHERE tag IN (SELECT tag FROM known_places WHERE seen_at < $1 LIMIT $2)",
                age,
            )
        },
    },
];

/// Counts what is too old; none of it is the history of one person.
fn counted<'a>(store: &'a Store, statement: &'static str, (person, age): (Option<PersonId>, Age)) -> Counting<'a> {
    Box::pin(async move {
        if person.is_some() {
            return Ok(Due::default());
        }
        let (rows, oldest): (i64, Option<i64>) =
            sqlx::query_as(statement).bind(age.before()).fetch_one(store.pool()).await.map_err(GroundError::from)?;
        Ok(Due { rows: rows.unsigned_abs(), oldest })
    })
}

fn sliced<'a>(store: &'a Store, statement: &'static str, age: Age) -> Deleted<'a> {
    Box::pin(async move {
        let mut rows = 0;
        loop {
            let mut transaction = store.begin().await?;
            let removed = sqlx::query(statement).bind(age.before()).bind(SLICE).execute(&mut **transaction).await?;
            transaction.commit().await?;
            rows += removed.rows_affected();
            if removed.rows_affected() < SLICE.unsigned_abs() {
                break;
            }
        }
        if rows > 0 {
            store.purge_soon();
        }
        Ok(rows)
    })
}
