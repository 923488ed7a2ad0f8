//! What became of messages, as it is answered to who handed them in.

use std::collections::{BTreeMap, BTreeSet};

use attune_ground::http::Problem;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::{Fields, Sent};
use crate::channels::{self, Channel, written};
use crate::error::MessagesError;
use crate::incoming::{Author, Incoming};
use crate::state::Messages;
use crate::take::{Coming, Failure, LONGEST_REF, Taken, take_each};

/// Channels that are looked up one by one; of more all are read.
const FEW: usize = 8;

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageResult {
    /// Its id; of one that came before, that of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// The name under which it came.
    external_ref: Option<String>,
    /// `queued_for_analysis` or `failed`.
    status: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How many messages came, and what became of them.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct MessageSummary {
    total_messages: usize,
    successful: usize,
    failed: usize,
}

impl MessageSummary {
    /// 201 where all are taken in, 207 where some are not.
    pub(crate) const fn status(self) -> StatusCode {
        if self.failed == 0 { StatusCode::CREATED } else { StatusCode::MULTI_STATUS }
    }
}

/// Takes in what was sent, and says what became of each, in their order.
///
/// # Errors
/// 403 where no messages are taken in; when the database refuses, and then none is stored.
pub(crate) async fn hand_in(
    state: &Messages,
    sent: Vec<Sent>,
) -> Result<(Vec<MessageResult>, MessageSummary), Problem> {
    state.check_taken_in()?;
    let known = known(state, &sent).await?;
    let (mut refs, mut items) = (Vec::with_capacity(sent.len()), Vec::with_capacity(sent.len()));
    for Sent { external_ref, fields } in sent {
        items.push(fields.and_then(|fields| coming(fields, external_ref.clone(), &known)));
        refs.push(external_ref);
    }
    let taken = take_each(state, items).await?;
    let results: Vec<MessageResult> = taken.into_iter().zip(refs).map(|(taken, name)| result(taken, name)).collect();
    let failed = results.iter().filter(|result| result.error.is_some()).count();
    let total_messages = results.len();
    Ok((results, MessageSummary { total_messages, successful: total_messages - failed, failed }))
}

fn coming(
    fields: Fields,
    external_ref: Option<String>,
    known: &BTreeMap<[u8; 16], Channel>,
) -> Result<Coming, Failure> {
    let Fields { channel_id, username, message, said_at } = fields;
    let channel = channels::read(&channel_id).and_then(|id| known.get(&id)).ok_or(Failure::NoChannel)?;
    let incoming = Incoming {
        channel: channel.external_id.clone(),
        channel_name: channel.name.clone(),
        private: false,
        author: Author { user: Some(username), ..Author::default() },
        said_at,
        external_ref,
        reply_to: None,
        edited: false,
        text: message,
    };
    Ok(Coming::new(channel, incoming))
}

async fn known(state: &Messages, sent: &[Sent]) -> Result<BTreeMap<[u8; 16], Channel>, MessagesError> {
    let named = sent.iter().filter_map(|sent| channels::read(&sent.fields.as_ref().ok()?.channel_id));
    let ids: BTreeSet<[u8; 16]> = named.collect();
    let mut known = BTreeMap::new();
    if ids.len() > FEW {
        known.extend(channels::all(state.store()).await?.into_iter().map(|channel| (channel.id, channel)));
        return Ok(known);
    }
    for id in ids {
        known.extend(channels::find(state.store(), id).await?.map(|channel| (id, channel)));
    }
    Ok(known)
}

fn result(taken: Taken, external_ref: Option<String>) -> MessageResult {
    let (message_id, error) = match taken {
        Taken::Stored(id) | Taken::Known(id) => (Some(written(&id)), None),
        Taken::Failed(failure) => (None, Some(failure.words())),
    };
    let status = if error.is_none() { "queued_for_analysis" } else { "failed" };
    let external_ref = external_ref.map(cut);
    MessageResult { message_id, external_ref, status, error }
}

/// A name as it is told back: of one that is too long only so much as may be, by whole letters.
fn cut(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(LONGEST_REF));
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_is_not_told_back_whole() {
        let told = |name: String| result(Taken::Failed(Failure::LongRef), Some(name)).external_ref;
        let (long, fits) = ("\u{1f600}".repeat(200), "r".repeat(LONGEST_REF));
        assert_eq!(told(long), Some("\u{1f600}".repeat(LONGEST_REF / 4)));
        assert_eq!(told(format!("{}\u{e9}", "r".repeat(LONGEST_REF - 1))), Some("r".repeat(LONGEST_REF - 1)));
        assert_eq!(told(fits.clone()), Some(fits));
    }

    #[test]
    fn a_time_that_does_not_read_is_answered_with_one_that_does() {
        let told = result(Taken::Failed(Failure::Wrong("said_at")), None).error.expect("it failed");
        assert!(told.contains("RFC 3339") && told.contains("2026-03-31T09:00:00Z"), "{told}");
        let other = result(Taken::Failed(Failure::Wrong("message")), None).error.expect("it failed");
        assert!(other.contains("Unicode"), "{other}");
    }
}
