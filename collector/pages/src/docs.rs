use std::borrow::Cow;
use std::sync::Arc;

use attune_ground::http::{Path, Problem};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_swagger_ui::Config;

pub(super) const PAGE: &str = include_str!("files/docs.html");

/// Swagger UI sets styles on its elements and draws its icons from data URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(page))
        .route("/docs/{file}", get(file))
}

async fn page() -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))];
    (policy, Html(PAGE)).into_response()
}

/// A file of Swagger UI as it was published; our own page and script stand in the place of its own.
async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    let known = matches!(name.as_str(), "swagger-ui.css" | "swagger-ui-bundle.js");
    let found = known.then(|| utoipa_swagger_ui::serve(&name, Arc::new(Config::default())).ok().flatten()).flatten();
    let file = found.ok_or_else(|| Problem::not_found("there is no such file"))?;
    let body = match file.bytes {
        Cow::Borrowed(bytes) => Body::from(bytes.to_vec()),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    Ok(([(header::CONTENT_TYPE, file.content_type)], body).into_response())
}
