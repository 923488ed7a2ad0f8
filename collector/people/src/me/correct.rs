//! What a person says against a score, by the API and by the page of the score.

use attune_ground::http::json::{self, UnknownFields};
use attune_ground::http::{Path, Problem};
use attune_protocol::ids::PersonId;
use axum::Json;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::corrections::{self, Said};
use super::requests::{self, Kind};
use super::view::CorrectionView;
use super::{Own, pseudonym};
use crate::People;
use crate::rights::Asker;

/// Bytes of what is sent at once.
const LARGEST_BODY: usize = 16 << 10;
// An emoji of a note that is written in escapes has twelve.
const _: () = assert!(
    LARGEST_BODY > 12 * corrections::LONGEST + (2 << 10),
    "a note that may be kept is taken in however it is written"
);

/// The words with which a person says how a score was.
const LABELS: [&str; 3] = ["low", "usual", "high"];

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(list_corrections, correct)).routes(routes!(take_back))
}

/// Corrections, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct CorrectionList {
    /// All of them.
    corrections: Vec<CorrectionView>,
}

/// What one says against a score.
#[derive(Debug, Deserialize, ToSchema)]
struct CorrectionBody {
    /// The session, 32 hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    session_id: String,
    /// Of which score, `stress_level` for example; left out for the session as a whole.
    #[schema(max_length = 40, pattern = "^[a-z_]*$")]
    score: Option<String>,
    /// How it was: `low`, `usual` or `high`.
    #[schema(pattern = "^(low|usual|high)?$")]
    label: Option<String>,
    /// A note.
    #[schema(max_length = 1000)]
    note: Option<String>,
}

/// What one said against scores.
#[utoipa::path(get, path = "/me/corrections", tag = "me", operation_id = "my_corrections",
    responses((status = 200, body = CorrectionList), (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed")))]
async fn list_corrections(asker: Asker, State(people): State<People>) -> Result<Json<CorrectionList>, Problem> {
    let own = Own::of(&people, &asker).await?;
    let mut all = Vec::new();
    for person in &own.people {
        all.extend(corrections::of(&people.store, &people.keys, *person, None).await?);
    }
    Ok(Json(CorrectionList { corrections: all.iter().map(CorrectionView::from).collect() }))
}

/// Says something against a score: a note, a word that contradicts it, or both. The score stays; this stands beside it, here and in
/// the archive.
#[utoipa::path(post, path = "/me/corrections", tag = "me", operation_id = "correct_me", request_body = CorrectionBody,
    responses(
        (status = 201, body = CorrectionView),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "a field is wrong; it is named"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "the account is of nobody who is sensed"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "there are as many as may be"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "the body is not JSON"),
    ))]
async fn correct(
    asker: Asker,
    State(people): State<People>,
    request: Request,
) -> Result<(StatusCode, Json<CorrectionView>), Problem> {
    let own = Own::of(&people, &asker).await?;
    let (asked, _): (CorrectionBody, _) =
        json::take(&people.bodies, request, LARGEST_BODY, UnknownFields::Refused).await?;
    let about: PersonId = asked
        .session_id
        .parse()
        .map_err(|_| Problem::bad_request("session_id", "session_id has 32 hexadecimal digits"))?;
    let said = Said {
        score: asked.score.unwrap_or_default(),
        label: asked.label.unwrap_or_default(),
        note: asked.note.unwrap_or_default(),
    };
    let correction = say(&people, &own, about.0, said).await?;
    Ok((StatusCode::CREATED, Json(CorrectionView::from(&correction))))
}

/// Keeps what whoever asks says against a score.
///
/// # Errors
/// 400 for what is none, naming the field; 409 for one too many.
pub async fn say(people: &People, own: &Own, about: [u8; 16], said: Said) -> Result<corrections::Correction, Problem> {
    let (label, note) = (said.label.trim().to_owned(), said.note.trim().replace("\r\n", "\n"));
    if !label.is_empty() && !LABELS.contains(&label.as_str()) {
        return Err(Problem::bad_request("label", "label must be low, usual or high"));
    }
    if note.chars().count() > corrections::LONGEST {
        let most = corrections::LONGEST;
        return Err(Problem::bad_request("note", format!("note must have at most {most} characters")));
    }
    let is_name = |sign: char| sign.is_ascii_lowercase() || sign == '_';
    if said.score.len() > 40 || !said.score.chars().all(is_name) {
        return Err(Problem::bad_request("score", "score must be the name of a score, such as stress_level"));
    }
    if note.chars().any(|sign| misleads(sign) && sign != '\n') {
        return Err(Problem::bad_request(
            "note",
            "note holds signs that are not shown, or turn the text around: leave them out",
        ));
    }
    if label.is_empty() && note.is_empty() {
        return Err(Problem::bad_request("note", "say how it was by a label, a note or both"));
    }
    let said = Said { score: said.score, label, note };
    let added = corrections::add(&people.store, &people.keys, own.person, about, said).await?;
    let too_many = || Problem::conflict("note", "you have as many corrections as may be; take some back first");
    let added = added.ok_or_else(too_many)?;
    let mut transaction = people.store.begin().await?;
    requests::receive(&mut transaction, &pseudonym(&people.own, own.person), Kind::Correction, true).await?;
    transaction.commit().await?;
    Ok(added)
}

/// Whether a sign is none that is shown, or turns the direction of what stands around it.
#[must_use]
pub fn misleads(sign: char) -> bool {
    sign.is_control() || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Takes a correction back.
#[utoipa::path(delete, path = "/me/corrections/{id}", tag = "me", operation_id = "take_back_correction",
    params(("id" = String, Path, description = "the correction's id, 32 hexadecimal digits")),
    responses(
        (status = 204, description = "taken back"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "there is no such correction of yours"),
    ))]
async fn take_back(asker: Asker, State(people): State<People>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let own = Own::of(&people, &asker).await?;
    let unknown = || Problem::not_found("there is no such correction of yours");
    let id: PersonId = id.parse().map_err(|_| unknown())?;
    for person in &own.people {
        if corrections::remove(&people.store, *person, id.0).await? {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(unknown())
}
