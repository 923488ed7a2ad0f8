//! What was deleted for its age, and what would be.

use attune_ground::store::Store;
use attune_ground::time::now_millis;

use crate::PeopleError;

/// How long the log is kept, milliseconds: three years.
const KEPT_MILLIS: i64 = 3 * 365 * 24 * 3_600_000;

/// Rounds that are shown.
const SHOWN: i64 = 50;

/// Notes that a round has deleted something, and forgets rounds of long ago.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn note(store: &Store, why: &str, deleted: u64) -> Result<(), PeopleError> {
    let now = now_millis();
    let mut transaction = store.begin().await?;
    sqlx::query("INSERT INTO retention_log (at, why, deleted) VALUES ($1, $2, $3)")
        .bind(now)
        .bind(why.to_owned())
        .bind(i64::try_from(deleted).unwrap_or(i64::MAX))
        .execute(&mut **transaction)
        .await?;
    sqlx::query("DELETE FROM retention_log WHERE at < $1").bind(now - KEPT_MILLIS).execute(&mut **transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The last rounds that have deleted something, the newest first: when, why, and how many rows.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn rounds(store: &Store) -> Result<Vec<(i64, String, u64)>, PeopleError> {
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as("SELECT at, why, deleted FROM retention_log ORDER BY at DESC LIMIT $1")
            .bind(SHOWN)
            .fetch_all(store.pool())
            .await?;
    Ok(rows.into_iter().map(|(at, why, deleted)| (at, why, deleted.unsigned_abs())).collect())
}
