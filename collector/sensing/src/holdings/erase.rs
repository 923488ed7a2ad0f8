use attune_ground::GroundError;
use attune_ground::holdings::Erased;
use attune_ground::store::Store;
use attune_protocol::ids::PersonId;
use sqlx::AssertSqlSafe;

/// The most rows of one transaction: some milliseconds of the database's write lock.
const SLICE: u64 = 2000;

/// What is erased: a table, by which columns its rows are told apart, and which of them are a person's.
struct Erasing {
    table: &'static str,
    keys: &'static str,
    theirs: &'static str,
}

const fn of(table: &'static str, keys: &'static str, theirs: &'static str) -> Erasing {
    Erasing { table, keys, theirs }
}

/// In this order: what refers to sessions before them, and those that were joined before those that they were joined to.
const ERASED: [Erasing; 10] = [
    of("pending_fusion", "person, window_start", "FROM pending_fusion WHERE person = $1"),
    of("records", "device, epoch, seq", "FROM records WHERE person = $1"),
    of(
        "fused_windows",
        "fused_windows.session, fused_windows.window_start",
        "FROM sessions JOIN fused_windows ON fused_windows.session = sessions.session \
         AND fused_windows.person = sessions.person WHERE sessions.person = $1",
    ),
    of(
        "analysis_records",
        "analysis_records.session, analysis_records.window_start, analysis_records.place",
        "FROM sessions JOIN analysis_records ON analysis_records.session = sessions.session \
         AND analysis_records.person = sessions.person WHERE sessions.person = $1",
    ),
    of("dropped", "device, epoch, seq", "FROM dropped WHERE person = $1"),
    of("quarantine", "device, epoch, seq", "FROM quarantine WHERE person = $1"),
    of("deleted_spans", "person, begins", "FROM deleted_spans WHERE person = $1"),
    of("sessions", "session", "FROM sessions WHERE person = $1 AND merged_into IS NOT NULL"),
    of("sessions", "session", "FROM sessions WHERE person = $1"),
    of("analysis_ids", "session", "FROM analysis_ids WHERE person = $1"),
];

/// Erases all that was sensed of a person, in slices. Their key is gone: nothing comes in or is fused meanwhile.
pub(super) fn erase(store: &Store, person: PersonId) -> Erased<'_> {
    Box::pin(async move { erased(store, person).await })
}

async fn erased(store: &Store, person: PersonId) -> Result<Vec<(&'static str, u64)>, GroundError> {
    let mut counts = Vec::with_capacity(ERASED.len());
    for Erasing { table, keys, theirs } in ERASED {
        let some =
            format!("DELETE FROM {table} WHERE person = $1 AND ({keys}) IN (SELECT {keys} {theirs} LIMIT {SLICE})");
        let left = format!("SELECT CAST(1 AS BIGINT) {theirs} LIMIT 1");
        let mut rows = 0;
        loop {
            let mut transaction = store.begin().await?;
            let removed =
                sqlx::query(AssertSqlSafe(some.clone())).bind(person.0.to_vec()).execute(&mut **transaction).await?;
            transaction.commit().await?;
            rows += removed.rows_affected();
            // Fewer than a slice may be less than all: somebody else may have removed some of these at the same time.
            if removed.rows_affected() < SLICE {
                let left: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(left.clone()))
                    .bind(person.0.to_vec())
                    .fetch_optional(store.pool())
                    .await?;
                if left.is_none() {
                    break;
                }
            }
        }
        counts.push((table, rows));
    }
    Ok(counts)
}
