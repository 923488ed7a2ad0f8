use std::convert::Infallible;

use attune_ground::http::door::Listens;
use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use futures_util::stream::unfold;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{PendingAnswer, TalkView, TurnView};
use super::{LARGEST, nonce, read};
use crate::answers::{self, Event, Following};
use crate::own::{self, Change, Found};
use crate::places::Place;
use crate::rows;
use crate::say::{Told, Where, Words, say};
use crate::sealed::Status;
use crate::state::Talks;
use crate::written::cleaned;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Talks: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(my_talks, begin_talk))
        .routes(routes!(my_talk, go_on_talking, change_talk, delete_talk))
        .routes(routes!(answer_events))
        .routes(routes!(stop_answer))
        .routes(routes!(ask_again))
}

/// One's talks.
#[derive(Debug, Serialize, ToSchema)]
struct OwnTalks {
    /// The newest first.
    talks: Vec<TalkView>,
}

/// A talk with its turns.
#[derive(Debug, Serialize, ToSchema)]
struct OwnTalk {
    talk: TalkView,
    /// The oldest first.
    turns: Vec<TurnView>,
    /// Null where nothing is waited for.
    pending: Option<PendingAnswer>,
}

/// What one writes.
#[derive(Debug, Deserialize, ToSchema)]
struct SayBody {
    /// Up to 4,000 characters.
    message: String,
    /// 32 hexadecimal digits, drawn by chance: sent once more with the same it is no other message.
    #[serde(default)]
    id: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
struct SaidView {
    /// The number of the talk.
    talk: i64,
    /// What one wrote, and what was read of it.
    turn: TurnView,
    /// The answer; null where a language model is asked for it, whose events are at `answers/{number}/events`.
    answer: Option<TurnView>,
    /// The number of the answer.
    answer_number: i64,
    /// `active` or `requires_attention`.
    status: &'static str,
    /// Whether somebody should be brought in. Nobody is told but whom one chose for that.
    escalation_needed: bool,
}

impl SaidView {
    fn new(told: &Told, text: &str) -> Self {
        let turn = crate::sealed::Turn {
            text: text.to_owned(),
            read: told.read.clone(),
            support: None,
            by_model: false,
            stopped: false,
        };
        Self {
            talk: told.talk,
            turn: TurnView::new(told.number, true, told.at, Some(&turn)),
            answer: told.reply.as_ref().map(|reply| TurnView::new(told.number + 1, false, told.at, Some(reply))),
            answer_number: told.number + 1,
            status: told.status.name(),
            escalation_needed: told.escalated,
        }
    }
}

/// One's talks, without what was said in them.
#[utoipa::path(
    get, path = "/talks", tag = "talks", operation_id = "my_talks",
    responses(
        (status = 200, body = OwnTalks),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_talks(asker: Asker, State(state): State<Talks>) -> Result<Json<OwnTalks>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    Ok(Json(OwnTalks { talks: own::all(&state, &own).await?.iter().map(TalkView::from).collect() }))
}

/// Begins a talk with what one writes.
#[utoipa::path(
    post, path = "/talks", tag = "talks", operation_id = "begin_talk", request_body = SayBody,
    responses(
        (status = 201, body = SaidView, description = "it is written, or was before"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "one has not agreed to talks"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are too many talks"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written within an hour"),
    )
)]
async fn begin_talk(
    asker: Asker,
    State(state): State<Talks>,
    request: Request,
) -> Result<(StatusCode, Json<SaidView>), Problem> {
    said(&state, &asker, Where::New, request).await
}

async fn said(
    state: &Talks,
    asker: &Asker,
    place: Where,
    request: Request,
) -> Result<(StatusCode, Json<SaidView>), Problem> {
    let own = Own::of(state.people(), asker).await?;
    let (body, _): (SayBody, _) = json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let words = Words { place, nonce: nonce(body.id.as_deref())?, text: &body.message };
    let told = say(state, own.person, words).await?;
    Ok((StatusCode::CREATED, Json(SaidView::new(&told, &cleaned(&body.message)))))
}

/// A talk with all that was said in it, which one has seen from then on.
#[utoipa::path(
    get, path = "/talks/{id}", tag = "talks", operation_id = "my_talk",
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 200, body = OwnTalk),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
    )
)]
async fn my_talk(asker: Asker, State(state): State<Talks>, Path(id): Path<String>) -> Result<Json<OwnTalk>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, turns, .. } = own::find(&state, &own, read(&id)?).await?;
    let pending = own::pending(&state, &talk).await?.map(PendingAnswer::from);
    rows::note_seen(state.store(), &talk).await;
    Ok(Json(OwnTalk { talk: TalkView::from(&talk), turns: turns.iter().map(TurnView::from).collect(), pending }))
}

/// Writes on in a talk.
#[utoipa::path(
    post, path = "/talks/{id}", tag = "talks", operation_id = "go_on_talking", request_body = SayBody,
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 201, body = SaidView, description = "it is written, or was before"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "one has not agreed to talks"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "an answer is being made in it"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written within an hour"),
    )
)]
async fn go_on_talking(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<SaidView>), Problem> {
    said(&state, &asker, Where::Talk(read(&id)?), request).await
}

/// What is to be changed of a talk.
#[derive(Debug, Deserialize, ToSchema)]
struct ChangeTalkBody {
    /// Up to 60 characters.
    #[serde(default)]
    title: Option<String>,
    /// `active`, `archived` or `ended`.
    #[serde(default)]
    status: Option<String>,
}

