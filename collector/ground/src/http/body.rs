//! Takes in bodies, with limits on size, time and all bodies together.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;

/// Bytes of all bodies that are held at a time.
const ALL: usize = 64 << 20;
/// Bytes of a refused body that are taken before the connection is closed.
const MOST_DISCARDED: usize = 64 << 20;
/// How long a body may take to come.
const LONGEST: Duration = Duration::from_secs(10);

/// The memory that bodies may take, all together.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

/// A body that has come whole. Its memory counts until it is dropped.
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub bytes: Bytes,
    _room: Vec<OwnedSemaphorePermit>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL)))
    }
}

impl Bodies {
    /// Takes in a body of at most `limit` bytes as it comes.
    ///
    /// # Errors
    /// 413 when it is too large, 408 when it takes too long, 503 when there is no room for it now, 400 when it breaks
    /// off.
    pub async fn receive(&self, body: Body, limit: usize) -> Result<Received, Problem> {
        match tokio::time::timeout(LONGEST, self.collect(body, limit)).await {
            Ok(received) => received,
            Err(_) => Err(Problem::timeout(format!("the body must come within {} s", LONGEST.as_secs()))),
        }
    }

    /// Refuses a request whose body is not looked at. What has been sent is taken and thrown away, for a client that is
    /// still sending would not hear the answer.
    pub async fn refuse(&self, body: Body, problem: Problem) -> Problem {
        let _ = tokio::time::timeout(LONGEST, discard(body)).await;
        problem
    }

    async fn collect(&self, mut body: Body, limit: usize) -> Result<Received, Problem> {
        let announced = http_body::Body::size_hint(&body).lower();
        let too_large =
            |got: u64| Problem::too_large("body", format!("the body has {got} bytes or more; the limit is {limit}"));
        if announced > limit as u64 {
            discard(body).await;
            return Err(too_large(announced));
        }
        let mut bytes = Vec::with_capacity(announced as usize);
        let mut room = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::bad_request("body", "the body broke off before its end"))?;
            let Some(data) = frame.data_ref() else { continue };
            if bytes.len() + data.len() > limit {
                let got = bytes.len() + data.len();
                discard(body).await;
                return Err(too_large(got as u64));
            }
            let Ok(permit) = Arc::clone(&self.0).try_acquire_many_owned(data.len() as u32) else {
                discard(body).await;
                return Err(Problem::busy("too many large requests are coming in at once"));
            };
            room.push(permit);
            bytes.extend_from_slice(data);
        }
        Ok(Received { bytes: bytes.into(), _room: room })
    }
}

/// Takes what is still to come, up to a bound, and keeps none of it.
async fn discard(mut body: Body) {
    let mut taken = 0;
    while let Some(Ok(frame)) = body.frame().await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > MOST_DISCARDED {
            return;
        }
    }
}

/// The media type of a body, without its parameters.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// Refuses bodies that do not say they are JSON.
///
/// # Errors
/// 415.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    match media_type(headers) {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Problem::unsupported_media_type("the content type must be application/json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_its_limit_and_one_for_which_there_is_no_room_are_refused() {
        let bodies = Bodies::default();
        let refused = bodies.receive(Body::from(vec![0; 11]), 10).await.expect_err("too large");
        assert_eq!((refused.status, refused.field.as_deref()), (413, Some("body")));
        assert!(refused.detail.contains("limit is 10"), "{}", refused.detail);
        let held = bodies.receive(Body::from(vec![0; ALL]), ALL).await.expect("fits");
        assert_eq!(bodies.receive(Body::from("x"), 10).await.expect_err("no room").status, 503);
        drop(held);
        assert_eq!(bodies.receive(Body::from("x"), 10).await.expect("room again").bytes, "x");
    }
}
