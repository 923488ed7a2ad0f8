//! The device's clock: its wall clock, anchored to the monotonic clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use attune_analysis::sample::Timestamp;

/// The wall clock may run this far ahead before it is believed: a machine that slept, or a clock that was set.
const STEP: i64 = 2_000_000;

/// Gives instants that never run backwards, whatever is done to the wall clock. Its clones are the same clock.
///
/// The wall clock is read once and carried on by the monotonic clock. When the wall clock runs ahead of that by more
/// than two seconds (the machine slept, during which the monotonic clock may stand still), it is taken anew; when it
/// runs behind, it is not, because instants must not repeat.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<Anchor>>);

#[derive(Debug)]
struct Anchor {
    wall: Timestamp,
    anchored: Instant,
    leap: Option<Leap>,
}

/// A time that no clock of this program saw pass: most often the machine slept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leap {
    /// The last instant before it.
    pub from: Timestamp,
    /// The first one behind it.
    pub to: Timestamp,
}

impl Clock {
    /// Anchors the wall clock now.
    #[must_use]
    pub fn start() -> Self {
        Self::anchored(wall_clock())
    }

    pub(crate) fn anchored(wall: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Anchor { wall, anchored: Instant::now(), leap: None })))
    }

    /// The instant it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let mut anchor = self.lock();
        let (wall, elapsed) = (wall_clock(), anchor.anchored.elapsed());
        anchor.at(wall, elapsed)
    }

    /// The last time that was leapt over until now, if any was.
    #[must_use]
    pub fn last_leap(&self) -> Option<Leap> {
        let mut anchor = self.lock();
        let elapsed = anchor.anchored.elapsed();
        anchor.at(wall_clock(), elapsed);
        anchor.leap
    }

    fn lock(&self) -> MutexGuard<'_, Anchor> {
        // Each change of the anchor is whole before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Anchor {
    fn at(&mut self, wall: Timestamp, elapsed: Duration) -> Timestamp {
        let carried = Timestamp(self.wall.0.saturating_add(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)));
        if wall.0 <= carried.0.saturating_add(STEP) {
            return carried;
        }
        self.wall = wall;
        self.anchored += elapsed;
        self.leap = Some(Leap { from: carried, to: wall });
        wall
    }
}

fn wall_clock() -> Timestamp {
    // A wall clock before 1970 is as good as none.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_700_000_000_000_000;

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_turn_time_back() {
        let clock = Clock::anchored(Timestamp(T));
        assert_eq!(clock.lock().at(Timestamp(T - 3_600_000_000), Duration::from_secs(5)), Timestamp(T + 5_000_000));
    }

    #[test]
    fn a_machine_that_slept_is_believed_when_it_wakes() {
        let clock = Clock::anchored(Timestamp(T));
        let woken = Timestamp(T + 3_600_000_000);
        assert_eq!(clock.lock().at(woken, Duration::from_secs(5)), woken);
        assert_eq!(clock.lock().leap, Some(Leap { from: Timestamp(T + 5_000_000), to: woken }));
        assert_eq!(clock.lock().at(Timestamp(woken.0 + 1), Duration::from_millis(10)), Timestamp(woken.0 + 10_000));
    }
}
