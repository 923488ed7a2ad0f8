use attune_ground::http::{Path, Problem};
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{MessageResult, MessageSummary, hand_in};
use crate::body::{self, Strangers};
use crate::channels::{self, written};
use crate::error::MessagesError;
use crate::rows::{Reason, Standing};
use crate::state::Messages;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Messages: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(hand_in_messages)).routes(routes!(message_state))
}

/// What became of messages.
#[derive(Debug, Serialize, ToSchema)]
struct MessageResults {
    /// In the order in which they were sent.
    results: Vec<MessageResult>,
    summary: MessageSummary,
}

/// A message that somebody wrote.
#[derive(ToSchema)]
#[expect(dead_code, reason = "each is read by itself, so that what does not read fails that one alone")]
struct MessageBody {
    /// The id of its channel.
    channel_id: String,
    /// The name that it has there: under one name a message is stored once.
    #[schema(max_length = 512)]
    external_ref: Option<String>,
    /// Who wrote it: the name that they have there, or their user id here.
    username: String,
    /// What they wrote, up to 64 KiB.
    message: String,
    /// When, RFC 3339; now where it is left out.
    #[schema(format = DateTime)]
    said_at: Option<String>,
}

/// One message, or up to 10,000 of them.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "as above")]
enum MessagesGiven {
    One(MessageBody),
    Several(Vec<MessageBody>),
}

/// Takes in messages. What is wrong with one fails that one alone; a text is destroyed once it is read.
#[utoipa::path(
    post, path = "/messages", tag = "messages", operation_id = "hand_in_messages", request_body = MessagesGiven,
    responses(
        (status = 201, body = MessageResults, description = "all of them are taken in, or came before"),
        (status = 207, body = MessageResults, description = "some failed; each says why"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "no messages are taken in here, by the rule that is named"),
    )
)]
async fn hand_in_messages(
    State(state): State<Messages>,
    request: Request,
) -> Result<(StatusCode, Json<MessageResults>), Problem> {
    let sent = body::take(state.people().bodies(), request, Strangers::Refused).await?;
    let (results, summary) = hand_in(&state, sent).await?;
    Ok((summary.status(), Json(MessageResults { results, summary })))
}

/// How a message stands. Nothing of what was read of it.
#[derive(Debug, Serialize, ToSchema)]
struct MessageStateView {
    /// Its id.
    message_id: String,
    /// `pending`, `processing`, `completed` or `failed`.
    status: &'static str,
    /// Why it failed, where it did.
    reason: Option<&'static str>,
}

/// How a message stands that was handed in.
#[utoipa::path(
    get, path = "/messages/{id}", tag = "messages", operation_id = "message_state",
    params(("id" = String, Path, description = "the message's id")),
    responses(
        (status = 200, body = MessageStateView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such message, or it is gone"),
    )
)]
async fn message_state(
    State(state): State<Messages>,
    Path(id): Path<String>,
) -> Result<Json<MessageStateView>, Problem> {
    let gone = || Problem::not_found("there is no such message, or it is gone");
    let id = channels::read(&id).ok_or_else(gone)?;
    let row = find(&state, id).await?;
    let (standing, reason) = row.ok_or_else(gone)?;
    Ok(Json(MessageStateView {
        message_id: written(&id),
        status: Standing::of_number(standing).name(),
        reason: reason.and_then(Reason::of_number).map(Reason::words),
    }))
}

async fn find(state: &Messages, id: [u8; 16]) -> Result<Option<(i64, Option<i64>)>, MessagesError> {
    let row = sqlx::query_as("SELECT state, reason FROM messages WHERE id = $1")
        .bind(id.to_vec())
        .fetch_optional(state.store().pool())
        .await?;
    Ok(row)
}
