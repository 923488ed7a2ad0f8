//! Letting go of tables for their age: each version goes as a whole, from when it was taken in, the one that stands too; flags from
//! when they were found.

use attune_ground::retention::{Age, Aging, Class, Counting, Due};
use attune_ground::store::{Store, bytes16};
use attune_ground::{Deleted, GroundError};
use attune_protocol::ids::PersonId;

use crate::uploads::Standing;
use crate::{gone, unusual};

/// Uploads of which nothing is left that go in one transaction.
const SLICE: i64 = 500;

/// How tables go by their class. They are no history of a person, for which they choose a time: HR has them elsewhere, too.
pub(crate) const AGING: &[Aging] = &[Aging { class: Class::Hr, of_whom: None, together: None, due, delete }];

fn due(store: &Store, person: Option<PersonId>, age: Age) -> Counting<'_> {
    Box::pin(async move {
        if person.is_some() {
            return Ok(Due::default());
        }
        let (rows, oldest): (Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT CAST(SUM(hr_uploads.held) AS BIGINT), MIN(hr_uploads.decided_at) FROM hr_uploads \
             WHERE hr_uploads.state = $1 AND hr_uploads.decided_at < $2",
        )
        .bind(Standing::Taken.number())
        .bind(age.before())
        .fetch_one(store.pool())
        .await?;
        let (flags, found) = unusual::due(store, age).await?;
        let oldest = oldest.into_iter().chain(found).min();
        Ok(Due { rows: rows.unwrap_or_default().unsigned_abs() + flags, oldest })
    })
}

fn delete(store: &Store, age: Age) -> Deleted<'_> {
    Box::pin(async move {
        let old: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT id FROM hr_uploads WHERE state = $1 AND decided_at < $2")
            .bind(Standing::Taken.number())
            .bind(age.before())
            .fetch_all(store.pool())
            .await?;
        let mut rows = 0;
        for (id,) in old {
            rows += gone::let_go(store, bytes16(&id)?).await?;
        }
        rows += unusual::let_go(store, age).await?;
        forget_uploads(store, age).await?;
        Ok(rows)
    })
}

/// Forgets who gave tables of which nothing is left.
async fn forget_uploads(store: &Store, age: Age) -> Result<(), GroundError> {
    loop {
        let mut transaction = store.begin().await?;
        let removed = sqlx::query(
            "DELETE FROM hr_uploads WHERE id IN (SELECT id FROM hr_uploads WHERE state > $1 AND given_at < $2 \
             AND NOT EXISTS (SELECT 1 FROM hr_rows WHERE hr_rows.upload = hr_uploads.id) \
             AND NOT EXISTS (SELECT 1 FROM hr_pieces WHERE hr_pieces.upload = hr_uploads.id) \
             AND NOT EXISTS (SELECT 1 FROM hr_tables WHERE hr_tables.upload = hr_uploads.id) LIMIT $3)",
        )
        .bind(Standing::Taken.number())
        .bind(age.before())
        .bind(SLICE)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        if removed < SLICE.unsigned_abs() {
            return Ok(());
        }
    }
}
