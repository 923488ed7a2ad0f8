//! A circuit breaker for each endpoint: one that failed several times in a row is left alone for a while, then tried by one request.
//!
//! What counts is what the endpoint did. A stop by the person, or a prompt that was too long, says nothing of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row that open it.
const FAILURES: u32 = 4;
/// How long it stays open at first; twice as long with each trial that fails.
const FIRST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(600);

/// How an endpoint stands.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Nobody asks before.
    open_until: Option<Instant>,
    /// How often in a row it was opened.
    openings: u32,
    /// One request tries whether it works again.
    is_tried: bool,
}

/// Leave to ask once. Dropped without a word it says nothing of the endpoint.
#[must_use]
#[derive(Debug)]
pub(crate) struct Leave<'a> {
    breaker: &'a Breaker,
    is_trial: bool,
}

impl Breaker {
    /// Leave to ask, where there is one.
    pub(crate) fn leave(&self, now: Instant) -> Option<Leave<'_>> {
        let mut state = self.state();
        let Some(until) = state.open_until else { return Some(Leave { breaker: self, is_trial: false }) };
        if now < until || state.is_tried {
            return None;
        }
        state.is_tried = true;
        Some(Leave { breaker: self, is_trial: true })
    }

    /// Whether it is left alone.
    pub(crate) fn is_open(&self, now: Instant) -> bool {
        self.state().open_until.is_some_and(|until| now < until)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// It answered.
    pub(crate) fn worked(self) {
        *self.breaker.state() = State::default();
    }

    /// It did not; `after` is how long it wants to be left alone, where it says so.
    pub(crate) fn failed(self, now: Instant, after: Option<Duration>) {
        let mut state = self.breaker.state();
        state.failures += 1;
        let asked = after.filter(|after| *after >= FIRST);
        if self.is_trial || state.failures >= FAILURES || asked.is_some() {
            let grown = FIRST.saturating_mul(1 << state.openings.min(10));
            state.open_until = Some(now + asked.unwrap_or(grown).min(LONGEST));
            state.openings += 1;
            state.failures = 0;
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.is_trial {
            self.breaker.state().is_tried = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, now: Instant, times: u32) {
        for _ in 0..times {
            breaker.leave(now).expect("it is asked").failed(now, None);
        }
    }

    #[test]
    fn one_that_fails_is_left_alone_and_then_tried_by_one() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail(&breaker, start, FAILURES - 1);
        breaker.leave(start).expect("not yet").worked();
        fail(&breaker, start, FAILURES);
        assert!(breaker.leave(start).is_none() && breaker.is_open(start));
        let later = start + FIRST;
        let trial = breaker.leave(later).expect("one tries");
        assert!(breaker.leave(later).is_none(), "and only one");
        trial.worked();
        assert!(breaker.leave(later).is_some() && breaker.leave(later).is_some());
    }

    #[test]
    fn a_trial_that_fails_is_followed_by_a_longer_rest() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail(&breaker, start, FAILURES);
        let later = start + FIRST;
        fail(&breaker, later, 1);
        assert!(breaker.leave(later + FIRST).is_none());
        assert!(breaker.leave(later + FIRST * 2).is_some());
    }

    #[test]
    fn a_trial_that_is_stopped_says_nothing() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        fail(&breaker, start, FAILURES);
        drop(breaker.leave(start + FIRST).expect("a trial"));
        assert!(breaker.leave(start + FIRST).is_some(), "the next one tries");
    }

    #[test]
    fn who_asks_to_be_left_alone_is_within_bounds() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        breaker.leave(start).expect("one").failed(start, Some(Duration::from_secs(60)));
        assert!(breaker.leave(start + Duration::from_secs(59)).is_none());
        let trial = breaker.leave(start + Duration::from_secs(60)).expect("a trial");
        trial.failed(start, Some(Duration::from_secs(1_000_000)));
        assert!(breaker.leave(start + LONGEST).is_some(), "nobody is left alone for ever");
    }
}
