//! Takes in bodies, with limits on size and on all bodies together. How fast they must come, the connection's door says.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;

/// Bytes of all bodies that are held at a time.
const ALL: usize = 64 << 20;
/// Room is taken in blocks of so many bytes at least: a body that comes a byte at a time costs no more than another.
const BLOCK: usize = 64 << 10;

/// That a body comes too slowly.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

/// That more of a body came than its reader looked for at a time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("more came than is looked for at a time")]
pub struct TooMuch;

/// How much more of a body may come before its reader has found what it looks for.
#[derive(Clone, Debug)]
pub struct Step {
    left: Arc<AtomicUsize>,
    most: usize,
}

impl Step {
    /// The reader has found it, and looks for the next.
    pub fn renew(&self) {
        self.left.store(self.most, Ordering::Relaxed);
    }
}

/// A body that is given on a frame at a time, of which no more comes than so many bytes and a frame until its reader says that it looks for
/// the next thing ([`TooMuch`]): for readers that keep all that there is until they have found an end.
pub fn stepwise(body: Body, most: usize) -> (Body, Step) {
    let step = Step { left: Arc::new(AtomicUsize::new(most)), most };
    (Body::new(Stepwise { body, step: step.clone(), gave: false }), step)
}

struct Stepwise {
    body: Body,
    step: Step,
    /// A frame was just given on: who asks for another in the same breath is told to come again.
    gave: bool,
}

impl http_body::Body for Stepwise {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into_inner()))),
            None => return Poll::Ready(None),
        };
        let left = self.step.left.load(Ordering::Relaxed);
        if left == 0 {
            return Poll::Ready(Some(Err(TooMuch.into())));
        }
        self.step.left.store(left.saturating_sub(frame.data_ref().map_or(0, Bytes::len)), Ordering::Relaxed);
        self.gave = true;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The memory that bodies may take, all together.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

/// A body that has come whole. Its memory counts until it is dropped.
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
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
    /// 413 when it is too large, 408 when it comes too slowly, 503 when there is no room for it now, 400 when it breaks
    /// off.
    pub async fn receive(&self, mut body: Body, limit: usize) -> Result<Received, Problem> {
        let too_large =
            |got: u64| Problem::too_large("body", format!("the body has {got} bytes or more; the limit is {limit}"));
        let announced = http_body::Body::size_hint(&body).lower();
        if announced > limit as u64 {
            return Err(too_large(announced));
        }
        // Not all that is announced at once: it may never come.
        let most = if announced == 0 { limit } else { announced as usize };
        let mut bytes = Vec::new();
        let mut room: Option<OwnedSemaphorePermit> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Some(data) = frame.data_ref() else { continue };
            let length = bytes.len() + data.len();
            if length > limit {
                return Err(too_large(length as u64));
            }
            if length > bytes.capacity() {
                let wanted = bytes.capacity().saturating_mul(2).max(BLOCK).min(most).max(length);
                self.widen(&mut room, wanted - bytes.capacity())?;
                bytes.reserve_exact(wanted - bytes.len());
            }
            bytes.extend_from_slice(data);
        }
        Ok(Received { bytes: bytes.into(), _room: room })
    }

    /// Takes room for so many bytes more.
    fn widen(&self, room: &mut Option<OwnedSemaphorePermit>, by: usize) -> Result<(), Problem> {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(by).unwrap_or(u32::MAX)) else {
            return Err(Problem::busy("too many large requests are coming in at once"));
        };
        match room {
            Some(room) => room.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

fn broken(error: axum::Error) -> Problem {
    if error.into_inner().is::<TooSlow>() {
        return Problem::timeout("the body came too slowly; send it again over a faster line, or a smaller one");
    }
    Problem::bad_request("body", "the body broke off before its end")
}

/// The media type of a body, without its parameters.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

/// Refuses bodies that were packed for their way: none is unpacked here.
///
/// # Errors
/// 415.
pub fn require_plain(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    match codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        true => Ok(()),
        false => Err(Problem::unsupported_media_type("the body must come as it is, without a Content-Encoding")),
    }
}

/// Refuses bodies that do not say they are JSON.
///
/// # Errors
/// 415.
pub fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    require_plain(headers)?;
    match media_type(headers) {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Problem::unsupported_media_type("the content type must be application/json")),
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

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

    #[test]
    fn a_body_that_is_packed_is_refused_as_what_it_is() {
        let json = |coding: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, "application/json".parse().expect("a value"));
            if let Some(coding) = coding {
                headers.insert(header::CONTENT_ENCODING, coding.parse().expect("a value"));
            }
            require_json(&headers)
        };
        assert!(json(None).is_ok() && json(Some("Identity")).is_ok());
        for coding in ["gzip", "br", "gzip, identity"] {
            assert_eq!(json(Some(coding)).expect_err(coding).status, 415);
        }
    }

    #[tokio::test]
    async fn a_body_that_comes_a_byte_at_a_time_takes_its_room_in_blocks() {
        let bodies = Bodies::default();
        let received = bodies.receive(Body::new(Dripping(BLOCK + 1)), 4 * BLOCK).await.expect("fits");
        assert_eq!(received.bytes.len(), BLOCK + 1);
        assert_eq!(ALL - bodies.0.available_permits(), 2 * BLOCK, "as much as it holds");
        drop(received);
        assert_eq!(bodies.0.available_permits(), ALL);
    }

    #[tokio::test]
    async fn of_a_body_that_comes_stepwise_no_more_is_given_on_than_is_looked_for() {
        let (mut body, step) = stepwise(Body::new(Dripping(100)), 10);
        let mut context = Context::from_waker(Waker::noop());
        let mut poll = |body: &mut Body| http_body::Body::poll_frame(Pin::new(body), &mut context);
        assert!(poll(&mut body).is_ready() && poll(&mut body).is_pending(), "a frame in a breath");
        for _ in 1..10 {
            assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        }
        let refused = body.frame().await.expect("an answer").expect_err("more than is looked for");
        assert!(refused.into_inner().is::<TooMuch>());
        step.renew();
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()), "the next thing");

        let (body, _) = stepwise(Body::from("whole"), 10);
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(5));
        assert_eq!(body.collect().await.expect("comes").to_bytes(), "whole");
    }

    /// So many bytes, one by one.
    struct Dripping(usize);

    impl http_body::Body for Dripping {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
            let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
            self.0 = left;
            Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"x")))))
        }
    }
}
