use attune_ground::GroundError;
use attune_ground::holdings::{Counted, Holding};
use attune_ground::store::{Store, bytes16};
use attune_protocol::ids::{DeviceId, PersonId};

/// What is counted: a table, and a statement that gives person, device, modality, rows, bytes, first and last instant.
const COUNTS: [(&str, &str); 6] = [
    (
        "records",
        "SELECT person, device, modality, COUNT(*), CAST(SUM(size) AS BIGINT), MIN(window_start), MAX(window_start) \
         FROM records GROUP BY person, device, modality",
    ),
    (
        "analysis_records",
        "SELECT person, (SELECT device FROM records WHERE 1 = 0), modality, COUNT(*), CAST(SUM(size) AS BIGINT), MIN(window_start), MAX(window_start) \
         FROM analysis_records GROUP BY person, modality",
    ),
    (
        "fused_windows",
        "SELECT person, (SELECT device FROM records WHERE 1 = 0), CAST(NULL AS BIGINT), COUNT(*), CAST(SUM(size) AS BIGINT), MIN(window_start), MAX(window_start) \
         FROM fused_windows GROUP BY person",
    ),
    (
        "sessions",
        "SELECT person, (SELECT device FROM records WHERE 1 = 0), CAST(NULL AS BIGINT), COUNT(*), CAST(0 AS BIGINT), MIN(started_at), MAX(ended_at) \
         FROM sessions WHERE merged_into IS NULL GROUP BY person",
    ),
    (
        "quarantine",
        "SELECT person, device, CAST(NULL AS BIGINT), COUNT(*), CAST(SUM(size) AS BIGINT), MIN(received_at), MAX(received_at) \
         FROM quarantine GROUP BY person, device",
    ),
    (
        "dropped",
        "SELECT person, device, modality, COUNT(*), CAST(0 AS BIGINT), MIN(first_window), MAX(last_window) \
         FROM dropped GROUP BY person, device, modality",
    ),
];

/// How much is kept of everybody.
pub(super) fn count(store: &Store) -> Counted<'_> {
    Box::pin(async move { counts(store).await })
}

async fn counts(store: &Store) -> Result<Vec<Holding>, GroundError> {
    type Row = (Vec<u8>, Option<Vec<u8>>, Option<i64>, i64, i64, i64, i64);
    let mut all = Vec::new();
    for (table, statement) in COUNTS {
        let rows: Vec<Row> = sqlx::query_as(statement).fetch_all(store.pool()).await?;
        for (person, device, modality, rows, bytes, first, last) in rows {
            all.push(Holding {
                table,
                person: bytes16(&person).ok().map(PersonId),
                device: device.and_then(|device| bytes16(&device).ok()).map(DeviceId),
                modality,
                rows: rows.unsigned_abs(),
                bytes: bytes.unsigned_abs(),
                span: Some((first, last)),
            });
        }
    }
    Ok(all)
}
