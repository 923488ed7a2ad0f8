//! What devices read of what people write: read beside the scores of their day, and part of none.

use attune_ground::keys::PersonKeys;
use attune_ground::store::Store;
use attune_ground::time::now_millis;
use attune_protocol::ids::PersonId;
use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, text};
use attune_protocol::window::Window;

use super::check_ins::{RecordRow, opened};
use crate::SensingError;

/// What a device read of the messages of one window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Text {
    pub(crate) window: Window,
    /// How many messages there were.
    pub(crate) messages: u32,
    /// Of how many of them it could be said how they sound.
    pub(crate) scored: u32,
    /// The mean over those, in [-1,1].
    pub(crate) sentiment: Option<f64>,
    /// The same of stress.
    pub(crate) stress: Option<f64>,
    /// The mean score of those that show an emotion, in the order of the registry.
    pub(crate) emotions: [Option<f64>; text::EMOTIONS.len()],
}

impl Text {
    /// What a record says; none where it is of no message.
    fn of(record: &Record) -> Option<Self> {
        let get = |ordinal| record.features.get(ordinal);
        // The registry's range is that of 16 bits.
        let count = |ordinal| get(ordinal).map_or(0, |value| value.round() as u32);
        let (messages, scored) = (count(text::MESSAGES), count(text::SCORED));
        let emotions = std::array::from_fn(|place| text::emotion(place).and_then(get));
        let (sentiment, stress) = (get(text::SENTIMENT), get(text::STRESS));
        (messages > 0).then_some(Self { window: record.window, messages, scored, sentiment, stress, emotions })
    }
}

/// What was read in a piece of time that was not deleted, in order. One that does not open is left out, and counted.
pub(super) async fn of_span(
    store: &Store,
    people: &PersonKeys,
    person: PersonId,
    (begins, ends): (i64, i64),
) -> Result<Vec<Text>, SensingError> {
    let rows: Vec<RecordRow> = sqlx::query_as(
        "SELECT device, epoch, seq, sealed FROM records WHERE person = $1 AND window_start >= $2 AND window_start < $3 \
         AND modality = $4 AND NOT EXISTS (SELECT 1 FROM deleted_spans WHERE deleted_spans.person = records.person \
         AND deleted_spans.begins <= records.window_start AND deleted_spans.ends > records.window_start \
         AND (deleted_spans.begins <> 0 OR deleted_spans.ends <= $5)) ORDER BY window_start, device, epoch, seq",
    )
    .bind(person.0.to_vec())
    .bind(begins)
    .bind(ends)
    .bind(i64::from(Modality::Text.number()))
    .bind(now_millis())
    .fetch_all(store.pool())
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = people.of(person).await?;
    let open = |row| opened(person, &key, store.damages(), &row);
    Ok(rows.into_iter().filter_map(open).filter_map(|record| Text::of(&record)).collect())
}
