use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem, Query};
use attune_ground::time::rfc3339;
use attune_people::me::Own;
use attune_people::rights::Asker;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{LARGEST, nonce};
use crate::letters::{self, Letter, Side, Thread, Writer, written};
use crate::state::Contact;

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Contact: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(my_letters, write_letter)).routes(routes!(my_thread, answer_letter))
}

/// A thread of letters between a person and HR.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LetterThread {
    /// Its id.
    id: String,
    /// Null where it does not open.
    subject: Option<String>,
    /// Who began: `person` or `hr`.
    begun_by: &'static str,
    /// When the first letter was written, RFC 3339.
    opened_at: String,
    /// When the last one was.
    last_at: String,
    /// How many there were.
    letters: i64,
    /// Whether one waits that you have not read.
    unread: bool,
}

impl LetterThread {
    pub(super) fn new(of: &Thread, side: Side) -> Self {
        Self {
            id: written(&of.id),
            subject: of.subject.clone(),
            begun_by: name(of.begun_by),
            opened_at: rfc3339(of.opened_at),
            last_at: rfc3339(of.last_at),
            letters: of.letters,
            unread: of.waits_for(side),
        }
    }
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Person => "person",
        Side::Hr => "hr",
    }
}

/// A letter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LetterView {
    /// Its number in the thread, from 1 on.
    number: i64,
    /// Which side wrote it: `person` or `hr`.
    from: &'static str,
    /// What its writer is called; null where that is not known any more.
    name: Option<String>,
    /// When it was written, RFC 3339.
    at: String,
    /// Null where it does not open.
    text: Option<String>,
    /// Whether the other side has read it.
    read: bool,
}

/// A thread with a page of its letters, up to 50.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LetterThreadView {
    thread: LetterThread,
    /// The oldest first.
    letters: Vec<LetterView>,
    /// Give this as `before` for the letters before these; null where there are none.
    earlier: Option<i64>,
}

/// Which letters of a thread are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct LetterThreadQuery {
    /// What `earlier` of the page behind says; the newest letters where it is left out.
    pub(super) before: Option<i64>,
}

/// A page of a thread as a side sees it, which has read it from then on.
///
/// # Errors
/// When the database refuses, or the key of the person was destroyed.
pub(super) async fn view(
    state: &Contact,
    of: &Thread,
    side: Side,
    asked: &LetterThreadQuery,
) -> Result<LetterThreadView, Problem> {
    let page = letters::page(state, of, side, asked.before).await?;
    let shown = page.letters.iter().map(|letter| LetterView {
        number: letter.number,
        from: name(letter.side),
        name: page.writer(letter).map(str::to_owned),
        at: rfc3339(letter.at),
        read: of.read_by(letter.side.other()) >= letter.number,
        text: letter.said.as_ref().map(|said| said.text.clone()),
    });
    Ok(LetterThreadView { thread: LetterThread::new(of, side), letters: shown.collect(), earlier: page.earlier })
}

/// One's letters.
#[derive(Debug, Serialize, ToSchema)]
struct OwnLetters {
    /// The newest first.
    threads: Vec<LetterThread>,
}

/// A letter that begins a thread.
#[derive(Debug, Deserialize, ToSchema)]
struct WriteLetter {
    /// Up to 120 characters.
    subject: String,
    /// Up to 4,000 characters.
    text: String,
    /// 32 hexadecimal digits, drawn by chance: sent once more with the same it is no other letter.
    #[serde(default)]
    id: Option<String>,
}

/// One more letter of a thread.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct AnswerLetter {
    /// Up to 4,000 characters.
    text: String,
    /// 32 hexadecimal digits, drawn by chance: sent once more with the same it is no other letter.
    #[serde(default)]
    id: Option<String>,
}

/// Takes in a letter that answers.
///
/// # Errors
/// As of [`json::take`], and 400 for an id that does not read.
pub(super) async fn take_answer(state: &Contact, request: Request) -> Result<Letter, Problem> {
    let (body, _): (AnswerLetter, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    Ok(Letter { nonce: nonce(body.id.as_deref())?, text: body.text })
}

/// The thread that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BegunThread {
    /// Its id.
    pub(super) id: String,
}

/// Letters between oneself and HR. Nobody else reads them.
#[utoipa::path(
    get, path = "/me/letters", tag = "contact", operation_id = "my_letters",
    responses(
        (status = 200, body = OwnLetters),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
    )
)]
async fn my_letters(asker: Asker, State(state): State<Contact>) -> Result<Json<OwnLetters>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let all = letters::of_people(&state, &own.people).await?;
    Ok(Json(OwnLetters { threads: all.iter().map(|of| LetterThread::new(of, Side::Person)).collect() }))
}

/// Writes to HR.
#[utoipa::path(
    post, path = "/me/letters", tag = "contact", operation_id = "write_letter", request_body = WriteLetter,
    responses(
        (status = 201, body = BegunThread, description = "it is written, or was before"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are too many threads"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written within an hour"),
    )
)]
async fn write_letter(
    asker: Asker,
    State(state): State<Contact>,
    request: Request,
) -> Result<(StatusCode, Json<BegunThread>), Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let (body, _): (WriteLetter, _) =
        json::take(state.people().bodies(), request, LARGEST, UnknownFields::Refused).await?;
    let letter = Letter { nonce: nonce(body.id.as_deref())?, text: body.text };
    let id = letters::open(&state, own.person, Writer::Person(own.login), &body.subject, &letter).await?;
    Ok((StatusCode::CREATED, Json(BegunThread { id: written(&id) })))
}

/// A thread of one's letters, a page at a time, which one has read from then on.
#[utoipa::path(
    get, path = "/me/letters/{id}", tag = "contact", operation_id = "my_letter_thread",
    params(("id" = String, Path, description = "the thread's id"), LetterThreadQuery),
    responses(
        (status = 200, body = LetterThreadView),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such thread"),
    )
)]
async fn my_thread(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    Query(asked): Query<LetterThreadQuery>,
) -> Result<Json<LetterThreadView>, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let of = letters::find(&state, &id, Some(&own.people)).await?;
    Ok(Json(view(&state, &of, Side::Person, &asked).await?))
}

/// Writes one more letter of a thread.
#[utoipa::path(
    post, path = "/me/letters/{id}", tag = "contact", operation_id = "answer_letter", request_body = AnswerLetter,
    params(("id" = String, Path, description = "the thread's id")),
    responses(
        (status = 204, description = "it is written, or was before"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such thread"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are too many letters in it"),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "too much was written within an hour"),
    )
)]
async fn answer_letter(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let of = letters::find(&state, &id, Some(&own.people)).await?;
    let letter = take_answer(&state, request).await?;
    letters::reply(&state, &of, Writer::Person(own.login), &letter).await?;
    Ok(StatusCode::NO_CONTENT)
}
