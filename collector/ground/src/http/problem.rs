use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::GroundError;
use crate::store::Outdone;

/// That work for an answer ended in a panic, which is a fault of ours.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("finish an answer: its work panicked")]
pub struct Panicked;

/// An error as RFC 9457 has it, `application/problem+json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What was wrong and what to do.
    pub detail: String,
    /// The field or parameter that was wrong, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// By which the collector's log names the request, where its head could be read; also in the header x-request-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// When to try again, seconds: told in a header.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// Whether it was a transaction that the database gave up for another one.
    #[serde(skip)]
    pub is_outdone: bool,
}

impl Outdone for Problem {
    fn is_outdone(&self) -> bool {
        self.is_outdone
    }
}

/// Seconds after which it may be tried again where a disk is full: somebody has to make room.
const NO_ROOM: u32 = 30;

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>, field: Option<&str>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or_default().into(),
            detail: detail.into(),
            field: field.map(str::to_owned),
            request_id: None,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
            is_outdone: false,
        }
    }

    /// 400, naming the parameter.
    #[must_use]
    pub fn bad_request(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail, Some(field))
    }

    /// 404.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail, None)
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this address does not take that method; /api/v1 lists what there is",
            None,
        )
    }

    /// 401: who asks is not known.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, detail, None)
    }

    /// 429, with how long to wait, seconds.
    #[must_use]
    pub fn too_many(detail: impl Into<String>, seconds: u32) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail, None) }
    }

    /// 403.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail, None)
    }

    /// 408.
    #[must_use]
    pub fn timeout(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, detail, None)
    }

    /// 409, naming the field.
    #[must_use]
    pub fn conflict(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail, Some(field))
    }

    /// 413, naming the field.
    #[must_use]
    pub fn too_large(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, detail, Some(field))
    }

    /// 415.
    #[must_use]
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail, Some("content-type"))
    }

    /// 421: the request is for another server.
    #[must_use]
    pub fn misdirected(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, detail, None)
    }

    /// 422, naming the field: it reads, and is of no use.
    #[must_use]
    pub fn unprocessable(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail, Some(field))
    }

    /// 431: the head of the request is too long, or has too many fields.
    #[must_use]
    pub fn head_too_large() -> Self {
        let detail = "the head of the request is too long, or has over 100 fields; leave out what is not needed";
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail, None)
    }

    /// 503, with the wish to try again in a second.
    #[must_use]
    pub fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail, None)
    }

    /// 410: the key of the person whom it is about was destroyed.
    #[must_use]
    pub fn erased() -> Self {
        Self::new(StatusCode::GONE, "this person's data was erased", None)
    }

    /// 500. The cause is logged, and not told to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %cause, "Request failed.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the collector could not answer; its log says why", None)
    }

    /// What is given up because nobody waits for it: no client ever reads this.
    #[must_use]
    pub fn abandoned() -> Self {
        Self::timeout("the client left")
    }
}

/// The cause is logged, and not told to the caller.
impl From<GroundError> for Problem {
    fn from(error: GroundError) -> Self {
        match error {
            GroundError::Erased => Self::erased(),
            error if error.is_outdone() => {
                Self { is_outdone: true, ..Self::busy("others were changing the same; try again") }
            }
            error if error.is_busy() => {
                tracing::warn!(%error, "The database had no time for a request.");
                Self::busy("the database is busy or out of reach; try again")
            }
            error if error.is_full() => {
                tracing::error!(%error, "The database has no room for a request.");
                Self { retry_after: Some(NO_ROOM), ..Self::busy("the database has no room; try again later") }
            }
            error => Self::internal(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // Who knows the request's id puts it in.
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MIGRATIONS;
    use crate::testing::Database;

    #[tokio::test]
    async fn a_database_that_others_keep_busy_or_that_has_no_room_is_503_with_when_to_try_again() {
        let database = Database::each(&[&MIGRATIONS]).await.remove(0);
        let writing = database.store.begin().await.expect("begins");
        // Another program, which waits for no longer than a moment.
        let elsewhere = sqlx::AnyPool::connect(&database.urls.database).await.expect("opens");
        sqlx::query("PRAGMA busy_timeout = 1").execute(&elsewhere).await.expect("set");
        let busy = sqlx::query("DELETE FROM probes").execute(&elsewhere).await.expect_err("locked");
        for error in [busy, sqlx::Error::PoolTimedOut] {
            let problem = Problem::from(GroundError::from(error));
            assert_eq!(problem.status, 503, "{problem:?}");
            assert!(problem.into_response().headers().contains_key(header::RETRY_AFTER));
        }
        writing.rollback().await.expect("ended");
        // No page more than there are, for one connection.
        let mut one = elsewhere.acquire().await.expect("a connection");
        sqlx::query("PRAGMA max_page_count = 1").fetch_all(&mut *one).await.expect("set");
        let full = sqlx::query("CREATE TABLE much AS SELECT randomblob(1000000) AS bytes").execute(&mut *one).await;
        let problem = Problem::from(GroundError::from(full.expect_err("there is no room")));
        assert_eq!((problem.status, problem.retry_after), (503, Some(NO_ROOM)), "{problem:?}");
        let other = sqlx::query("SELECT nothing FROM nowhere").execute(&elsewhere).await.expect_err("no such table");
        assert_eq!(Problem::from(GroundError::from(other)).status, 500);
    }
}
