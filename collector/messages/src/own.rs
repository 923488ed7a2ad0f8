//! What a person sees of their own messages, and nobody else does: how each was read, and where help is, where they wrote as if they were
//! in danger.

use std::collections::BTreeMap;

use attune_analysis::text::crisis::Level;
use attune_ground::http::Problem;
use attune_ground::store::bytes16;
use attune_ground::time::now_millis;
use attune_people::me::Own;
use attune_protocol::ids::PersonId;
use attune_protocol::seal::SealKey;

use crate::channels::{self, Channel};
use crate::consent;
use crate::error::MessagesError;
use crate::rows::{Reason, Standing};
use crate::sealed::{Consent, MessageId, Scores};
use crate::state::Messages;

/// Messages of one page.
pub(crate) const PAGE: i64 = 50;
/// From which level on help is shown, and who was chosen for that is told to get in touch.
pub(crate) const HELPS_FROM: Level = Level::High;
/// For how long help is shown, milliseconds, and how many of the messages of then are looked at.
const HELP_FOR: i64 = 7 * 24 * 3_600_000;
const MOST_LOOKED_AT: i64 = 5_000;

/// Where a page ends: before a message, by its time and its id.
pub(crate) type Before = (i64, MessageId);

/// A message of one's own.
pub(crate) struct OwnMessage {
    pub(crate) id: MessageId,
    pub(crate) said_at: i64,
    pub(crate) channel: Option<Channel>,
    pub(crate) standing: Standing,
    pub(crate) reason: Option<Reason>,
    pub(crate) scores: Option<Scores>,
    /// Whether its text is here.
    pub(crate) has_text: bool,
}

/// All that is shown of one's own.
pub(crate) struct OwnMessages {
    /// What is agreed to now.
    pub(crate) consent: Option<Consent>,
    /// How many wait, are being read, were read, could not be.
    pub(crate) counts: [u64; 4],
    /// How much danger showed in the last days, where help is to be shown, and when last, Unix milliseconds.
    pub(crate) help: Option<(Level, i64)>,
    /// Whether somebody whom they chose for that was told to get in touch, in these days.
    pub(crate) has_called: bool,
    /// The newest first.
    pub(crate) messages: Vec<OwnMessage>,
    /// Where the next page begins, where there may be one.
    pub(crate) next: Option<Before>,
}

/// Reads where a page begins.
///
/// # Errors
/// 400 for what is none.
pub(crate) fn before(text: Option<&str>) -> Result<Option<Before>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = text.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, channels::read(id)?)));
    read.map(Some).ok_or_else(|| Problem::bad_request("before", "before is what `next` of the page before says"))
}

/// Writes where a page begins.
pub(crate) fn written((at, id): Before) -> String {
    format!("{at}-{}", PersonId(id))
}

type Row = (Vec<u8>, Vec<u8>, i64, i64, Option<i64>, Option<Vec<u8>>, i64);

/// What is shown of a person's own, from a place on.
///
/// # Errors
/// When the database refuses, or the person's key does not open.
pub(crate) async fn of(state: &Messages, own: &Own, before: Option<Before>) -> Result<OwnMessages, MessagesError> {
    let (store, keys) = (state.store(), state.people().keys());
    let key = keys.of(own.person).await?;
    let (at, id) = before.map_or((i64::MAX, vec![0xff; 16]), |(at, id)| (at, id.to_vec()));
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, channel, said_at, state, reason, scores_sealed, CAST(CASE WHEN text_sealed IS NULL THEN 0 ELSE 1 END AS BIGINT) \
         FROM messages WHERE person = $1 AND (said_at < $2 OR (said_at = $2 AND id < $3)) ORDER BY said_at DESC, id DESC LIMIT $4",
    )
    .bind(own.person.0.to_vec())
    .bind(at)
    .bind(id)
    .bind(PAGE)
    .fetch_all(store.pool())
    .await?;
    let is_full = rows.len() as i64 == PAGE;
    let named: BTreeMap<[u8; 16], Channel> = if rows.is_empty() {
        BTreeMap::new()
    } else {
        channels::all(store).await?.into_iter().map(|channel| (channel.id, channel)).collect()
    };
    let mut messages = Vec::new();
    for (id, channel, said_at, standing, reason, scores, has_text) in rows {
        messages.push(OwnMessage {
            id: bytes16(&id)?,
            said_at,
            channel: bytes16(&channel).ok().and_then(|channel| named.get(&channel)).cloned(),
            standing: Standing::of_number(standing),
            reason: reason.and_then(Reason::of_number),
            scores: scores.and_then(|sealed| Scores::open(&key, own.person, &id, &sealed)),
            has_text: has_text != 0,
        });
    }
    let next = messages.last().filter(|_| is_full).map(|last| (last.said_at, last.id));
    let consent = consent::all(store, keys, own.person).await?.pop();
    let (counts, help) = (counts(state, own.person).await?, help(state, own.person, &key).await?);
    let has_called = attune_wellbeing::called_since(store, own.person, now_millis() - HELP_FOR).await?;
    Ok(OwnMessages { consent, counts, help, has_called, messages, next })
}

async fn counts(state: &Messages, person: PersonId) -> Result<[u64; 4], MessagesError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT state, COUNT(*) FROM messages WHERE person = $1 GROUP BY state")
        .bind(person.0.to_vec())
        .fetch_all(state.store().pool())
        .await?;
    let mut counts = [0; 4];
    for (standing, count) in rows {
        if let Some(of) = usize::try_from(standing).ok().and_then(|place| counts.get_mut(place)) {
            *of = count.unsigned_abs();
        }
    }
    Ok(counts)
}

/// How much danger showed in the last days, and when last; none below a level at which help is shown.
async fn help(state: &Messages, person: PersonId, key: &SealKey) -> Result<Option<(Level, i64)>, MessagesError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT id, said_at, scores_sealed FROM messages WHERE person = $1 AND said_at >= $2 AND scores_sealed IS NOT NULL \
         ORDER BY said_at DESC, id DESC LIMIT $3",
    )
    .bind(person.0.to_vec())
    .bind(now_millis() - HELP_FOR)
    .bind(MOST_LOOKED_AT)
    .fetch_all(state.store().pool())
    .await?;
    let level = |(id, at, sealed): &(Vec<u8>, i64, Vec<u8>)| Some((Scores::open(key, person, id, sealed)?.level, *at));
    Ok(rows.iter().filter_map(level).filter(|(level, _)| *level >= HELPS_FROM).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_page_begins_reads_as_it_is_written() {
        let place = (1_767_610_800_000, [7; 16]);
        assert_eq!(before(Some(&written(place))), Ok(Some(place)));
        assert_eq!((before(None), before(Some(""))), (Ok(None), Ok(None)));
        assert!(before(Some("yesterday")).is_err_and(|problem| problem.field.as_deref() == Some("before")));
    }
}
