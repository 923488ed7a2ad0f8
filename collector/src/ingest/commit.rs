//! The statements that make settled items durable, and the one that reads what is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use attune_protocol::batch::Batch;
use attune_protocol::ids::{PersonId, Seq};
use sha2::{Digest, Sha256};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::settle::{Outcome, SealedRecord, Settled, span};
use crate::CollectorError;
use crate::consent::{self, ItemKey};
use crate::keys::OwnKeys;
use crate::store::{Store, to_i64, to_u64};

const RECORD_COLUMNS: usize = 11;
/// Rows of one statement: many at a time cost a third of one by one.
const CHUNK: usize = 64;
/// The most messages and items kept in quarantine; beyond, they are only counted.
const MAX_QUARANTINED: i64 = 10_000;

/// How much of a batch was new.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Written {
    pub records: u64,
    pub duplicates: u64,
}

static INSERT_CHUNK: LazyLock<String> = LazyLock::new(|| insert_records(CHUNK));
static INSERT_ONE: LazyLock<String> = LazyLock::new(|| insert_records(1));

/// The insert for a number of rows; only placeholders differ.
fn insert_records(rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> =
            (1..=RECORD_COLUMNS).map(|column| format!("${}", row * RECORD_COLUMNS + column)).collect();
        format!("({})", places.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
         clock_offset, sealed) VALUES {} ON CONFLICT (device, epoch, seq) DO NOTHING",
        values.join(", ")
    )
}

/// Writes everything of a settled batch, and which windows are to be fused anew.
pub(super) async fn write(
    transaction: &mut Transaction<'static, Any>,
    own: &OwnKeys,
    person: PersonId,
    settled: &Settled,
    received_at: i64,
) -> Result<Written, CollectorError> {
    let mut new = 0;
    for chunk in settled.records.chunks(CHUNK) {
        if chunk.len() == CHUNK {
            new += insert(transaction, &INSERT_CHUNK, chunk).await?;
        } else {
            for record in chunk {
                new += insert(transaction, &INSERT_ONE, std::slice::from_ref(record)).await?;
            }
        }
    }
    let windows: BTreeSet<i64> = settled.records.iter().map(|r| r.window_start).collect();
    if new > 0 {
        for window_start in windows {
            sqlx::query(
                "INSERT INTO pending_fusion (person, window_start) VALUES ($1, $2) \
                 ON CONFLICT (person, window_start) DO NOTHING",
            )
            .bind(person.0.to_vec())
            .bind(window_start)
            .execute(&mut **transaction)
            .await?;
        }
    }
    for (key, consent) in &settled.consents {
        consent::append(transaction, person, *key, consent).await?;
        note(transaction, key, Outcome::ConsentNoted, received_at).await?;
    }
    for (key, dropped) in &settled.dropped {
        sqlx::query(
            "INSERT INTO dropped (device, epoch, seq, person, modality, first_window, last_window, records) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (device, epoch, seq) DO NOTHING",
        )
        .bind(key.device.0.to_vec())
        .bind(to_i64(key.epoch.0)?)
        .bind(to_i64(key.seq.0)?)
        .bind(person.0.to_vec())
        .bind(i64::from(dropped.modality.number()))
        .bind(dropped.first.start_millis())
        .bind(dropped.last.start_millis())
        .bind(i64::from(dropped.count))
        .execute(&mut **transaction)
        .await?;
        note(transaction, key, Outcome::DropNoted, received_at).await?;
    }
    for key in &settled.refused {
        note(transaction, key, Outcome::RefusedWithoutConsent, received_at).await?;
    }
    for (key, bytes, reason) in &settled.quarantined {
        quarantine(transaction, own, bytes, reason, received_at).await?;
        note(transaction, key, Outcome::Quarantined, received_at).await?;
    }
    Ok(Written { records: new, duplicates: to_u64(settled.records.len() as i64)? - new })
}

async fn insert(
    transaction: &mut Transaction<'static, Any>,
    statement: &'static str,
    rows: &[SealedRecord],
) -> Result<u64, CollectorError> {
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for row in rows {
        query = query
            .bind(row.key.device.0.to_vec())
            .bind(to_i64(row.key.epoch.0)?)
            .bind(to_i64(row.key.seq.0)?)
            .bind(row.person.0.to_vec())
            .bind(row.window_start)
            .bind(i64::from(row.modality))
            .bind(i64::from(row.revision))
            .bind(row.size as i64)
            .bind(row.received_at)
            .bind(row.clock_offset)
            .bind(row.sealed.clone());
    }
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}

async fn note(
    transaction: &mut Transaction<'static, Any>,
    key: &ItemKey,
    outcome: Outcome,
    received_at: i64,
) -> Result<(), CollectorError> {
    sqlx::query(
        "INSERT INTO settled (device, epoch, seq, outcome, received_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (device, epoch, seq) DO NOTHING",
    )
    .bind(key.device.0.to_vec())
    .bind(to_i64(key.epoch.0)?)
    .bind(to_i64(key.seq.0)?)
    .bind(i64::from(outcome as u8))
    .bind(received_at)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Keeps bytes that did not read, once, as long as there is room.
pub(super) async fn quarantine(
    transaction: &mut Transaction<'static, Any>,
    own: &OwnKeys,
    bytes: &[u8],
    reason: &str,
    received_at: i64,
) -> Result<(), CollectorError> {
    let digest = Sha256::digest(bytes).to_vec();
    sqlx::query(
        "INSERT INTO quarantine (digest, reason, size, received_at, sealed) SELECT $1, $2, $3, $4, $5 \
         WHERE (SELECT COUNT(*) FROM quarantine) < $6 ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest.clone())
    .bind(reason)
    .bind(bytes.len() as i64)
    .bind(received_at)
    .bind(own.quarantine.seal(&digest, bytes))
    .bind(MAX_QUARANTINED)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Which of a batch's items the database holds, in order: what an acknowledgement says.
pub(super) async fn committed(store: &Store, batch: &Batch) -> Result<Vec<Seq>, CollectorError> {
    let Some((first, last)) = span(batch) else { return Ok(Vec::new()) };
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT seq FROM records WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 \
         UNION SELECT seq FROM settled WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq",
    )
    .bind(batch.device.0.to_vec())
    .bind(to_i64(batch.epoch.0)?)
    .bind(to_i64(first.0)?)
    .bind(to_i64(last.0)?)
    .fetch_all(store.pool())
    .await?;
    let held: BTreeSet<Seq> =
        rows.into_iter().map(|(seq,)| Ok(Seq(to_u64(seq)?))).collect::<Result<_, CollectorError>>()?;
    Ok(batch.items.iter().map(|item| item.seq).filter(|seq| held.contains(seq)).collect())
}
