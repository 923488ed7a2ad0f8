use std::time::{Duration, Instant};

use attune_analysis::sample::Timestamp;

use crate::clock::{Clock, Leap};
use crate::config::Speed;
use crate::stop::Stop;

/// How late samples may come and still go to their window: a window of which nothing more comes stays open that long
/// beyond its end.
const LATENESS: Duration = Duration::from_secs(10);

/// How time passes on the time line.
#[derive(Clone, Debug)]
pub struct Pace {
    time: Time,
    /// How late samples may come and still go to their window.
    pub(super) lateness: Duration,
}

#[derive(Clone, Debug)]
enum Time {
    /// It does not: everything comes in time.
    Stands,
    /// From an instant on, so many times as fast as the clock.
    Passes { times: f64, origin: Timestamp, began: Instant },
    /// It is that of the device's clock, which leaps when the machine has slept.
    Device(Clock),
}

impl Pace {
    /// Of recordings, which begin at `origin`, now.
    #[must_use]
    pub fn begin(speed: Speed, origin: Timestamp) -> Self {
        let time = match speed {
            Speed::Max => Time::Stands,
            Speed::Times(times) => Time::Passes { times, origin, began: Instant::now() },
        };
        Self { time, lateness: LATENESS }
    }

    /// Of devices that are sensed as they give.
    #[must_use]
    pub fn live(clock: Clock) -> Self {
        Self { time: Time::Device(clock), lateness: LATENESS }
    }

    /// The same for what is given so much later.
    #[must_use]
    pub(super) fn later(self, by: Duration) -> Self {
        Self { lateness: self.lateness + by, ..self }
    }

    /// Whether nothing may be lost because nothing is late.
    pub(super) fn waits(&self) -> bool {
        matches!(self.time, Time::Stands)
    }

    /// Sleeps until an instant of the time line. What a device gives is there already.
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
        match &self.time {
            Time::Device(clock) => micros(clock.now().0.saturating_sub(at.0)),
            _ => self.instant(at).map_or(Duration::ZERO, |instant| instant.elapsed()),
        }
    }

    /// The instant of the time line that it is; `None` where time does not pass.
    pub(super) fn now(&self) -> Option<Timestamp> {
        match &self.time {
            Time::Stands => None,
            Time::Passes { times, origin, began } => Some(origin.plus_seconds(began.elapsed().as_secs_f64() * times)),
            Time::Device(clock) => Some(clock.now()),
        }
    }

    /// The last time that the clock leapt over, where time is the device's.
    pub(super) fn last_leap(&self) -> Option<Leap> {
        match &self.time {
            Time::Device(clock) => clock.last_leap(),
            _ => None,
        }
    }

    /// Whether devices are sensed as they give.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.time, Time::Device(_))
    }

    /// The first instant that is not overdue, where time is the device's.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match &self.time {
            Time::Device(clock) => Some(clock.now().plus_seconds(-self.lateness.as_secs_f64())),
            _ => None,
        }
    }

    fn instant(&self, at: Timestamp) -> Option<Instant> {
        let Time::Passes { times, origin, began } = &self.time else { return None };
        let seconds = at.seconds_since(*origin).max(0.0) / times;
        Some(*began + Duration::try_from_secs_f64(seconds).unwrap_or_default().min(Duration::from_secs(1 << 34)))
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
