use attune_ground::GroundError;
use attune_ground::holdings::Erased;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;

/// The most rows of one transaction: some milliseconds of the database's write lock.
const SLICE: i64 = 2000;

/// What is erased, in this order: what refers to sessions before them, and those that were joined before those that they were
/// joined to. Each is told of whom, and how many rows at most.
const ERASED: [(&str, &str); 9] = [
    (
        "pending_fusion",
        "DELETE FROM pending_fusion WHERE person = $1 AND window_start IN \
         (SELECT window_start FROM pending_fusion WHERE person = $1 LIMIT $2)",
    ),
    (
        "records",
        "DELETE FROM records WHERE (device, epoch, seq) IN (SELECT device, epoch, seq FROM records WHERE person = $1 LIMIT $2)",
    ),
    (
        "fused_windows",
        "DELETE FROM fused_windows WHERE (session, window_start) IN (SELECT fused_windows.session, fused_windows.window_start \
         FROM sessions JOIN fused_windows ON fused_windows.session = sessions.session WHERE sessions.person = $1 LIMIT $2)",
    ),
    (
        "analysis_records",
        "DELETE FROM analysis_records WHERE (session, window_start, place) IN (SELECT analysis_records.session, \
         analysis_records.window_start, analysis_records.place FROM sessions JOIN analysis_records \
         ON analysis_records.session = sessions.session WHERE sessions.person = $1 LIMIT $2)",
    ),
    (
        "dropped",
        "DELETE FROM dropped WHERE (device, epoch, seq) IN (SELECT device, epoch, seq FROM dropped WHERE person = $1 LIMIT $2)",
    ),
    (
        "quarantine",
        "DELETE FROM quarantine WHERE (device, epoch, seq) IN \
         (SELECT device, epoch, seq FROM quarantine WHERE person = $1 LIMIT $2)",
    ),
    (
        "deleted_spans",
        "DELETE FROM deleted_spans WHERE person = $1 AND begins IN \
         (SELECT begins FROM deleted_spans WHERE person = $1 LIMIT $2)",
    ),
    (
        "sessions",
        "DELETE FROM sessions WHERE session IN \
         (SELECT session FROM sessions WHERE person = $1 AND merged_into IS NOT NULL LIMIT $2)",
    ),
    ("sessions", "DELETE FROM sessions WHERE session IN (SELECT session FROM sessions WHERE person = $1 LIMIT $2)"),
];

/// Erases all that was sensed of a person, in slices. Their key is gone: nothing comes in or is fused meanwhile.
pub(super) fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(async move { erased(store, person).await })
}

async fn erased(store: &Store, person: PersonId) -> Result<Vec<(&'static str, u64)>, GroundError> {
    let mut counts = Vec::with_capacity(ERASED.len());
    for (table, statement) in ERASED {
        let mut rows = 0;
        loop {
            let mut transaction = store.begin().await?;
            let removed =
                sqlx::query(statement).bind(person.0.to_vec()).bind(SLICE).execute(&mut **transaction).await?;
            transaction.commit().await?;
            rows += removed.rows_affected();
            if removed.rows_affected() < SLICE.unsigned_abs() {
                break;
            }
        }
        counts.push((table, rows));
    }
    Ok(counts)
}
