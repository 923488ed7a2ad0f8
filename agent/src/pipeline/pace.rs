use std::time::{Duration, Instant};

use attune_analysis::sample::Timestamp;

use crate::config::Speed;
use crate::stop::Stop;

/// How long a source may be silent beyond a window's end before the window is closed without it.
const GRACE: Duration = Duration::from_secs(2);

/// How time passes on the time line.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed: Speed,
    origin: Timestamp,
    began: Instant,
}

impl Pace {
    /// Begins at `origin`, now.
    #[must_use]
    pub fn begin(speed: Speed, origin: Timestamp) -> Self {
        Self { speed, origin, began: Instant::now() }
    }

    /// Whether nothing may be lost because nothing is late.
    pub(super) fn waits(&self) -> bool {
        self.speed == Speed::Max
    }

    /// Sleeps until an instant of the time line.
    pub(super) fn sleep_until(&self, at: Timestamp, stop: &Stop) {
        if let Some(instant) = self.instant(at) {
            stop.sleep_until(instant);
        }
    }

    /// Whether a window that ends at `end` is overdue.
    pub(super) fn is_overdue(&self, end: Timestamp) -> bool {
        self.instant(end).is_some_and(|instant| instant + GRACE < Instant::now())
    }

    fn instant(&self, at: Timestamp) -> Option<Instant> {
        let Speed::Times(times) = self.speed else { return None };
        let seconds = at.seconds_since(self.origin).max(0.0) / times;
        Some(self.began + Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(1 << 32)))
    }
}
