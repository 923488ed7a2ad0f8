//! The analysis API: assembles the routes of the other rooms and serves them on loopback.

pub(crate) mod body;
mod document;
mod problem;
mod query;
mod root;
mod server;
mod unversioned;

use std::sync::Arc;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use problem::Problem;
pub use query::Query;
pub(crate) use root::about;
pub(crate) use server::{app, listen, serve};

use attune_analysis::networks::Networks;

use crate::analyze::Pool;
use crate::health::Health;
use crate::keys::PersonKeys;
use crate::stats::Meter;
use crate::store::Store;

/// What handlers need.
#[derive(Clone)]
pub(crate) struct ApiState {
    /// The database.
    pub store: Store,
    /// Keys to open people's data with.
    pub people: PersonKeys,
    /// How the parts are.
    pub health: Arc<Health>,
    /// The networks that analyses run.
    pub networks: Networks,
    /// Where analyses run.
    pub pool: Pool,
    /// The memory that bodies may take.
    pub bodies: body::Bodies,
    /// Counts and times.
    pub meter: Arc<Meter>,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Attune collector", description = "Sessions of wellbeing, fused from features of people's own devices."),
    tags(
        (name = "service", description = "what this is and how it is"),
        (name = "analysis", description = "scores of what is sent, at once"),
        (name = "sessions", description = "people's windows with no gap over ten minutes, and what was sent for analysis"),
        (name = "preferences", description = "what people want of the analysis of what is sent for them")
    )
)]
struct Document;

/// All routes under `/api/v1` with their description.
fn routes() -> OpenApiRouter<ApiState> {
    let v1 = OpenApiRouter::new()
        .merge(root::router())
        .merge(crate::health::router())
        .merge(crate::models::router())
        .merge(crate::stats::routes::router())
        .merge(crate::analyze::routes::router())
        .merge(crate::preferences::routes::router())
        .merge(crate::sessions::routes::router())
        .merge(crate::graph::routes::router());
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", v1)
}

/// The OpenAPI 3.1 document as JSON text, as it is committed in `collector/openapi.json`.
///
/// # Panics
/// Never: the document holds nothing that JSON cannot write.
#[must_use]
pub fn openapi() -> String {
    let document = serde_json::to_value(routes().to_openapi()).expect("a document of strings and numbers");
    let mut text =
        serde_json::to_string_pretty(&document::finished(document)).expect("a document of strings and numbers");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_document_is_the_one_that_is_served() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == super::openapi(),
            "the API has changed: look at the difference, then run `attune-collector openapi > collector/openapi.json`"
        );
    }
}
