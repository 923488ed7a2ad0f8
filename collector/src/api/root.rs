use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ApiState;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(about))
}

/// What this service is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) struct About {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where to go from here.
    endpoints: Vec<&'static str>,
}

/// Name, version and what there is.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, body = About)))]
pub(crate) async fn about() -> Json<About> {
    Json(About {
        name: "attune-collector",
        version: env!("CARGO_PKG_VERSION"),
        endpoints: vec![
            "/api/v1/health",
            "/api/v1/sessions",
            "/api/v1/sessions/{id}",
            "/api/v1/sessions/{id}/windows",
            "/api/v1/sessions/{id}/graph.svg",
            "/api/v1/sessions/{id}/graph.png",
            "/api/v1/openapi.json",
            "/docs",
            "/redoc",
        ],
    })
}
