use std::collections::HashMap;

use attune_ground::http::body::require_plain;
use attune_ground::http::{Path, Problem};
use attune_ground::time::now_millis;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::heard::{Deaf, Heard, heard};
use crate::channels::find_or_make;
use crate::incoming::{ChannelKind, Incoming};
use crate::senders::{Receiver, Sender};
use crate::state::Messages;
use crate::take::{Coming, Failure, Taken, empty, replace, take_each, withdraw};

/// Bytes of a body: of one message, and of a list of them.
const LARGEST: usize = 1 << 20;
const LARGEST_LIST: usize = 8 << 20;
/// Channels of one list: each is looked up by itself.
const MOST_CHANNELS: usize = 200;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Messages: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(receive))
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
struct ReceivedMessages {
    /// How many were stored, and wait to be read.
    stored: u32,
    /// How many were here before.
    known: u32,
    /// Those that were not taken in.
    failed: Vec<FailedMessage>,
}

/// One that was not taken in.
#[derive(Debug, Serialize, ToSchema)]
struct FailedMessage {
    /// Its place in the list, from 0.
    place: u32,
    /// Why, and what to do.
    error: String,
}

/// Hand messages in as a program that signs them: Slack's Events API, an outgoing webhook of Mattermost's, or any other.
///
/// The collector's file of receivers says which there are, of which kind each is, and the secret of each. Slack signs with
/// `x-slack-signature` and `x-slack-request-timestamp`; Mattermost gives its token in the body; any other program signs as the collector
/// signs what it tells of alerts, with `attune-signature: t=SECONDS,v1=HEX`: HMAC-SHA-256 of the seconds, a dot and the body. It sends a
/// message, `{channel, author, text, at, id, thread}`, or a list of up to 10,000. A message that comes twice is stored once, by its `id`.
#[utoipa::path(
    post, path = "/receivers/{name}", tag = "messages", operation_id = "receive_messages",
    params(("name" = String, Path, description = "the receiver, as the file calls it")),
    request_body(content = String, content_type = "application/octet-stream", description = "as the program sends it"),
    responses(
        (status = 200, body = ReceivedMessages, description = "all were taken in; an empty body for Slack and Mattermost"),
        (status = 207, body = ReceivedMessages, description = "some were not"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "it is not signed with the receiver's secret"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "messages are not taken in here"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such receiver"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "the body is too long"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much comes at a time"),
    )
)]
async fn receive(
    State(state): State<Messages>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    require_plain(request.headers())?;
    let sender = of(&state, &name)?.sender;
    let (head, body) = request.into_parts();
    let limit = if sender == Sender::Generic { LARGEST_LIST } else { LARGEST };
    let received = state.people().bodies().receive(body, limit).await?;
    answer(&state, &name, (&head.headers, &received.bytes[..]), now_millis() / 1000).await
}

fn of<'s>(state: &'s Messages, name: &str) -> Result<&'s Receiver, Problem> {
    state.receivers().get(name).ok_or_else(|| Problem::not_found("there is no such receiver"))
}

/// Answers a request that came whole at `now`, Unix seconds.
///
/// # Errors
/// As the route.
pub(crate) async fn answer(
    state: &Messages,
    name: &str,
    (headers, body): (&HeaderMap, &[u8]),
    now: i64,
) -> Result<Response, Problem> {
    let receiver = of(state, name)?;
    let what = heard(receiver, headers, body, now).map_err(|deaf| match deaf {
        Deaf::Refused(why) => Problem::unauthorized(why.words()),
        Deaf::Unreadable(expected) => Problem::bad_request("body", expected),
    })?;
    if let Heard::Answer(words) = what {
        return Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response());
    }
    // What is deleted where it was written goes here, too, where nothing is taken in any more.
    if !matches!(what, Heard::Forget { .. } | Heard::Empty { .. }) {
        state.check_taken_in()?;
    }
    state.receivers().pace(name.to_owned()).map_err(|wait| {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        Problem::too_many("too much comes at a time; send it again later", seconds)
    })?;
    done(state, receiver, what).await
}

