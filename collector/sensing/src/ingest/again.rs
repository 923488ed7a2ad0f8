//! What a device has sent before under another epoch of the same enrolment. Behind an outbox that was damaged it sends again
//! what may have arrived, in new places; that is stored once.

use std::collections::{BTreeSet, HashMap, HashSet};

use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::Opened;
use attune_ground::store::{to_i64, to_u64};
use attune_people::accounts::{self, Bound};
use attune_people::consent::ItemKey;
use attune_protocol::batch::Batch;
use attune_protocol::digest::Digest;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::seal::SealKey;
use sqlx::{Any, AnyConnection, Transaction};

use super::item::{SealedRecord, record_context};
use crate::SensingError;

/// Windows that are looked for together lie no further apart, milliseconds: a batch that also has one of long ago costs
/// nobody all that was stored between.
const TOGETHER: i64 = 3_600_000;

/// Records that are stored already, known by what they say.
#[derive(Default)]
pub(super) struct Earlier(HashSet<Digest>);

impl Earlier {
    /// Whether a record that says this is stored already.
    pub(super) fn has(&self, content: Digest) -> bool {
        self.0.contains(&content)
    }

    /// What a device has stored of some windows under other epochs of the enrolment, and what of it is being stored by this
    /// transaction. What was opened before is not opened again.
    pub(super) async fn of(
        transaction: &mut Transaction<'static, Any>,
        batch: &Batch,
        windows: Vec<i64>,
        (owner, underway): (&Bound, &Underway),
        opening: (&SealKey, &Damages),
        known: &Opened<Digest>,
    ) -> Result<Self, SensingError> {
        if owner.is_only {
            return Ok(Self::default());
        }
        let epochs = accounts::other_epochs(transaction, batch.device, batch.epoch, owner.number).await?;
        let stored = Stored::of(transaction, batch, owner.person, windows, &epochs).await?;
        let contents = stored.rows.iter().filter_map(|row| {
            let (epoch, seq, sealed) = row;
            known.get((*epoch, *seq), sealed).or_else(|| stored.content(row, opening))
        });
        Ok(Self(underway.under_others(batch, owner.number).chain(contents).collect()))
    }
}

/// Records of a device that are stored under other epochs, still sealed.
pub(super) struct Stored {
    device: DeviceId,
    person: PersonId,
    rows: Vec<Row>,
}

/// Epoch, place in it, and what is sealed there.
type Row = (i64, i64, Vec<u8>);

impl Stored {
    /// Those of some windows under these epochs.
    pub(super) async fn of(
        connection: &mut AnyConnection,
        batch: &Batch,
        person: PersonId,
        windows: Vec<i64>,
        epochs: &BTreeSet<Epoch>,
    ) -> Result<Self, SensingError> {
        let is_other = |epoch| u64::try_from(epoch).is_ok_and(|epoch| epochs.contains(&Epoch(epoch)));
        let mut stored = Vec::new();
        for (first, last) in together(windows) {
            let rows: Vec<Row> = sqlx::query_as(
                "SELECT epoch, seq, sealed FROM records \
                 WHERE person = $1 AND window_start BETWEEN $2 AND $3 AND device = $4 AND epoch <> $5",
            )
            .bind(person.0.to_vec())
            .bind(first)
            .bind(last)
            .bind(batch.device.0.to_vec())
            .bind(to_i64(batch.epoch.0)?)
            .fetch_all(&mut *connection)
            .await?;
            stored.extend(rows.into_iter().filter(|(epoch, ..)| is_other(*epoch)));
        }
        Ok(Self { device: batch.device, person, rows: stored })
    }

    /// Opens them, for who compares with them later.
    pub(super) fn open(self, opening: (&SealKey, &Damages)) -> Opened<Digest> {
        let contents: Vec<_> = self.rows.iter().map(|row| self.content(row, opening)).collect();
        let mut opened = Opened::default();
        for ((epoch, seq, sealed), content) in self.rows.into_iter().zip(contents) {
            if let Some(content) = content {
                opened.note((epoch, seq), sealed, content);
            }
        }
        opened
    }

    /// What one says; none where it does not open, which is counted.
    fn content(&self, (epoch, seq, sealed): &Row, (key, damages): (&SealKey, &Damages)) -> Option<Digest> {
        let open = || {
            let place = ItemKey { device: self.device, epoch: Epoch(to_u64(*epoch)?), seq: Seq(to_u64(*seq)?) };
            Ok::<_, SensingError>(key.open(&record_context(self.person, &place), sealed)?)
        };
        match open() {
            Ok(plain) => Some(Digest::of_item(Seq(0), &plain)),
            Err(_) => {
                damages.note(Damaged::Record, &[&self.device.0, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
                None
            }
        }
    }
}

/// The first and last of windows that are looked for together.
fn together(mut windows: Vec<i64>) -> Vec<(i64, i64)> {
    windows.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for window in windows {
        match runs.last_mut() {
            Some((_, last)) if window.saturating_sub(*last) <= TOGETHER => *last = window,
            _ => runs.push((window, window)),
        }
    }
    runs
}

/// What a transaction is about to store, by device and number of its enrolment: batches of two epochs may come together.
#[derive(Default)]
pub(super) struct Underway(HashMap<(DeviceId, u32), Vec<(Epoch, Digest)>>);

impl Underway {
    /// Notes records of a batch.
    pub(super) fn note(&mut self, batch: &Batch, number: u32, records: &[SealedRecord]) {
        let noted = self.0.entry((batch.device, number)).or_default();
        noted.extend(records.iter().map(|record| (batch.epoch, record.content)));
    }

    fn under_others(&self, batch: &Batch, number: u32) -> impl Iterator<Item = Digest> {
        let (device, own) = (batch.device, batch.epoch);
        let noted = self.0.get(&(device, number)).into_iter().flatten();
        noted.filter(move |(epoch, _)| *epoch != own).map(|(_, content)| *content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_looked_for_together_where_no_more_than_an_hour_lies_between_them() {
        assert_eq!(together(Vec::new()), []);
        assert_eq!(together(vec![50, 10, 30]), [(10, 50)]);
        let apart = vec![TOGETHER, 0, 2 * TOGETHER, 3 * TOGETHER + 1, i64::MAX];
        let expected = [(0, 2 * TOGETHER), (3 * TOGETHER + 1, 3 * TOGETHER + 1), (i64::MAX, i64::MAX)];
        assert_eq!(together(apart), expected);
    }
}
