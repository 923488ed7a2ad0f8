//! Devices are asked for less haste while more comes than is committed: who sends again what waits here already makes it no faster.
//!
//! It is told to a device whose line is full, or whose batch could not be committed; and, while the oldest message has waited for long, to
//! each that sends. It lasts for a minute or a few and is told anew as long as that goes on. A device that does not understand it goes on
//! as before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use attune_ground::time::now_millis;
use attune_protocol::ids::DeviceId;
use attune_protocol::pace::Pace;
use attune_protocol::sign::KeyPair;
use attune_protocol::topics;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::counters::add;
use super::{IngestContext, Outbound, Queue};

/// How often it is looked for who is to be told.
const LOOK: Duration = Duration::from_secs(1);
/// Since the oldest message has waited for so long, everybody who sends is told.
const LATE: Duration = Duration::from_secs(5);
/// Until none waits any longer than that.
const IN_TIME: Duration = Duration::from_secs(1);
/// The shortest and the longest time between two batches that is asked for, seconds.
const EVERY: (u64, u64) = (10, 120);
/// The shortest time for which it is asked, seconds.
const LASTS: u64 = 60;

/// Tells devices until `stop` says so.
pub async fn tell_pace(
    context: IngestContext,
    queue: Arc<Queue>,
    answers: mpsc::UnboundedSender<Outbound>,
    mut stop: watch::Receiver<bool>,
) {
    let mut pressure = Pressure::default();
    loop {
        let lag = queue.lag(now_millis());
        let pressed = queue.pressed(pressure.is_late(lag));
        for (device, asked) in pressure.due(pressed, lag, Instant::now()) {
            match context.speaks_to(device).await {
                Ok(own) => {
                    add(&context.counters.slowed, 1);
                    // Fails only when the way to the broker is closed.
                    let _ = answers.send(telling(&own, device, asked));
                }
                Err(error) => tracing::error!(%error, "A device could not be asked to send more slowly."),
            }
        }
        if timeout(LOOK, stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

/// What a device is told, signed with the key that it pins.
fn telling(own: &KeyPair, device: DeviceId, Asked { every, lasts }: Asked) -> Outbound {
    let said = Pace { device, at_millis: now_millis(), lasts_s: lasts as u32, every_s: every as u16, most: 1 };
    Outbound { topic: topics::answers_to(device), payload: said.encode(own) }
}

/// What is asked for, seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Asked {
    every: u64,
    lasts: u64,
}

impl Asked {
    /// Twice what is waited for, so that what waits becomes less.
    fn by(lag: Duration) -> Self {
        let every = (2 * lag.as_secs()).clamp(EVERY.0, EVERY.1);
        Self { every, lasts: LASTS.max(2 * every) }
    }
}

/// Whether messages wait for long, and who was told of it until when.
#[derive(Default)]
struct Pressure {
    late: bool,
    told: HashMap<DeviceId, Instant>,
}

impl Pressure {
    fn is_late(&mut self, lag: Duration) -> bool {
        let was_late = self.late;
        self.late = if was_late { lag > IN_TIME } else { lag > LATE };
        if self.late && !was_late {
            tracing::warn!(
                lag_s = lag.as_secs(),
                "More comes than is committed: devices are asked to send more slowly."
            );
        }
        if was_late && !self.late {
            tracing::info!("All that comes is committed in time again.");
        }
        self.late
    }

    /// Those who are to be told now, and what: nobody again before half of the time is over.
    fn due(
        &mut self,
        pressed: impl IntoIterator<Item = DeviceId>,
        lag: Duration,
        now: Instant,
    ) -> Vec<(DeviceId, Asked)> {
        self.told.retain(|_, until| now < *until);
        let asked = Asked::by(lag);
        let new: Vec<DeviceId> = pressed.into_iter().filter(|device| !self.told.contains_key(device)).collect();
        let again = now + Duration::from_secs(asked.lasts / 2);
        self.told.extend(new.iter().map(|device| (*device, again)));
        new.into_iter().map(|device| (device, asked)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u8) -> DeviceId {
        DeviceId([number; 16])
    }

    #[test]
    fn everybody_is_told_once_it_is_late_until_it_is_in_time_again() {
        let mut pressure = Pressure::default();
        let late = [0, 5000, 5001, 2000, 1001, 1000, 4000].map(|lag| pressure.is_late(Duration::from_millis(lag)));
        assert_eq!(late, [false, false, true, true, true, false, false]);
    }

    #[test]
    fn a_device_is_told_again_only_while_it_still_presses_and_half_of_the_time_is_over() {
        let (mut pressure, now) = (Pressure::default(), Instant::now());
        let lag = Duration::from_secs(8);
        let asked = Asked { every: 16, lasts: 60 };
        assert_eq!(pressure.due([device(1)], lag, now), [(device(1), asked)]);
        assert_eq!(pressure.due([device(1), device(2)], lag, now + Duration::from_secs(29)), [(device(2), asked)]);
        assert_eq!(pressure.due([device(1), device(2)], lag, now + Duration::from_secs(30)), [(device(1), asked)]);
        assert_eq!(pressure.due([], lag, now + Duration::from_secs(300)), []);
    }

    #[test]
    fn the_later_it_is_the_more_slowly_is_asked_for_within_bounds() {
        let by = |lag| Asked::by(Duration::from_secs(lag));
        assert_eq!(by(0), Asked { every: 10, lasts: 60 }, "a full line alone");
        assert_eq!(by(45), Asked { every: 90, lasts: 180 });
        assert_eq!(by(100_000), Asked { every: 120, lasts: 240 });
    }
}