/// Does what a request asks for.
async fn done(state: &Messages, receiver: &Receiver, what: Heard) -> Result<Response, Problem> {
    let kind = receiver.sender.channels();
    match what {
        Heard::Take(message) => {
            let channel = find_or_make(state, kind, &message.channel, &message.channel_name).await?;
            one(state, Coming::new(&channel, message)).await?;
        }
        Heard::Change(message, at) => change(state, kind, message, at).await?,
        Heard::Forget { channel, external_ref } => {
            let channel = find_or_make(state, kind, &channel, &channel).await?;
            withdraw(state, &channel, &external_ref).await?;
        }
        Heard::Empty { channel, external_ref, at } => {
            let channel = find_or_make(state, kind, &channel, &channel).await?;
            empty(state, &channel, &external_ref, at).await?;
        }
        Heard::Each(messages) => return each(state, receiver, messages).await,
        Heard::Answer(_) | Heard::Left(_) | Heard::Nothing => {}
    }
    Ok(StatusCode::OK.into_response())
}

/// Puts the words of a message in the place of those that it had, or takes it in, where it never came.
async fn change(state: &Messages, kind: ChannelKind, message: Incoming, at: Option<i64>) -> Result<(), Problem> {
    let channel = find_or_make(state, kind, &message.channel, &message.channel_name).await?;
    if replace(state, &channel, &message, at).await? {
        return Ok(());
    }
    if matches!(one(state, Coming::new(&channel, message.clone()).changed(at)).await?, Some(Taken::Known(_))) {
        // It came meanwhile, with the words that it had before.
        replace(state, &channel, &message, at).await?;
    }
    Ok(())
}

/// Takes one message in. Whoever it is of, nothing is told of them: a platform would send it again, and nothing would change.
async fn one(state: &Messages, message: Coming) -> Result<Option<Taken>, Problem> {
    match take_each(state, vec![Ok(message)]).await?.pop() {
        Some(Taken::Failed(Failure::NotStored)) => Err(Problem::busy("it could not be stored; send it again")),
        taken => Ok(taken),
    }
}

/// Takes a list in, and tells what became of each.
async fn each(
    state: &Messages,
    receiver: &Receiver,
    messages: Vec<Result<Incoming, &'static str>>,
) -> Result<Response, Problem> {
    let (mut coming, mut places) = (Vec::new(), Vec::new());
    let mut answer = ReceivedMessages { stored: 0, known: 0, failed: Vec::new() };
    let mut channels = HashMap::new();
    for (place, message) in (0..).zip(messages) {
        match message {
            Ok(message) => {
                let channel = match channels.get(&message.channel) {
                    Some(channel) => channel,
                    None if channels.len() >= MOST_CHANNELS => {
                        let error = format!("a list may be of {MOST_CHANNELS} channels: send it in several");
                        answer.failed.push(FailedMessage { place, error });
                        continue;
                    }
                    None => {
                        let kind = receiver.sender.channels();
                        let made = find_or_make(state, kind, &message.channel, &message.channel_name).await?;
                        channels.entry(message.channel.clone()).or_insert(made)
                    }
                };
                coming.push(Ok(Coming::new(channel, message)));
                places.push(place);
            }
            Err(error) => answer.failed.push(FailedMessage { place, error: error.to_owned() }),
        }
    }
    for (place, taken) in places.into_iter().zip(take_each(state, coming).await?) {
        match taken {
            Taken::Stored(_) => answer.stored += 1,
            Taken::Known(_) => answer.known += 1,
            Taken::Failed(failure) => answer.failed.push(FailedMessage { place, error: failure.words() }),
        }
    }
    answer.failed.sort_by_key(|failed| failed.place);
    let status = if answer.failed.is_empty() { StatusCode::OK } else { StatusCode::MULTI_STATUS };
    Ok((status, Json(answer)).into_response())
}
