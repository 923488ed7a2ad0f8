//! The analysis API: assembles the routes of the other rooms and serves them on loopback.

mod problem;
mod query;
mod root;
mod server;

use std::sync::Arc;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use problem::Problem;
pub use query::Query;
pub use server::{app, listen, serve};

use crate::health::Health;
use crate::keys::PersonKeys;
use crate::store::Store;

/// What handlers need.
#[derive(Clone, Debug)]
pub struct ApiState {
    /// The database.
    pub store: Store,
    /// Keys to open people's data with.
    pub people: PersonKeys,
    /// How the parts are.
    pub health: Arc<Health>,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Attune collector", description = "Sessions of wellbeing, fused from features of people's own devices."),
    tags(
        (name = "service", description = "what this is and how it is"),
        (name = "sessions", description = "people's windows with no gap over ten minutes")
    )
)]
struct Document;

/// All routes under `/api/v1` with their description.
fn routes() -> OpenApiRouter<ApiState> {
    let v1 = OpenApiRouter::new()
        .merge(root::router())
        .merge(crate::health::router())
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
    let mut text = routes().to_openapi().to_pretty_json().expect("a document of strings and numbers");
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
