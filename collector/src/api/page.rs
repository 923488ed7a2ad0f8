use attune_pages::prefers_html;
use attune_sensing::PAGE;
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::root::about;
use crate::subjects::Subjects;

pub(super) fn router() -> Router<Subjects> {
    Router::new().route("/", get(root))
}

/// The page for who prefers HTML, as browsers do; for everybody else what `/api/v1` says.
async fn root(headers: HeaderMap) -> Response {
    let mut response = if prefers_html(&headers) { Html(PAGE).into_response() } else { about().await.into_response() };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
