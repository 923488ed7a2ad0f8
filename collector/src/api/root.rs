use std::sync::LazyLock;

use attune_pages::prefers_html;
use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
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

/// At `/` stands a page for who prefers HTML, as browsers do; everybody else is told there what `/api/v1` says.
pub(super) async fn page_or_about(request: Request, next: Next) -> Response {
    if request.uri().path() != "/" {
        return next.run(request).await;
    }
    let mut response =
        if prefers_html(request.headers()) { next.run(request).await } else { about().await.into_response() };
    if response.status().is_success() {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    }
    response
}
