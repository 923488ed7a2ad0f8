//! What a device has sent before under another epoch of the same enrolment. Behind an outbox that was damaged it sends again
//! what may have arrived, in new places; that is stored once.

use std::collections::HashSet;

use attune_ground::damage::{Damaged, Damages};
use attune_ground::store::{to_i64, to_u64};
use attune_people::accounts;
use attune_people::consent::ItemKey;
use attune_protocol::batch::Batch;
use attune_protocol::digest::Digest;
use attune_protocol::ids::{Epoch, PersonId, Seq};
use attune_protocol::seal::SealKey;
use sqlx::{Any, Transaction};

use super::settle::{Read, record_context};
use crate::SensingError;

/// Records that are stored already, known by what they say.
#[derive(Default)]
pub(super) struct Earlier(HashSet<Digest>);

impl Earlier {
    /// Whether a record that says this is stored already.
    pub(super) fn has(&self, plain: &[u8]) -> bool {
        self.0.contains(&Digest::of_item(Seq(0), plain))
    }

    /// What a device has stored of the windows of a batch under other epochs of the enrolment.
    pub(super) async fn of(
        transaction: &mut Transaction<'static, Any>,
        batch: &Batch,
        person: PersonId,
        (key, damages): (&SealKey, &Damages),
    ) -> Result<Self, SensingError> {
        let epochs = accounts::other_epochs(transaction, batch.device, batch.epoch).await?;
        let mut earlier = Self::default();
        if epochs.is_empty() {
            return Ok(earlier);
        }
        let windows = batch.items.iter().filter_map(|item| match Read::of(item) {
            Ok(Read::Record(record)) => Some(record.window.start_millis()),
            _ => None,
        });
        let windows: Vec<i64> = windows.collect();
        let (Some(first), Some(last)) = (windows.iter().min(), windows.iter().max()) else { return Ok(earlier) };
        let rows: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT epoch, seq, sealed FROM records \
             WHERE person = $1 AND window_start BETWEEN $2 AND $3 AND device = $4 AND epoch <> $5",
        )
        .bind(person.0.to_vec())
        .bind(*first)
        .bind(*last)
        .bind(batch.device.0.to_vec())
        .bind(to_i64(batch.epoch.0)?)
        .fetch_all(&mut **transaction)
        .await?;
        let is_other = |epoch| u64::try_from(epoch).is_ok_and(|epoch| epochs.contains(&Epoch(epoch)));
        for (epoch, seq, sealed) in rows.iter().filter(|(epoch, ..)| is_other(*epoch)) {
            let place = ItemKey { device: batch.device, epoch: Epoch(to_u64(*epoch)?), seq: Seq(to_u64(*seq)?) };
            match key.open(&record_context(person, &place), sealed) {
                Ok(plain) => drop(earlier.0.insert(Digest::of_item(Seq(0), &plain))),
                Err(_) => damages.note(Damaged::Record, &[&batch.device.0, &epoch.to_be_bytes(), &seq.to_be_bytes()]),
            }
        }
        Ok(earlier)
    }
}
