//! The statements that make settled items durable, and the one that reads what is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{Insert, Lookup, to_i64, to_u64};
use attune_people::consent;
use attune_protocol::ack::{Ack, Answer};
use attune_protocol::batch::Batch;
use attune_protocol::ids::{DeviceId, PersonId, Seq};
use sqlx::{Any, AnyConnection, Transaction};

use super::item::{Fingerprint, SealedRecord};
use super::quarantine;
use super::settle::{Outcome, Owner, Settled};
use crate::SensingError;

static RECORDS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO records (device, epoch, seq, person, window_start, modality, revision, size, received_at, \
         clock_offset, sealed, fingerprint)",
        12,
        // What stands at a place was looked up behind the lock of its device: Postgres has a key over each part only.
        "ON CONFLICT DO NOTHING",
    )
});
static SETTLED: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new(
        "INSERT INTO settled (device, epoch, seq, outcome, received_at, fingerprint)",
        6,
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
    noted: Vec<Noted>,
}

struct Noted {
    device: DeviceId,
    epoch: i64,
    seq: i64,
    outcome: Outcome,
    received_at: i64,
    fingerprint: Fingerprint,
}

impl Gathered {
    /// Writes all rows and gives how many records were new.
    pub(super) async fn write(mut self, transaction: &mut Transaction<'static, Any>) -> Result<u64, SensingError> {
        // In one order everywhere, so that two collectors do not wait for each other.
        self.records.sort_by_key(|(epoch, seq, record)| (record.key.device, *epoch, *seq));
        self.noted.sort_by_key(|noted| (noted.device, noted.epoch, noted.seq));
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
                .bind(record.fingerprint.to_vec())
        });
        let new = new.await?;
        let noted = SETTLED.rows(transaction, &self.noted, |query, noted| {
            query
                .bind(noted.device.0.to_vec())
                .bind(noted.epoch)
                .bind(noted.seq)
                .bind(i64::from(noted.outcome as u8))
                .bind(noted.received_at)
                .bind(noted.fingerprint.to_vec())
        });
        noted.await?;
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
    owner: &Owner,
    settled: Settled,
    received_at: i64,
) -> Result<(), SensingError> {
    for record in settled.records {
        gathered.records.push((to_i64(record.key.epoch.0)?, to_i64(record.key.seq.0)?, record));
    }
    for (key, consent) in settled.consents {
        consent::append(transaction, owner.person, &owner.key, key, &consent).await?;
    }
    for (key, dropped) in settled.dropped {
        sqlx::query(
            "INSERT INTO dropped (device, epoch, seq, person, modality, first_window, last_window, records) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (device, epoch, seq, person) DO NOTHING",
        )
        .bind(key.device.0.to_vec())
        .bind(to_i64(key.epoch.0)?)
        .bind(to_i64(key.seq.0)?)
        .bind(owner.person.0.to_vec())
        .bind(i64::from(dropped.modality.number()))
        .bind(dropped.first.start_millis())
        .bind(dropped.last.start_millis())
        .bind(i64::from(dropped.count))
        .execute(&mut **transaction)
        .await?;
    }
    for (key, size, sealed) in settled.quarantined {
        quarantine::put(transaction, key, owner.person, (size, sealed), received_at).await?;
    }
    for (key, outcome, fingerprint) in settled.outcomes {
        let (epoch, seq) = (to_i64(key.epoch.0)?, to_i64(key.seq.0)?);
        gathered.noted.push(Noted { device: key.device, epoch, seq, outcome, received_at, fingerprint });
    }
    Ok(())
}

/// What the database holds at the place of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Held {
    answer: Answer,
    /// Rows of before fingerprints have none: whatever comes for their place is something else.
    fingerprint: Option<Fingerprint>,
}

