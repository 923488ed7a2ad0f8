use crate::GroundError;
use crate::store::Store;

/// How all jobs stand, whoever does them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Due, and not done yet; those that somebody is doing count.
    pub due: i64,
    /// Failed when they were tried last.
    pub failing: i64,
    /// For how long the one has waited that is due longest, milliseconds.
    pub late: i64,
}

/// How all jobs stand.
///
/// # Errors
/// When the database does not tell.
pub async fn standing(store: &Store) -> Result<Standing, GroundError> {
    let now = store.database_time().await?;
    let (due, failing, first): (i64, i64, Option<i64>) =
        sqlx::query_as("SELECT COUNT(CASE WHEN due <= $1 THEN 1 END), COUNT(failing_since), MIN(due) FROM jobs")
            .bind(now)
            .fetch_one(store.pool())
            .await?;
    Ok(Standing { due, failing, late: first.map_or(0, |first| now.saturating_sub(first).max(0)) })
}
