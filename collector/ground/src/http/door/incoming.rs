//! A body on its way: how fast it comes, and what of it nobody has read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::super::Refusal;
use super::super::body::TooSlow;
use super::crowd::{Phase, Place};
use super::limits::Pace;

/// Bytes of a body that nobody reads which are taken before the connection is closed.
const MOST_DISCARDED: u64 = 64 << 20;

/// A body that must come at a pace. What is left of it when it is dropped goes back to its connection.
pub(super) struct Incoming<B: Body<Data = Bytes> + Unpin> {
    rest: Option<Rest<B>>,
    left: Left<B>,
    place: Arc<Place>,
}

/// Where the rest of a body is put.
pub(super) struct Left<B>(Arc<Mutex<Option<Rest<B>>>>);

/// A body from where it has been read to.
pub(super) struct Rest<B> {
    body: B,
    clock: Clock,
    /// It has come whole, broke off or is given up.
    over: bool,
}

/// Says when a body is too slow.
struct Clock {
    pace: Pace,
    bytes: u64,
    /// From the first look at it.
    running: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<B> Clone for Left<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> Default for Left<B> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<B> Left<B> {
    pub(super) fn take(&self) -> Option<Rest<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, rest: Rest<B>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }
}

impl Clock {
    /// When the body is too slow, if nothing more of it comes.
    fn due(&self, begun: Instant) -> Instant {
        let Pace { longest, grace, rate, large } = self.pace;
        let seconds = |pace: u32| Duration::from_secs_f64(self.bytes as f64 / f64::from(pace));
        begun + (longest + seconds(large)).min(grace + seconds(rate))
    }

    fn start(&mut self) {
        if self.running.is_none() {
            let begun = Instant::now();
            self.running = Some((begun, Box::pin(sleep_until(self.due(begun)))));
        }
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(begun) = self.running.as_ref().map(|(begun, _)| *begun) else { return Poll::Pending };
        let due = self.due(begun);
        let Some((_, sleep)) = &mut self.running else { return Poll::Pending };
        if sleep.deadline() != due {
            sleep.as_mut().reset(due);
        }
        sleep.as_mut().poll(context)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Rest<B>
where
    B::Error: Into<BoxError>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.clock.start();
        // The time goes first, so that whoever sends a byte at a time does not put it off.
        if self.clock.poll_late(context).is_ready() {
            self.over = true;
            return Poll::Ready(Some(Err(TooSlow.into())));
        }
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(frame) => frame,
        };
        match &frame {
            Some(Ok(frame)) => self.clock.count(frame.data_ref().map_or(0, Bytes::len)),
            None | Some(Err(_)) => self.over = true,
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    /// Takes what is still to come and keeps none of it, for a client that is still sending would not hear its answer.
    pub(super) async fn discard(mut self, waits_to_be_asked: bool) {
        if self.over || (waits_to_be_asked && self.clock.running.is_none()) {
            return;
        }
        let mut taken = 0;
        while taken <= MOST_DISCARDED
            && let Some(Ok(frame)) = std::future::poll_fn(|context| self.poll(context)).await
        {
            taken += frame.data_ref().map_or(0, Bytes::len) as u64;
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Incoming<B> {
    pub(super) fn new(body: B, pace: Pace, left: Left<B>, place: Arc<Place>) -> Self {
        let clock = Clock { pace, bytes: 0, running: None };
        Self { rest: Some(Rest { body, clock, over: false }), left, place }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Incoming<B>
where
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let Some(rest) = this.rest.as_mut().filter(|rest| !rest.over) else { return Poll::Ready(None) };
        let polled = rest.poll(context);
        if let Poll::Ready(Some(Err(error))) = &polled
            && error.is::<TooSlow>()
        {
            this.place.traffic().refuse(Refusal::SlowBody);
        }
        if rest.over {
            this.place.set(Phase::Answering);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(|rest| rest.over || rest.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), |rest| rest.body.size_hint())
    }
}

impl<B: Body<Data = Bytes> + Unpin> Drop for Incoming<B> {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take().filter(|rest| !rest.body.is_end_stream()) {
            self.place.set(Phase::Answering);
            self.left.put(rest);
        }
    }
}
