use std::sync::LazyLock;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::subjects::Subjects;

pub(super) fn router() -> OpenApiRouter<Subjects> {
    OpenApiRouter::new().routes(routes!(about))
}

/// What this service is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct About {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// Where to go from here.
    endpoints: &'static [String],
}

/// Name, version and what there is.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, body = About)))]
pub(super) async fn about() -> Json<About> {
    static ENDPOINTS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let described = super::routes().to_openapi().paths.paths.into_keys();
        described.chain(["/api/v1/openapi.json", "/docs", "/redoc"].map(String::from)).collect()
    });
    Json(About { name: "attune-collector", version: env!("CARGO_PKG_VERSION"), endpoints: &ENDPOINTS })
}
