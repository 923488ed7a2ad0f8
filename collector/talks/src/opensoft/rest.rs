//! The paths of OpenSoft's first version: one's chats, and one of them. A response that a client hands in with a message is not taken: what
//! answers here is answered here.

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_protocol::ids::PersonId;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, User};
use crate::awaited::awaited;
use crate::own;
use crate::rows::Opened;
use crate::say::{Where, Words, say};
use crate::sealed::{TalkId, Turn};
use crate::state::Talks;
use crate::written::cleaned;

/// Bytes of a body.
const LARGEST: usize = 64 << 10;

/// A message of a client.
#[derive(Deserialize)]
struct Given {
    message: String,
}

/// As this system refuses.
fn refused(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({"error": problem.detail}))).into_response()
}

fn told(answer: Result<Value, Problem>) -> Response {
    answer.map_or_else(refused, |value| Json(value).into_response())
}

fn read(id: &str) -> Result<TalkId, Problem> {
    id.parse().map_err(|_| Problem::not_found("there is no such chat"))
}

/// One's chats.
pub(super) async fn list(asker: Asker, State(state): State<Talks>) -> Response {
    let answer = async {
        let own = Own::of(state.people(), &asker).await?;
        let user = User::of(&state, &own).await?;
        let talks = own::all(&state, &own).await?;
        let shown = talks.iter().map(|talk| {
            let title = talk.head.as_ref().map(|head| head.title.as_str());
            json!({"chat_id": talk.id, "title": title, "timestamp": rfc3339(talk.last_at)})
        });
        Ok::<_, Problem>(json!({"user_id": user.id, "chat_history": shown.collect::<Vec<_>>()}))
    };
    told(answer.await)
}

/// One of them.
pub(super) async fn show(asker: Asker, State(state): State<Talks>, Path(id): Path<String>) -> Response {
    let answer = async {
        let own = Own::of(state.people(), &asker).await?;
        let user = User::of(&state, &own).await?;
        let found = own::find(&state, &own, read(&id)?).await?;
        Ok::<_, Problem>(json!({"chat_id": found.talk.id, "messages": shape::messages(&user, &found.turns)}))
    };
    told(answer.await)
}

/// Says something in one of them, and gives both what was said and what answers it.
async fn said_in(asker: &Asker, state: &Talks, id: &str, request: Request) -> Result<Value, Problem> {
    let own = Own::of(state.people(), asker).await?;
    let user = User::of(state, &own).await?;
    let bodies = state.people().bodies();
    let (given, _): (Given, _) = json::take(bodies, request, LARGEST, UnknownFields::Ignored).await?;
    let words = Words { place: Where::Talk(read(id)?), nonce: PersonId::random().0, text: &given.message };
    let said = say(state, own.person, words).await?;
    let reply = awaited(state, own.person, &said).await?;
    let text = cleaned(&given.message);
    let own_turn = Turn { text, read: None, support: None, by_model: false, stopped: false };
    let both = [
        Opened { number: said.number, own: true, at: said.at, turn: Some(own_turn) },
        Opened { number: said.number + 1, own: false, at: said.at, turn: Some(reply) },
    ];
    Ok(json!({"chat_id": said.talk, "messages": shape::messages(&user, &both)}))
}

/// The same, as it is asked for.
pub(super) async fn write(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    told(said_in(&asker, &state, &id, request).await)
}
