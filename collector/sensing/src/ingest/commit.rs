//! The statements that make settled items durable, and the one that reads what is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::keys::OwnKeys;
use attune_ground::store::{Insert, to_i64, to_u64};
use attune_people::consent::{self, ItemKey};
use attune_protocol::batch::Batch;
use attune_protocol::ids::{DeviceId, PersonId, Seq};
use sha2::{Digest, Sha256};
use sqlx::any::AnyExecutor;
use sqlx::{Any, Transaction};

use super::IngestContext;
use super::settle::{Outcome, Owner, SealedRecord, Settled, span};
use crate::SensingError;

/// The most messages and items kept in quarantine; beyond, they are only counted.
const MAX_QUARANTINED: i64 = 10_000;

static RECORDS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
         clock_offset, sealed)",
        11,
        "ON CONFLICT (device, epoch, seq) DO NOTHING",
    )
});
static SETTLED: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO settled (device, epoch, seq, outcome, received_at)",
        5,
        "ON CONFLICT (device, epoch, seq) DO NOTHING",
    )
});
// An update that changes nothing locks the row where DO NOTHING would not: a fuser that takes the window out of the list
// meanwhile has to wait for this commit, and then sees its records.
static PENDING: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO pending_fusion (person, window_start)",
        2,
        "ON CONFLICT (person, window_start) DO UPDATE SET window_start = excluded.window_start",
    )
});

/// Rows of one transaction, gathered over all its batches, since many rows in a statement cost a third of one by one.
#[derive(Default)]
pub(super) struct Gathered {
    records: Vec<(i64, i64, SealedRecord)>,
    noted: Vec<(DeviceId, i64, i64, Outcome, i64)>,
}

impl Gathered {
    fn note(&mut self, key: &ItemKey, outcome: Outcome, received_at: i64) -> Result<(), SensingError> {
        self.noted.push((key.device, to_i64(key.epoch.0)?, to_i64(key.seq.0)?, outcome, received_at));
        Ok(())
    }

    /// Writes all rows and gives how many records were new.
    pub(super) async fn write(self, transaction: &mut Transaction<'static, Any>) -> Result<u64, SensingError> {
        let new = RECORDS.rows(transaction, &self.records, |query, (epoch, seq, record)| {
            query
                .bind(record.key.device.0.to_vec())
                .bind(*epoch)
                .bind(*seq)
                .bind(record.person.0.to_vec())
                .bind(record.window_start)
                .bind(i64::from(record.modality))
                .bind(i64::from(record.revision))
                .bind(record.size as i64)
                .bind(record.received_at)
                .bind(record.clock_offset)
                .bind(record.sealed.clone())
        });
        let new = new.await?;
        let noted = SETTLED.rows(transaction, &self.noted, |query, (device, epoch, seq, outcome, received_at)| {
            let query = query.bind(device.0.to_vec()).bind(*epoch).bind(*seq);
            query.bind(i64::from(*outcome as u8)).bind(*received_at)
        });
        noted.await?;
        // In one order everywhere, so that two collectors do not wait for each other.
        let windows: BTreeSet<_> =
            self.records.iter().map(|(.., record)| (record.person, record.window_start)).collect();
        let windows: Vec<_> = windows.into_iter().collect();
        let waiting =
            PENDING.rows(transaction, &windows, |query, (person, window)| query.bind(person.0.to_vec()).bind(*window));
        waiting.await?;
        Ok(new)
    }
}

/// Gathers what becomes rows of a settled batch, and writes at once what later batches of the group look at.
pub(super) async fn gather(
    transaction: &mut Transaction<'static, Any>,
    gathered: &mut Gathered,
    context: &IngestContext,
    owners: &BTreeMap<PersonId, Owner>,
    settled: Settled,
    received_at: i64,
) -> Result<(), SensingError> {
    for record in settled.records {
        gathered.records.push((to_i64(record.key.epoch.0)?, to_i64(record.key.seq.0)?, record));
    }
    for (key, person, consent) in settled.consents {
        let owner = owners.get(&person).ok_or(GroundError::Erased)?;
        consent::append(transaction, person, &owner.key, key, &consent).await?;
        gathered.note(&key, Outcome::ConsentNoted, received_at)?;
    }
    for (key, person, dropped) in settled.dropped {
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
        gathered.note(&key, Outcome::DropNoted, received_at)?;
    }
    for key in settled.refused {
        gathered.note(&key, Outcome::RefusedWithoutConsent, received_at)?;
    }
    for (key, bytes, reason) in settled.quarantined {
        quarantine(transaction, &context.own, &bytes, &reason, received_at).await?;
        gathered.note(&key, Outcome::Quarantined, received_at)?;
    }
    Ok(())
}

/// Keeps bytes that did not read, once, as long as there is room.
pub(super) async fn quarantine(
    transaction: &mut Transaction<'static, Any>,
    own: &OwnKeys,
    bytes: &[u8],
    reason: &str,
    received_at: i64,
) -> Result<(), SensingError> {
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
pub(super) async fn committed<'e>(executor: impl AnyExecutor<'e>, batch: &Batch) -> Result<Vec<Seq>, SensingError> {
    let Some((first, last)) = span(batch) else { return Ok(Vec::new()) };
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT seq FROM records WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 \
         UNION SELECT seq FROM settled WHERE device = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq",
    )
    .bind(batch.device.0.to_vec())
    .bind(to_i64(batch.epoch.0)?)
    .bind(to_i64(first.0)?)
    .bind(to_i64(last.0)?)
    .fetch_all(executor)
    .await?;
    let held: BTreeSet<Seq> =
        rows.into_iter().map(|(seq,)| Ok(Seq(to_u64(seq)?))).collect::<Result<_, SensingError>>()?;
    Ok(batch.items.iter().map(|item| item.seq).filter(|seq| held.contains(seq)).collect())
}