static HELD: LazyLock<Lookup> = LazyLock::new(|| {
    Lookup::new(
        "(place, person, device, epoch, first, last)",
        "SELECT asked.place, held.seq, CAST(0 AS BIGINT), held.fingerprint FROM asked CROSS JOIN records held \
         WHERE held.person = asked.person AND held.device = asked.device AND held.epoch = asked.epoch \
         AND held.seq BETWEEN asked.first AND asked.last \
         UNION ALL SELECT asked.place, held.seq, held.outcome, held.fingerprint FROM asked CROSS JOIN settled held \
         WHERE held.device = asked.device AND held.epoch = asked.epoch AND held.seq BETWEEN asked.first AND asked.last",
    )
});

/// Lets Postgres ask [`held`] by the keys of records until a transaction ends. The part of a month that has just begun has no
/// statistics yet, and Postgres would read all of it for a few dozen places; a plan that it keeps would go on to. What has no key is
/// read wholly still, and is not worth to be compiled for what that is said to cost. Other databases ask by keys by themselves.
pub(super) async fn by_key(transaction: &mut Transaction<'static, Any>) -> Result<(), SensingError> {
    if transaction.backend_name() == "PostgreSQL" {
        let settings = "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";
        let done = sqlx::query(settings).execute(&mut **transaction).await;
        done.map_err(GroundError::from)?;
    }
    Ok(())
}

/// What the database holds at the places of batches, each of a person, whenever it was sensed; of each by its own. To be asked behind
/// [`by_key`].
///
/// What became of an item and does not read is left out: the item is settled anew.
pub(super) async fn held(
    connection: &mut AnyConnection,
    batches: &[(&Batch, PersonId)],
    damages: &Damages,
) -> Result<Vec<HashMap<Seq, Held>>, SensingError> {
    let mut asked = Vec::with_capacity(batches.len());
    for (of, (batch, _)) in batches.iter().enumerate() {
        for (first, last) in Ack::runs(batch.items.iter().map(|item| item.seq)) {
            asked.push((of, to_i64(batch.epoch.0)?, to_i64(first.0)?, to_i64(last.0)?));
        }
    }
    let rows = HELD.of(connection, &asked, |query, run| {
        query
            .bind(run.map(|(of, ..)| batches[*of].1.0.to_vec()))
            .bind(run.map(|(of, ..)| batches[*of].0.device.0.to_vec()))
            .bind(run.map(|(_, epoch, ..)| *epoch))
            .bind(run.map(|(.., first, _)| *first))
            .bind(run.map(|(.., last)| *last))
    });
    let rows: Vec<(i64, i64, i64, Option<Vec<u8>>)> = rows.await?;
    let mut held = vec![HashMap::new(); batches.len()];
    for (place, seq, outcome, fingerprint) in rows {
        let Some((of, ..)) = usize::try_from(place).ok().and_then(|place| asked.get(place)) else { continue };
        let answer = match outcome {
            0 => Some(Answer::Stored),
            number => Outcome::answer(number),
        };
        let Some(answer) = answer else {
            let Batch { device, epoch, .. } = batches[*of].0;
            damages.note(Damaged::Outcome, &[&device.0, &epoch.0.to_be_bytes(), &seq.to_be_bytes()]);
            continue;
        };
        let fingerprint = fingerprint.and_then(|bytes| bytes.try_into().ok());
        held[*of].insert(Seq(to_u64(seq)?), Held { answer, fingerprint });
    }
    Ok(held)
}

/// What of a batch is settled, and which places hold something else than it says. `fingerprints` are those of its items.
pub(super) fn compare(
    batch: &Batch,
    fingerprints: &[Fingerprint],
    held: &HashMap<Seq, Held>,
) -> (BTreeMap<Seq, Answer>, Vec<Seq>) {
    let (mut settled, mut taken) = (BTreeMap::new(), Vec::new());
    for (item, fingerprint) in batch.items.iter().zip(fingerprints) {
        match held.get(&item.seq) {
            Some(held) if held.fingerprint == Some(*fingerprint) => {
                settled.insert(item.seq, held.answer);
            }
            Some(_) => taken.push(item.seq),
            None => {}
        }
    }
    (settled, taken)
}
