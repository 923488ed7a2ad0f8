//! What MindPulse, and systems like it, put around an answer: for their clients, at their paths.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use super::Problem;
use crate::time::{now_millis, rfc3339};

/// An answer as those systems have it.
#[derive(Serialize)]
struct Envelope {
    success: bool,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    timestamp: String,
}

/// An answer in that form.
#[must_use]
pub fn told(status: StatusCode, message: &str, data: Value) -> Response {
    let timestamp = rfc3339(now_millis());
    (status, Json(Envelope { success: true, message: message.into(), data: Some(data), timestamp })).into_response()
}

/// A problem in that form, with the headers that it has in ours.
#[must_use]
pub fn refused(problem: Problem) -> Response {
    // Their clients know no 415.
    let problem = if problem.status == 415 { Problem::bad_request("body", problem.detail) } else { problem };
    let body =
        Envelope { success: false, message: problem.detail.clone(), data: None, timestamp: rfc3339(now_millis()) };
    let (mut parts, _) = problem.into_response().into_parts();
    parts.headers.remove(header::CONTENT_TYPE);
    let mut response = Json(body).into_response();
    *response.status_mut() = parts.status;
    response.headers_mut().extend(parts.headers);
    response
}
