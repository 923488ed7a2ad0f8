use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use attune_people::access::By;
use attune_people::accounts;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LARGEST;
use crate::channels::{self, Channel, written};
use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::state::Messages;
use crate::writers::{self, LONGEST as LONGEST_NAME, Linked, Others};

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Messages: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list_channels, make_channel))
        .routes(routes!(switch_channel))
        .routes(routes!(link_writer))
}

/// Where messages are written.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelView {
    /// Its id, with which messages of it are handed in.
    id: String,
    /// What it is called.
    name: String,
    /// What it is: `jira`, `chat`, `meeting`, `discord`, `slack`, `teams` or `email`.
    kind: &'static str,
    /// How the program that has it calls it; no two of a kind are called alike.
    external_id: String,
    /// Whether messages are taken in from it.
    active: bool,
    /// Since when it is known, RFC 3339.
    made_at: String,
}

impl From<Channel> for ChannelView {
    fn from(channel: Channel) -> Self {
        let Channel { id, kind, name, external_id, active, made_at } = channel;
        Self { id: written(&id), name, kind: kind.name(), external_id, active, made_at: rfc3339(made_at) }
    }
}

/// All channels.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelList {
    /// By kind and name.
    channels: Vec<ChannelView>,
}

/// A channel to be made.
#[derive(Debug, Deserialize, ToSchema)]
struct ChannelBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What it is: `jira`, `chat`, `meeting`, `discord`, `slack`, `teams` or `email`.
    kind: String,
    /// How the program that has it calls it.
    #[schema(min_length = 1, max_length = 200)]
    external_id: String,
}

/// What is changed of a channel.
#[derive(Debug, Deserialize, ToSchema)]
struct ChannelChangeBody {
    /// Whether messages are taken in from it.
    active: bool,
}

/// How somebody is called where they write.
#[derive(Debug, Deserialize, ToSchema)]
struct WriterBody {
    /// Where: a kind of channel.
    kind: String,
    /// An id, a name or an address of theirs there.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// Who they are here: their user id.
    #[schema(min_length = 1, max_length = 256)]
    user_id: String,
}

fn kind_of(name: &str) -> Result<ChannelKind, Problem> {
    ChannelKind::of_name(name).ok_or_else(|| {
        let kinds = ChannelKind::ALL.map(ChannelKind::name).join(", ");
        Problem::bad_request("kind", format!("kind is one of {kinds}"))
    })
}

/// All channels from which messages may come.
#[utoipa::path(
    get, path = "/channels", tag = "messages", operation_id = "list_channels",
    responses((status = 200, body = ChannelList))
)]
async fn list_channels(State(state): State<Messages>) -> Result<Json<ChannelList>, Problem> {
    let all = channels::all(state.store()).await?;
    Ok(Json(ChannelList { channels: all.into_iter().map(ChannelView::from).collect() }))
}

/// Makes a channel.
#[utoipa::path(
    post, path = "/channels", tag = "messages", operation_id = "make_channel", request_body = ChannelBody,
    responses(
        (status = 201, body = ChannelView),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there is a channel of this kind with this id"),
    )
)]
async fn make_channel(
    State(state): State<Messages>,
    request: Request,
) -> Result<(StatusCode, Json<ChannelView>), Problem> {
    let bodies = state.people().bodies();
    let (body, _): (ChannelBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let channel = channels::make(&state, kind_of(&body.kind)?, &body.external_id, &body.name).await?;
    Ok((StatusCode::CREATED, Json(ChannelView::from(channel))))
}

/// Takes messages in from a channel, or not any more.
#[utoipa::path(
    patch, path = "/channels/{id}", tag = "messages", operation_id = "switch_channel", request_body = ChannelChangeBody,
    params(("id" = String, Path, description = "the channel's id")),
    responses(
        (status = 204, description = "it is so from now on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such channel"),
    )
)]
async fn switch_channel(
    State(state): State<Messages>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let bodies = state.people().bodies();
    let (body, _): (ChannelChangeBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let changed = match channels::read(&id) {
        Some(id) => channels::set_active(state.store(), id, body.active).await?,
        None => false,
    };
    match changed {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("there is no such channel; GET /api/v1/channels lists them")),
    }
}

/// Says how somebody is called where they write, where that is not their user id.
#[utoipa::path(
    put, path = "/channels/writers", tag = "messages", operation_id = "link_writer", request_body = WriterBody,
    responses(
        (status = 204, description = "messages under this name are theirs from now on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "nobody of this user id is known"),
    )
)]
async fn link_writer(asker: Asker, State(state): State<Messages>, request: Request) -> Result<StatusCode, Problem> {
    let bodies = state.people().bodies();
    let (body, _): (WriterBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let kind = kind_of(&body.kind)?;
    if body.name.trim().is_empty() || body.name.chars().count() > LONGEST_NAME {
        return Err(Problem::bad_request("name", format!("name has 1 to {LONGEST_NAME} characters")));
    }
    let user_id = accounts::user_id(&body.user_id)?;
    let found = accounts::find_person(state.store(), state.people().keys(), &user_id).await;
    let by = By::asker(&asker);
    let linked = match found.map_err(MessagesError::from)? {
        Some(person) => writers::link(&state, (kind, &body.name), person, by.as_ref(), Others::Taken).await?,
        None => Linked::Nobody,
    };
    match linked {
        Linked::Done => Ok(StatusCode::NO_CONTENT),
        Linked::Nobody | Linked::Others => Err(Problem::not_found("nobody of this user id is known")),
    }
}
