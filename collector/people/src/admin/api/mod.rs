//! What programs of an administrator ask for, under `/api/v1/admin`.

mod accounts;
mod import;
mod machines;
mod people;
mod teams;
mod whole;

use attune_ground::http::{Problem, document};
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use super::PAGE;
use crate::People;

/// Bytes of a body of JSON here.
const LARGEST_BODY: usize = 16 << 10;
/// The most rows of a page.
const LARGEST_PAGE: i64 = 200;

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    People: FromRef<S>,
{
    whole::router()
        .merge(accounts::router())
        .merge(people::router())
        .merge(teams::router())
        .merge(machines::router())
        .merge(import::router())
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}

/// How many rows are asked for.
fn limit(asked: Option<i64>) -> Result<usize, Problem> {
    match asked {
        None => Ok(PAGE),
        Some(limit @ 1..=LARGEST_PAGE) => Ok(limit.unsigned_abs() as usize),
        Some(_) => Err(Problem::bad_request("limit", "limit goes from 1 to 200")),
    }
}
