//! What people say of themselves: read beside the scores of their session, and part of none.

use std::ops::Range;

use attune_ground::GroundError;
use attune_ground::damage::{Damaged, Damages};
use attune_ground::keys::PersonKeys;
use attune_ground::store::{Store, bytes16, to_u64};
use attune_people::consent::ItemKey;
use attune_protocol::ids::{DeviceId, Epoch, PersonId, Seq};
use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, check_in};
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;

use super::SessionKind;
use super::query::SessionRow;
use crate::SensingError;
use crate::ingest::record_context;

/// One answer of a person, on one scale or both.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct CheckIn {
    /// The window in which it was given.
    pub(crate) window: Window,
    /// 1 very bad to 6 very good.
    pub(crate) vibe: Option<u8>,
    /// Unpleasant to pleasant, in [-1,1].
    pub(crate) valence: Option<f64>,
    /// Quiet to active, in [-1,1].
    pub(crate) arousal: Option<f64>,
}

/// The answers that were given during a session, in their order. Nobody gives any while something is analysed.
pub(crate) async fn of_session(
    store: &Store,
    people: &PersonKeys,
    session: &SessionRow,
) -> Result<Vec<CheckIn>, SensingError> {
    if session.kind != SessionKind::Live {
        return Ok(Vec::new());
    }
    let rows: Vec<RecordRow> = sqlx::query_as(
        "SELECT device, epoch, seq, sealed FROM records WHERE person = $1 AND window_start >= $2 AND window_start < $3 \
         AND modality = $4 ORDER BY window_start, device, epoch, seq",
    )
    .bind(session.person.0.to_vec())
    .bind(session.started_at)
    .bind(session.ended_at)
    .bind(i64::from(Modality::CheckIn.number()))
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = people.of(session.person).await?;
    let open = |row| opened(session.person, &key, store.damages(), &row);
    Ok(rows.into_iter().filter_map(open).filter_map(|record| CheckIn::of(&record)).collect())
}

/// Whether somebody said anything of themselves in a piece of time, Unix milliseconds, as far as it has come here.
///
/// # Errors
/// When the database refuses.
pub async fn has_checked_in(store: &Store, person: PersonId, range: Range<i64>) -> Result<bool, GroundError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT CAST(1 AS BIGINT) FROM records \
         WHERE person = $1 AND window_start >= $2 AND window_start < $3 AND modality = 4 LIMIT 1",
    )
    .bind(person.0.to_vec())
    .bind(range.start)
    .bind(range.end)
    .fetch_optional(store.pool())
    .await?;
    Ok(row.is_some())
}

/// Of a record: its device, epoch and place, and the record, sealed.
pub(super) type RecordRow = (Vec<u8>, i64, i64, Vec<u8>);

pub(super) fn opened(person: PersonId, key: &SealKey, damages: &Damages, row: &RecordRow) -> Option<Record> {
    let (device, epoch, seq, _) = row;
    let note = || damages.note(Damaged::Record, &[device, &epoch.to_be_bytes(), &seq.to_be_bytes()]);
    open_record(person, key, row).inspect_err(|_| note()).ok()
}

/// Opens a record of a device.
///
/// # Errors
/// When it is damaged.
pub(crate) fn open_record(
    person: PersonId,
    key: &SealKey,
    (device, epoch, seq, sealed): &RecordRow,
) -> Result<Record, SensingError> {
    let place = ItemKey { device: DeviceId(bytes16(device)?), epoch: Epoch(to_u64(*epoch)?), seq: Seq(to_u64(*seq)?) };
    Ok(Record::decode(&key.open(&record_context(person, &place), sealed)?)?)
}

/// What a record says of its person; none where it says nothing.
pub(crate) fn check_in_of(record: &Record) -> Option<CheckIn> {
    CheckIn::of(record)
}

impl CheckIn {
    /// As a sentence's part: `4 of 6, rather good`.
    pub(crate) fn words(&self) -> String {
        let vibe = self.vibe.and_then(|vibe| Some(format!("{vibe} of 6, {}", check_in::vibe_word(vibe)?)));
        let place = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value:+.2}"));
        let parts = [vibe, place("valence", self.valence), place("arousal", self.arousal)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What a record says; none where it says nothing.
    fn of(record: &Record) -> Option<Self> {
        let get = |ordinal| record.features.get(ordinal);
        // To what a person can answer: 16 bits carry more digits than that.
        let share = |ordinal| get(ordinal).map(|value| (value * 100.0).round() / 100.0);
        // The registry's range is 1 to 6.
        let vibe = get(check_in::VIBE).map(|value| value.round() as u8);
        let (valence, arousal) = (share(check_in::VALENCE), share(check_in::AROUSAL));
        let says = vibe.is_some() || valence.is_some() || arousal.is_some();
        says.then_some(Self { window: record.window, vibe, valence, arousal })
    }
}
