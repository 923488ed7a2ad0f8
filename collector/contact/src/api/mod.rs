//! Reminders and letters for programs: what is one's own, and letters for HR.

mod letters;
mod reminders;
mod threads;

use attune_ground::http::{Problem, document};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::letters::ThreadId;
use crate::state::Contact;

/// Bytes of a body here.
const LARGEST: usize = 64 << 10;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Contact: FromRef<S>,
{
    reminders::router().merge(letters::router()).merge(threads::router())
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// The id of a thread, as it is written.
fn written(id: &ThreadId) -> String {
    PersonId(*id).to_string()
}

/// The same, read.
///
/// # Errors
/// 404 for what is none.
fn read(text: &str) -> Result<ThreadId, Problem> {
    let id = text.parse::<PersonId>().map(|PersonId(id)| id);
    id.map_err(|_| Problem::not_found("there is no such thread of letters"))
}

/// By what a letter comes once: what its sender says, or what nobody else says.
///
/// # Errors
/// 400 for what is no id.
fn nonce(given: Option<&str>) -> Result<ThreadId, Problem> {
    let wrong = |_| Problem::bad_request("id", "id is 32 hexadecimal digits, drawn by chance, or left out");
    given.map_or(Ok(PersonId::random()), |text| text.parse::<PersonId>().map_err(wrong)).map(|PersonId(id)| id)
}
