//! What none of a person's devices may sense.

use std::collections::BTreeMap;

use attune_ground::damage::Damages;
use attune_ground::store::to_i64;
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::ids::PersonId;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use sqlx::{Any, Transaction};

use super::log::{BROWSER, open};
use crate::PeopleError;

/// How many changes of one person are looked at to tell what is in force.
const NEWEST: i64 = 256;

/// The modalities that none of a person's devices may sense for a purpose, as far as the newest changes tell. Entries that do
/// not open tell nothing.
///
/// # Errors
/// When the database refuses.
pub async fn lacking(
    transaction: &mut Transaction<'static, Any>,
    person: PersonId,
    (key, damages): (&SealKey, &Damages),
    purpose: Purpose,
) -> Result<Vec<Modality>, PeopleError> {
    type Row = (Vec<u8>, i64, i64, Vec<u8>, i64);
    // By their devices: the log is of everybody, and this is asked whenever windows are fused.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT log.device, log.epoch, log.seq, log.entry, COALESCE(epochs.number, 0) FROM consent_log log \
         LEFT JOIN device_epochs epochs ON epochs.device = log.device AND epochs.epoch = log.epoch \
         WHERE log.person = $1 AND log.device IN (SELECT own.device FROM device_enrolments own WHERE own.person = $1) \
         ORDER BY log.place DESC LIMIT $2",
    )
    .bind(person.0.to_vec())
    .bind(NEWEST)
    .fetch_all(&mut **transaction)
    .await?;
    let all_are_here = (rows.len() as i64) < NEWEST;
    // Versions begin anew with each enrolment, and in an outbox that was put back from a copy.
    let age = |(number, change): &(i64, Consent)| (*number, change.at_millis, change.version);
    let mut newest: BTreeMap<(Modality, Vec<u8>), (i64, Consent)> = BTreeMap::new();
    for (device, epoch, seq, entry, number) in rows {
        let opened = open(key, person, (&device, epoch, seq), &entry, damages);
        let Some(change) = opened.filter(|change| change.purpose == purpose) else { continue };
        let found = (if epoch == to_i64(BROWSER.0)? { i64::from(change.version) } else { number }, change);
        let known = newest.entry((change.modality, device)).or_insert(found);
        if age(&found) > age(known) {
            *known = found;
        }
    }
    if newest.is_empty() {
        return Ok(Vec::new());
    }
    let lacks = |modality: &Modality| {
        let mut changes = newest.iter().filter(|((of, _), _)| of == modality).map(|(_, (_, change))| change).peekable();
        (all_are_here || changes.peek().is_some()) && !changes.any(|change| change.granted)
    };
    Ok(Modality::SENSED.into_iter().filter(lacks).collect())
}
