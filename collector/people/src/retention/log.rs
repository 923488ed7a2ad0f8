//! What was deleted for its age: how many rows of which class, and when; nothing of whom.

use std::collections::BTreeMap;

use attune_ground::store::Store;

use crate::PeopleError;

/// How long the log is kept, milliseconds: three years.
const KEPT_MILLIS: i64 = 3 * 365 * 24 * 3_600_000;

/// Rounds that are shown.
const SHOWN: i64 = 50;

/// The class of what was deleted because somebody keeps a shorter history than the organisation.
pub(crate) const HISTORY: &str = "history";

/// Notes that a round has deleted something, with what it has deleted before of the same, and forgets rounds of long ago. Of a class that
/// was being deleted when a round was cut off, nothing is noted.
///
/// # Errors
/// When the database refuses.
pub(super) async fn note(store: &Store, (class, why): (&str, &str), deleted: u64, now: i64) -> Result<(), PeopleError> {
    if deleted == 0 {
        return Ok(());
    }
    let mut transaction = store.begin().await?;
    for statement in [
        "UPDATE retention_log SET deleted = deleted + $4 WHERE at = $1 AND class = $2 AND why = $3",
        "INSERT INTO retention_log (at, class, why, deleted) VALUES ($1, $2, $3, $4)",
    ] {
        let written = sqlx::query(statement)
            .bind(now)
            .bind(class.to_owned())
            .bind(why.to_owned())
            .bind(i64::try_from(deleted).unwrap_or(i64::MAX))
            .execute(&mut **transaction)
            .await?;
        if written.rows_affected() > 0 {
            break;
        }
    }
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

/// When something of each class was deleted last, Unix milliseconds, and how many rows were then.
///
/// # Errors
/// When the database refuses.
pub(super) async fn last(store: &Store) -> Result<BTreeMap<String, (i64, u64)>, PeopleError> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT class, at, CAST(SUM(deleted) AS BIGINT) FROM retention_log newest \
         WHERE at = (SELECT MAX(at) FROM retention_log other WHERE other.class = newest.class) GROUP BY class, at",
    )
    .fetch_all(store.pool())
    .await?;
    Ok(rows.into_iter().map(|(class, at, deleted)| (class, (at, deleted.unsigned_abs()))).collect())
}
