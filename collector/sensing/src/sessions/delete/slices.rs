use attune_ground::store::{Store, Write};
use attune_people::{PeopleError, accounts};
use attune_protocol::ids::{PersonId, SessionId};
use sqlx::{Any, Transaction};

/// The most rows of one transaction: some milliseconds of the database's write lock.
pub(super) const SLICE: i64 = 2000;

/// A session that is being deleted.
pub(super) struct Doomed {
    pub session: SessionId,
    pub person: PersonId,
    /// The time of a live one, which is all that its person's devices sent for it.
    pub span: Option<(i64, i64)>,
}

/// What a slice has removed.
pub(super) struct Slice {
    pub rows: u64,
    /// Whether nothing is left.
    pub is_last: bool,
}

const ANALYSIS_RECORDS: &str = "DELETE FROM analysis_records \
     WHERE session = $1 AND person = $2 AND (window_start, place) IN \
     (SELECT window_start, place FROM analysis_records WHERE session = $1 AND person = $2 LIMIT $3)";
const WINDOWS: &str = "DELETE FROM fused_windows WHERE session = $1 AND person = $2 AND window_start IN \
     (SELECT window_start FROM fused_windows WHERE session = $1 AND person = $2 LIMIT $3)";
// The time stands there twice: Postgres looks only where it can be.
const RECORDS: &str = "DELETE FROM records \
     WHERE person = $1 AND window_start >= $2 AND window_start < $3 AND (device, epoch, seq) IN \
     (SELECT device, epoch, seq FROM records WHERE person = $1 AND window_start >= $2 AND window_start < $3 LIMIT $4)";
const WAITING: &str = "DELETE FROM pending_fusion WHERE person = $1 AND window_start IN \
     (SELECT window_start FROM pending_fusion WHERE person = $1 AND window_start >= $2 AND window_start < $3 LIMIT $4)";

/// Removes some rows of a session, and with the last ones the session itself.
pub(super) async fn slice(store: &Store, doomed: &Doomed) -> Result<Slice, PeopleError> {
    let mut transaction = store.begin().await?;
    let (session, person) = (doomed.session.0.to_vec(), doomed.person.0.to_vec());
    let mut rows = 0;
    if let Some(span) = doomed.span {
        rows += of_devices(&mut transaction, doomed.person, span).await?;
    }
    for statement in [ANALYSIS_RECORDS, WINDOWS] {
        let room = room(rows);
        let removed = sqlx::query(statement).bind(session.clone()).bind(person.clone()).bind(room);
        rows += removed.execute(&mut **transaction).await?.rows_affected();
    }
    let is_last = room(rows) > 0;
    if is_last {
        for statement in [
            "DELETE FROM sessions WHERE merged_into = $1 AND person = $2",
            "DELETE FROM sessions WHERE session = $1 AND person = $2",
            "DELETE FROM analysis_ids WHERE session = $1 AND person = $2",
        ] {
            sqlx::query(statement).bind(session.clone()).bind(person.clone()).execute(&mut **transaction).await?;
        }
        forget_nobody(&mut transaction, doomed.person).await?;
    }
    transaction.commit().await?;
    Ok(Slice { rows, is_last })
}

/// Forgets somebody without a user id once nothing is kept of them.
pub(super) async fn forget_nobody(transaction: &mut Write, person: PersonId) -> Result<(), PeopleError> {
    let (kept,): (i64,) = sqlx::query_as(
        "SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM sessions WHERE person = $1) \
         OR EXISTS (SELECT 1 FROM records WHERE person = $1) OR EXISTS (SELECT 1 FROM dropped WHERE person = $1) \
         OR EXISTS (SELECT 1 FROM quarantine WHERE person = $1) THEN 1 ELSE 0 END AS BIGINT)",
    )
    .bind(person.0.to_vec())
    .fetch_one(&mut ***transaction)
    .await?;
    if kept > 0 || !accounts::close_nobody(transaction, person).await? {
        return Ok(());
    }
    for statement in ["DELETE FROM pending_fusion WHERE person = $1", "DELETE FROM deleted_spans WHERE person = $1"] {
        sqlx::query(statement).bind(person.0.to_vec()).execute(&mut ***transaction).await?;
    }
    accounts::forget_nobody(transaction, person).await?;
    Ok(())
}

/// Removes some of what a person's devices sent for a span of time. First from the list of what is to be fused: a collector
/// that takes in records of the span at this moment holds the place of their window there, so that this waits for its commit,
/// and then sees the records.
pub(super) async fn of_devices(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (begins, ends): (i64, i64),
) -> Result<u64, PeopleError> {
    let mut rows = 0;
    for statement in [WAITING, RECORDS] {
        let removed = sqlx::query(statement)
            .bind(person.0.to_vec())
            .bind(begins)
            .bind(ends)
            .bind(room(rows))
            .execute(&mut **transaction)
            .await?;
        rows += removed.rows_affected();
    }
    Ok(rows)
}

/// How many rows still have room in a slice.
pub(super) fn room(rows: u64) -> i64 {
    SLICE.saturating_sub_unsigned(rows).max(0)
}

/// How many rows of a session are still there.
pub(super) async fn left(store: &Store, doomed: &Doomed) -> Result<u64, PeopleError> {
    let (begins, ends) = doomed.span.unwrap_or((0, 0));
    let (rows,): (i64,) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM analysis_records WHERE session = $1 AND person = $2) \
         + (SELECT COUNT(*) FROM fused_windows WHERE session = $1 AND person = $2) \
         + (SELECT COUNT(*) FROM records WHERE person = $2 AND window_start >= $3 AND window_start < $4)",
    )
    .bind(doomed.session.0.to_vec())
    .bind(doomed.person.0.to_vec())
    .bind(begins)
    .bind(ends)
    .fetch_one(store.pool())
    .await?;
    Ok(rows.unsigned_abs())
}