/// Gives a talk another title, puts it away, ends it, or takes it up again.
#[utoipa::path(
    patch, path = "/talks/{id}", tag = "talks", operation_id = "change_talk", request_body = ChangeTalkBody,
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 204, description = "it is so from now on"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
    )
)]
async fn change_talk(
    asker: Asker,
    State(state): State<Talks>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    let bodies = state.people().bodies();
    let (body, _): (ChangeTalkBody, _) = json::take(bodies, request, LARGEST, UnknownFields::Refused).await?;
    let known = [Status::Active, Status::Archived, Status::Ended];
    let status = body.status.map(|name| {
        let status = known.into_iter().find(|status| status.name() == name);
        status.ok_or_else(|| Problem::bad_request("status", "status is active, archived or ended"))
    });
    let change = Change { title: body.title, status: status.transpose()? };
    own::change(&state, (talk.person, talk.id), &change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a talk with all that was said in it, and its report.
#[utoipa::path(
    delete, path = "/talks/{id}", tag = "talks", operation_id = "delete_talk",
    params(("id" = String, Path, description = "the talk's number")),
    responses(
        (status = 204, description = "it is gone"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
    )
)]
async fn delete_talk(asker: Asker, State(state): State<Talks>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    own::delete(&state, (talk.person, talk.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From where on an answer is told.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct AnswerEventsQuery {
    /// The number of the first piece, from 0 on; the first of all where it is left out.
    from: usize,
}

/// An answer as it comes, as server-sent events: `piece` with `number` and `text`, `instead` where all before it is taken back, then `answer`
/// with the whole, which is in the place of all pieces, or `stopped`, or `cut`. What was said before is told first, from a piece on, so that a page that was loaded anew goes on in the
/// middle.
#[utoipa::path(
    get, path = "/talks/{id}/answers/{number}/events", tag = "talks", operation_id = "answer_events",
    params(("id" = String, Path, description = "the talk's number"), ("number" = i64, Path, description = "the answer's"), AnswerEventsQuery),
    responses(
        (status = 200, body = String, content_type = "text/event-stream", description = "events up to the end of the answer"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such talk"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "one has too many streams open"),
    )
)]
async fn answer_events(
    asker: Asker,
    State(state): State<Talks>,
    Path((id, number)): Path<(String, i64)>,
    Query(asked): Query<AnswerEventsQuery>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { key, talk, .. } = own::find(&state, &own, read(&id)?).await?;
    let place = state.places().take(own.login);
    let place = place.ok_or_else(|| Problem::too_many("you have as many streams open as may be: close one", 5))?;
    let following = Following::new(&state, key, (talk.person, talk.id, number), asked.from);
    let events = unfold((following, place), next);
    let headers = [
        (header::CACHE_CONTROL, "private, no-store"),
        // A proxy that gathers answers before it hands them on would show this one at its end.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Extension(Listens), Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}

/// The next event, for who has a place.
async fn next((mut following, place): (Following, Place)) -> Option<(Result<Sent, Infallible>, (Following, Place))> {
    let event = match following.next().await {
        Ok(event) => event?,
        Err(error) => {
            tracing::warn!(%error, "An answer could not be read; its page asks again.");
            return None;
        }
    };
    let sent = match event {
        Event::Piece(number, text) => Sent::default()
            .event("piece")
            .id(number.to_string())
            .data(json!({"number": number, "text": text}).to_string()),
        Event::Instead(number) => Sent::default().event("instead").id(number.to_string()).data("{}"),
        Event::Answered(turn) => Sent::default()
            .event("answer")
            .data(json!({"text": turn.text, "support_type": turn.support, "stopped": turn.stopped}).to_string()),
        Event::Stopped => Sent::default().event("stopped").data("{}"),
        Event::Cut => Sent::default().event("cut").data("{}"),
    };
    Some((Ok(sent), (following, place)))
}

/// Stops an answer that is being made, also before its first word: nothing more is asked of the model.
#[utoipa::path(
    post, path = "/talks/{id}/answers/{number}/stop", tag = "talks", operation_id = "stop_answer",
    params(("id" = String, Path, description = "the talk's number"), ("number" = i64, Path, description = "the answer's")),
    responses(
        (status = 204, description = "it is stopped, or had come to its end"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "no such answer was asked for"),
    )
)]
async fn stop_answer(
    asker: Asker,
    State(state): State<Talks>,
    Path((id, number)): Path<(String, i64)>,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    answers::stop(&state, (talk.person, talk.id, number)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks anew for an answer that was cut.
#[utoipa::path(
    post, path = "/talks/{id}/answers/{number}/again", tag = "talks", operation_id = "ask_again",
    params(("id" = String, Path, description = "the talk's number"), ("number" = i64, Path, description = "the answer's")),
    responses(
        (status = 204, description = "it is being made"),
        (status = 403, body = Problem, content_type = "application/problem+json", description = "one does not agree to a model any more"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "no such answer was cut"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "the talk has gone on since"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "models were asked as often as they may be within a day"),
    )
)]
async fn ask_again(
    asker: Asker,
    State(state): State<Talks>,
    Path((id, number)): Path<(String, i64)>,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let Found { talk, .. } = own::find(&state, &own, read(&id)?).await?;
    answers::again(&state, (talk.person, talk.id, number)).await?;
    Ok(StatusCode::NO_CONTENT)
}
