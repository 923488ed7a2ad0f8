//! Reminders and letters for programs: what is one's own, and letters for HR.

mod letters;
mod reminders;
mod threads;

use attune_ground::http::{Problem, document};
use attune_protocol::ids::PersonId;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::letters::Nonce;
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

/// By what a letter comes once: what its sender says, or what nobody else says.
///
/// # Errors
/// 400 for what is no id.
fn nonce(given: Option<&str>) -> Result<Nonce, Problem> {
    let Some(text) = given else { return Ok(PersonId::random().0) };
    let wrong = || Problem::bad_request("id", "id is 32 hexadecimal digits, drawn by chance, or left out");
    crate::letters::nonce(text).ok_or_else(wrong)
}
