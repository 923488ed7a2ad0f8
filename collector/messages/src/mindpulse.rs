//! Channels and messages as clients of MindPulse hand them in, in its envelope and its names.

use attune_ground::http::Problem;
use attune_ground::http::envelope::{refused, told};
use attune_ground::http::json::{self, UnknownFields};
use attune_ground::time::rfc3339;
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::hand_in;
use crate::body::{self, Strangers};
use crate::channels::{self, Channel, written};
use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::state::Messages;

/// Bytes of a channel's body.
const LARGEST: usize = 16 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Messages: FromRef<S>,
{
    Router::new()
        .route("/api/channels", get(list).post(make))
        .route("/api/channels/", get(list).post(make))
        .route("/api/messages", post(take))
        .route("/api/messages/", post(take))
}

/// A channel to be made.
#[derive(Deserialize)]
struct Given {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    external_id: String,
}

fn shown(channel: &Channel) -> Value {
    json!({
        "id": written(&channel.id),
        "name": channel.name,
        "type": channel.kind.name(),
        "external_id": channel.external_id,
        "is_active": channel.active,
        "created_at": rfc3339(channel.made_at),
    })
}

async fn list(State(state): State<Messages>) -> Response {
    let all = channels::all(state.store()).await.map_err(MessagesError::from);
    let shown = all.map(|all| all.iter().map(shown).collect::<Vec<_>>()).map_err(Problem::from);
    shown.map_or_else(refused, |channels| told(StatusCode::OK, "Channels", json!({"channels": channels})))
}

async fn make(State(state): State<Messages>, request: Request) -> Response {
    let answer = async {
        let bodies = state.people().bodies();
        let (given, _): (Given, _) = json::take(bodies, request, LARGEST, UnknownFields::Ignored).await?;
        let kind = ChannelKind::of_name(&given.kind).ok_or_else(|| {
            let kinds = ChannelKind::ALL.map(ChannelKind::name).join(", ");
            Problem::bad_request("type", format!("type is one of {kinds}"))
        })?;
        let channel = channels::make(&state, kind, &given.external_id, &given.name).await?;
        Ok::<_, Problem>(shown(&channel))
    };
    answer.await.map_or_else(refused, |channel| told(StatusCode::CREATED, "The channel was made", channel))
}

async fn take(State(state): State<Messages>, request: Request) -> Response {
    let answer = async {
        let sent = body::take(state.people().bodies(), request, Strangers::Ignored).await?;
        hand_in(&state, sent).await
    };
    answer.await.map_or_else(refused, |(results, summary)| {
        let said =
            if summary.status() == StatusCode::CREATED { "All messages were taken in" } else { "Some messages failed" };
        told(summary.status(), said, json!({"processed_messages": results, "summary": summary}))
    })
}
