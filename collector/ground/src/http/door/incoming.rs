//! A body on its way: how fast it comes, and what of it nobody has read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
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
/// How often it is looked whether a body that does not come is too slow. More than this never counts at a time: where nobody looked for
/// longer, this machine was busy, and not the client.
const LOOK: Duration = Duration::from_millis(500);

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
    /// Somebody has begun to read it.
    was_asked_for: bool,
    /// It has come whole, broke off or is given up.
    over: bool,
}

/// Says when a body is too slow: by how long it was asked for and did not come. While what came of it is read, nobody waits for the client.
struct Clock {
    pace: Pace,
    bytes: u64,
    waited: Duration,
    /// When it was last looked for more of it, where nothing has come since.
    looked: Option<Instant>,
    next_look: Option<Pin<Box<Sleep>>>,
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
    const fn new(pace: Pace) -> Self {
        Self { pace, bytes: 0, waited: Duration::ZERO, looked: None, next_look: None }
    }

    /// How long what has come so far, and the next of it, may be waited for.
    fn longest(&self) -> Duration {
        let Pace { longest, grace, rate, large } = self.pace;
        let seconds = |pace: u32| Duration::from_secs_f64(self.bytes as f64 / f64::from(pace));
        (longest + seconds(large)).min(grace + seconds(rate))
    }

    fn pass(&mut self, now: Instant) {
        if let Some(looked) = self.looked.take() {
            self.waited += now.saturating_duration_since(looked).min(LOOK);
        }
    }

    /// Notes that so many bytes came.
    fn come(&mut self, now: Instant, bytes: usize) {
        self.pass(now);
        self.bytes += bytes as u64;
    }

    /// Notes that nothing more is there, and gives when to look again; none where it is too slow.
    fn wait(&mut self, now: Instant) -> Option<Instant> {
        self.pass(now);
        self.looked = Some(now);
        let left = self.longest().saturating_sub(self.waited);
        (!left.is_zero()).then(|| now + left.min(LOOK))
    }

    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(next) = self.wait(Instant::now()) else { return Poll::Ready(()) };
            let sleep = self.next_look.get_or_insert_with(|| Box::pin(sleep_until(next)));
            sleep.as_mut().reset(next);
            ready!(sleep.as_mut().poll(context));
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Rest<B>
where
    B::Error: Into<BoxError>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.was_asked_for = true;
        // What is there is taken before anybody asks whether it came in time. Whoever sends a byte at a time is waited for behind each.
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            ready!(self.clock.poll_late(context));
            self.over = true;
            return Poll::Ready(Some(Err(TooSlow.into())));
        };
        match &frame {
            Some(Ok(frame)) => self.clock.come(Instant::now(), frame.data_ref().map_or(0, Bytes::len)),
            None | Some(Err(_)) => self.over = true,
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    /// Takes what is still to come and keeps none of it, for a client that is still sending would not hear its answer.
    pub(super) async fn discard(mut self, waits_to_be_asked: bool) {
        if self.over || (waits_to_be_asked && !self.was_asked_for) {
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
        let rest = Rest { body, clock: Clock::new(pace), was_asked_for: false, over: false };
        Self { rest: Some(rest), left, place }
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

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use http_body_util::Full;

    use super::*;

    const PACE: Pace =
        Pace { longest: Duration::from_secs(15), grace: Duration::from_secs(3), rate: 16 << 10, large: 1 << 20 };

    fn after(begun: Instant, millis: u64) -> Instant {
        begun + Duration::from_millis(millis)
    }

    #[test]
    fn what_is_there_is_taken_however_late_it_is_looked_for() {
        let pace = Pace { longest: Duration::ZERO, grace: Duration::ZERO, ..PACE };
        let body = Full::new(Bytes::from_static(b"a body"));
        let mut rest = Rest { body, clock: Clock::new(pace), was_asked_for: false, over: false };
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = rest.poll(&mut context) else { panic!("it is there") };
        assert_eq!(frame.into_data().ok().as_deref(), Some(&b"a body"[..]));
        assert!(matches!(rest.poll(&mut context), Poll::Ready(None)));
    }

    #[test]
    fn time_in_which_this_machine_was_busy_or_read_what_came_does_not_count() {
        const HOUR: u64 = 3_600_000;
        let (begun, mut clock) = (Instant::now(), Clock::new(PACE));
        assert!(clock.wait(begun).is_some());
        assert!(clock.wait(after(begun, HOUR)).is_some(), "nobody looked for an hour");
        clock.come(after(begun, HOUR + 100), 1);
        assert!(clock.wait(after(begun, 2 * HOUR)).is_some(), "nobody asked for an hour");
        let look = |number: &u64| clock.wait(after(begun, 2 * HOUR + number * 500)).is_none();
        assert_eq!((1..=20).find(look), Some(5), "600 ms of three seconds were gone");
    }

    #[test]
    fn a_byte_at_a_time_is_too_slow_all_the_same() {
        let (begun, mut clock) = (Instant::now(), Clock::new(PACE));
        let drip = |number: &u64| {
            let is_late = clock.wait(after(begun, number * 100)).is_none();
            clock.come(after(begun, number * 100 + 100), 1);
            is_late
        };
        assert_eq!((0..200).find(drip), Some(31));
    }
}
