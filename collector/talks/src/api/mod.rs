//! Talks for programs: what is one's own, help for everybody, and released reports for HR.

mod help;
mod own;
mod reports;
mod talks;
mod view;

use attune_ground::http::{Problem, document};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::sealed::TalkId;
use crate::state::Talks;

/// Bytes of a body here. A letter that is written in escapes (`\ud83d\ude00`) has twelve.
const LARGEST: usize = 64 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Talks: FromRef<S>,
{
    talks::router().merge(own::router()).merge(reports::router()).merge(help::router())
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// The number of a talk, read.
///
/// # Errors
/// 404 for what is none.
fn read(text: &str) -> Result<TalkId, Problem> {
    text.parse().map_err(|_| Problem::not_found("there is no such talk"))
}

/// By what something comes once: what its sender says, or what nobody else says.
///
/// # Errors
/// 400 for what is no id.
fn nonce(given: Option<&str>) -> Result<[u8; 16], Problem> {
    let wrong = |_| Problem::bad_request("id", "id is 32 hexadecimal digits, drawn by chance, or left out");
    given.map_or(Ok(PersonId::random()), |text| text.parse::<PersonId>().map_err(wrong)).map(|PersonId(id)| id)
}
