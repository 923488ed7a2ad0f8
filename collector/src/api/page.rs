use attune_ground::http::Problem;
use attune_pages::prefers_html;
use attune_sensing::{Asked, Rooms};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::root::about;
use crate::subjects::Subjects;

pub(super) fn router() -> Router<Subjects> {
    Router::new().route("/", get(root))
}

/// The page for who prefers HTML, as browsers do; for everybody else what `/api/v1` says.
async fn root(
    State(rooms): State<Rooms>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let mut response = if prefers_html(&headers) {
        // A query that does not read asks for nothing.
        let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
        // It shows people's scores: nothing between us and the asker keeps it.
        ([(header::CACHE_CONTROL, "private, no-store")], Html(rooms.front(&asked).await?)).into_response()
    } else {
        about().await.into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
