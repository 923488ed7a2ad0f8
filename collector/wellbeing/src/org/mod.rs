//! Teams, for who answers for them: HR sees all of them, who leads a team sees that one.
//!
//! Everything here is made of figures that [`crate::team`] has given: a mean over weeks, a comparison, a file and a page say nothing
//! that those do not. No row of a person is read.
//!
//! | table | holds |
//! |---|---|
//! | `saved_views` | what a login keeps of these pages: a name, and what the page is asked for |

mod api;
mod asked;
mod barred;
mod csv;
mod mindpulse;
mod pages;
mod parquet;
#[cfg(test)]
mod testing;
mod told;
mod views;
mod whose;
mod words;

use attune_ground::http::document;
use axum::Router;
use axum::extract::FromRef;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::state::Wellbeing;

pub(crate) use views::{count, export};

/// What programs ask for.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S>
where
    Wellbeing: FromRef<S>,
{
    api::router()
}

/// The paths of MindPulse that are about teams.
pub(crate) fn unversioned<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    mindpulse::router()
}

/// What is seen in a browser.
pub(crate) fn pages<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Wellbeing: FromRef<S>,
{
    pages::router()
}

/// Adds the examples to the OpenAPI document.
pub(crate) fn describe(document: &mut Value) {
    document::add_examples(document, include_str!("examples.json"));
}
