use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_ground::time::rfc3339;
use attune_people::access::{self, Of};
use attune_people::accounts;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::letters::{AnswerLetter, BegunThread, LetterThread, LetterThreadQuery, LetterThreadView, take_answer, view};
use super::{LARGEST, nonce};
use crate::letters::{self, Everybody, Letter, Side, Writer, written};
use crate::reminders;
use crate::state::Contact;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Contact: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(hr_threads, hr_write_letter)).routes(routes!(hr_thread, hr_answer_letter))
}

/// Which threads are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct HrThreadsQuery {
    /// What `next` of the page before says; the newest where it is left out.
    before: Option<i64>,
}

/// A thread, and with whom it is.
#[derive(Debug, Serialize, ToSchema)]
struct HrLetterThread {
    /// The person's user id; null where it does not open.
    user_id: Option<String>,
    thread: LetterThread,
}

/// That reminders went unanswered, and nothing else.
#[derive(Debug, Serialize, ToSchema)]
struct UnansweredReminders {
    /// The person's user id; null where it does not open.
    user_id: Option<String>,
    /// Since when HR is told, RFC 3339.
    told_at: String,
}

/// HR's letters.
#[derive(Debug, Serialize, ToSchema)]
struct HrLetters {
    /// The newest first.
    threads: Vec<HrLetterThread>,
    /// Of whom three reminders in a row went unanswered which they chose for themselves; they know that HR is told. Empty where the profile
    /// does not let it be told.
    unanswered: Vec<UnansweredReminders>,
    /// Give this as `before` for the next page; null where there is none.
    next: Option<i64>,
}

/// Letters between people and HR.
#[utoipa::path(
    get, path = "/hr/threads", tag = "contact", operation_id = "hr_letter_threads", params(HrThreadsQuery),
    responses((status = 200, body = HrLetters))
)]
async fn hr_threads(
    State(state): State<Contact>,
    Query(asked): Query<HrThreadsQuery>,
) -> Result<Json<HrLetters>, Problem> {
    let Everybody { threads, next } = letters::of_everybody(&state, asked.before.unwrap_or(i64::MAX)).await?;
    let now = state.store().database_time().await?;
    let unanswered = reminders::notices(&state, now).await?;
    let unanswered =
        unanswered.into_iter().map(|of| UnansweredReminders { user_id: of.user, told_at: rfc3339(of.told_at) });
    let threads =
        threads.into_iter().map(|(of, user_id)| HrLetterThread { user_id, thread: LetterThread::new(&of, Side::Hr) });
    Ok(Json(HrLetters { threads: threads.collect(), unanswered: unanswered.collect(), next }))
}

/// A letter of HR's that begins a thread.
#[derive(Debug, Deserialize, ToSchema)]
struct HrWriteLetter {
    /// To whom: their user id.
    user_id: String,
    /// Up to 120 characters.
    subject: String,
    /// Up to 4,000 characters.
    text: String,
    /// 32 hexadecimal digits, drawn by chance: sent once more with the same it is no other letter.
    #[serde(default)]
    id: Option<String>,
}

/// Writes to a person. It is on record.
#[utoipa::path(
    post, path = "/hr/threads", tag = "contact", operation_id = "hr_write_letter", request_body = HrWriteLetter,
    responses(
        (status = 201, body = BegunThread, description = "it is written, or was before"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such person"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are too many threads"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written to them within an hour"),
    )
)]
async fn hr_write_letter(
    asker: Asker,
    State(state): State<Contact>,
    request: Request,
) -> Result<(StatusCode, Json<BegunThread>), Problem> {
    let (body, _): (HrWriteLetter, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let letter = Letter { nonce: nonce(body.id.as_deref())?, text: body.text };
    let person = accounts::find_person(state.store(), state.people().keys(), &body.user_id).await?;
    let person = person.ok_or_else(|| Problem::not_found("nobody here has this user_id"))?;
    let id = letters::open(&state, person, Writer::Hr(&asker), &body.subject, &letter).await?;
    Ok((StatusCode::CREATED, Json(BegunThread { id: written(&id) })))
}

/// A thread, a page at a time, which HR has read from then on. That it was read stands in the person's log.
#[utoipa::path(
    get, path = "/hr/threads/{id}", tag = "contact", operation_id = "hr_letter_thread",
    params(("id" = String, Path, description = "the thread's id"), LetterThreadQuery),
    responses(
        (status = 200, body = LetterThreadView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such thread"),
    )
)]
async fn hr_thread(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    Query(asked): Query<LetterThreadQuery>,
) -> Result<Json<LetterThreadView>, Problem> {
    let of = letters::find(&state, &id, None).await?;
    access::read(state.store(), &asker, Of::Person(of.person)).await?;
    Ok(Json(view(&state, &of, Side::Hr, &asked).await?))
}

/// Writes one more letter of a thread. It is on record.
#[utoipa::path(
    post, path = "/hr/threads/{id}", tag = "contact", operation_id = "hr_answer_letter", request_body = AnswerLetter,
    params(("id" = String, Path, description = "the thread's id")),
    responses(
        (status = 204, description = "it is written, or was before"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such thread"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are too many letters in it"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written to them within an hour"),
    )
)]
async fn hr_answer_letter(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let of = letters::find(&state, &id, None).await?;
    let letter = take_answer(&state, request).await?;
    letters::reply(&state, &of, Writer::Hr(&asker), &letter).await?;
    Ok(StatusCode::NO_CONTENT)
}
