//! The device's clock: its wall clock, anchored to the monotonic clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use attune_analysis::sample::Timestamp;

/// The wall clock may run this far ahead before it is believed: a machine that slept, or a clock that was set.
const STEP: i64 = 2_000_000;

/// Gives instants that never run backwards, whatever is done to the wall clock.
///
/// The wall clock is read once and carried on by the monotonic clock. When the wall clock runs ahead of that by more
/// than two seconds (the machine slept, during which the monotonic clock may stand still), it is taken anew; when it
/// runs behind, it is not, because instants must not repeat.
#[derive(Debug)]
pub struct Clock {
    wall: Timestamp,
    anchored: Instant,
}

impl Clock {
    /// Anchors the wall clock now.
    #[must_use]
    pub fn start() -> Self {
        Self { wall: wall_clock(), anchored: Instant::now() }
    }

    /// The instant it is.
    pub fn now(&mut self) -> Timestamp {
        let (wall, elapsed) = (wall_clock(), self.anchored.elapsed());
        self.at(wall, elapsed)
    }

    fn at(&mut self, wall: Timestamp, elapsed: Duration) -> Timestamp {
        let carried = Timestamp(self.wall.0.saturating_add(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)));
        if wall.0 <= carried.0.saturating_add(STEP) {
            return carried;
        }
        self.wall = wall;
        self.anchored += elapsed;
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
        let mut clock = Clock { wall: Timestamp(T), anchored: Instant::now() };
        assert_eq!(clock.at(Timestamp(T - 3_600_000_000), Duration::from_secs(5)), Timestamp(T + 5_000_000));
    }

    #[test]
    fn a_machine_that_slept_is_believed_when_it_wakes() {
        let mut clock = Clock { wall: Timestamp(T), anchored: Instant::now() };
        let woken = Timestamp(T + 3_600_000_000);
        assert_eq!(clock.at(woken, Duration::from_secs(5)), woken);
        assert_eq!(clock.at(Timestamp(woken.0 + 1), Duration::from_millis(10)), Timestamp(woken.0 + 10_000));
    }
}
