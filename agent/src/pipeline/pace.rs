use std::time::{Duration, Instant};

use attune_analysis::sample::Timestamp;

use crate::config::Speed;
use crate::stop::Stop;

/// How late samples may come and still go to their window: a window of which nothing more comes stays open that long
/// beyond its end.
const LATENESS: Duration = Duration::from_secs(10);

/// How time passes on the time line.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed: Speed,
    origin: Timestamp,
    began: Instant,
    /// How late samples may come and still go to their window.
    pub(super) lateness: Duration,
}

impl Pace {
    /// Begins at `origin`, now.
    #[must_use]
    pub fn begin(speed: Speed, origin: Timestamp) -> Self {
        Self { speed, origin, began: Instant::now(), lateness: LATENESS }
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
        self.late(end) > self.lateness
    }

    /// How long ago an instant of the time line was; nothing where time does not pass.
    pub(super) fn late(&self, at: Timestamp) -> Duration {
        self.instant(at).map_or(Duration::ZERO, |instant| instant.elapsed())
    }

    /// The instant of the time line that it is; `None` where time does not pass.
    pub(super) fn now(&self) -> Option<Timestamp> {
        let Speed::Times(times) = self.speed else { return None };
        Some(self.origin.plus_seconds(self.began.elapsed().as_secs_f64() * times))
    }

    fn instant(&self, at: Timestamp) -> Option<Instant> {
        let Speed::Times(times) = self.speed else { return None };
        let seconds = at.seconds_since(self.origin).max(0.0) / times;
        Some(self.began + Duration::try_from_secs_f64(seconds).unwrap_or_default().min(Duration::from_secs(1 << 34)))
    }
}
