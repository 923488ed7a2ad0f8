//! Talks as clients of MindPulse have them, in its envelope and its names.

use attune_ground::http::envelope::{refused, told};
use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_ground::time::rfc3339;
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_protocol::ids::PersonId;
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::awaited::awaited;
use crate::own;
use crate::rows::{self, Opened, Talk};
use crate::say::{Where, Words, say};
use crate::sealed::{Read, TalkId, level_name};
use crate::state::Talks;

/// Bytes of a body.
const LARGEST: usize = 64 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Talks: FromRef<S>,
{
    Router::new()
        .route("/api/chatbot/chat", post(chat))
        .route("/api/chatbot/chat/", post(chat))
        .route("/api/chatbot/conversations", get(conversations))
        .route("/api/chatbot/conversations/", get(conversations))
        .route("/api/chatbot/conversations/{id}/messages", get(messages))
        .route("/api/chatbot/conversations/{id}/messages/", get(messages))
}

/// What somebody writes.
#[derive(Deserialize)]
struct Given {
    message: String,
    #[serde(default)]
    conversation_id: Option<TalkId>,
}

fn analysis(read: &Read) -> Value {
    let (sentiment, sentiment_score) = read.sentiment().unzip();
    let (emotion, emotion_score) = read.emotion().unzip();
    let (stress, stress_score) = read.stress().unzip();
    json!({
        "sentiment": sentiment,
        "sentiment_score": sentiment_score,
        "emotion": emotion,
        "emotion_score": emotion_score,
        "stress_detected": stress,
        "stress_score": stress_score,
        "crisis_level": level_name(read.level()),
        "crisis_indicators": read.indicators,
        "support_request": read.wants,
        "entities": read.entities,
        "intent": read.intent,
        "importance_score": read.importance,
    })
}

async fn chat(asker: Asker, State(state): State<Talks>, request: Request) -> Response {
    let answer = async {
        let own = Own::of(state.people(), &asker).await?;
        let bodies = state.people().bodies();
        let (given, _): (Given, _) = json::take(bodies, request, LARGEST, UnknownFields::Ignored).await?;
        let place = given.conversation_id.map_or(Where::New, Where::Talk);
        let words = Words { place, nonce: PersonId::random().0, text: &given.message };
        let said = say(&state, own.person, words).await?;
        let reply = awaited(&state, own.person, &said).await?;
        Ok::<_, Problem>(json!({
            "conversation_id": said.talk,
            "message": reply.text,
            "support_type": reply.support,
            "user_message_analysis": said.read.as_ref().map(analysis),
            "escalation_needed": said.escalated,
            "conversation_status": said.status.name(),
            "timestamp": rfc3339(said.at),
        }))
    };
    answer.await.map_or_else(refused, |data| told(StatusCode::OK, "The message was answered", data))
}

fn shown(talk: &Talk) -> Value {
    let head = talk.head.as_ref();
    json!({
        "id": talk.id,
        "conversation_id": talk.id,
        "title": head.map(|head| head.title.as_str()),
        "status": head.map(|head| head.status.name()),
        "message_count": talk.turns,
        "created_at": rfc3339(talk.opened_at),
        "updated_at": rfc3339(talk.last_at),
    })
}

async fn conversations(asker: Asker, State(state): State<Talks>) -> Response {
    let answer = async {
        let own = Own::of(state.people(), &asker).await?;
        let all = own::all(&state, &own).await?;
        Ok::<_, Problem>(json!({"conversations": all.iter().map(shown).collect::<Vec<_>>()}))
    };
    answer.await.map_or_else(refused, |data| told(StatusCode::OK, "Conversations", data))
}

fn message(turn: &Opened) -> Value {
    let of = turn.turn.as_ref();
    json!({
        "id": turn.number,
        "sender": if turn.own { "user" } else { "bot" },
        "message": of.map(|of| of.text.as_str()),
        "support_type": of.and_then(|of| of.support.as_deref()),
        "analysis": of.and_then(|of| of.read.as_ref()).map(analysis),
        "timestamp": rfc3339(turn.at),
    })
}

async fn messages(asker: Asker, State(state): State<Talks>, Path(id): Path<TalkId>) -> Response {
    let answer = async {
        let own = Own::of(state.people(), &asker).await?;
        let found = own::find(&state, &own, id).await?;
        rows::note_seen(state.store(), &found.talk).await;
        let messages: Vec<Value> = found.turns.iter().map(message).collect();
        Ok::<_, Problem>(json!({"conversation": shown(&found.talk), "messages": messages}))
    };
    answer.await.map_or_else(refused, |data| told(StatusCode::OK, "Messages", data))
}
