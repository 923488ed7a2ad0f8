//! When the collector is told how this device stands: with a connection, when that changes, and every minute.

use std::time::{Duration, Instant};

use attune_protocol::heartbeat::{EVERY_MILLIS, Sensing};
use attune_protocol::record::Gap;

const EVERY: Duration = Duration::from_millis(EVERY_MILLIS.unsigned_abs());
/// However often something changes, it is told so rarely.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);

/// How a run stands, as far as it may be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// Rises with each start.
    pub run: u32,
    /// Since when it runs, Unix milliseconds.
    pub since_millis: i64,
    /// What it is to sense.
    pub modalities: Vec<Sensing>,
}

impl Pulse {
    /// Whether the person has paused sensing.
    pub(super) fn is_paused(&self) -> bool {
        self.modalities.iter().any(|sensing| sensing.gap == Some(Gap::Paused))
    }

    /// What is told soon when it changes: windows come all the time.
    fn states(&self) -> Vec<Option<Gap>> {
        self.modalities.iter().map(|sensing| sensing.gap).collect()
    }
}

/// What was told. A pause is told once, at its beginning, and only to who was told of sensing before: when a device is switched on
/// and off while it is paused is nobody's business.
#[derive(Default, Debug)]
pub(super) struct Beats {
    /// Heartbeats of this run.
    number: u32,
    /// The last one over this connection: when it was told, how it was, and whether it told of a pause.
    last: Option<(Instant, Vec<Option<Gap>>, bool)>,
}

impl Beats {
    /// The connection is another one: it is told anew.
    pub(super) fn connected(&mut self) {
        self.last = None;
    }

    /// Whether it is time to tell it; with `ends`, whether there is anybody to tell that it ends.
    pub(super) fn is_due(&self, pulse: &Pulse, now: Instant, ends: bool) -> bool {
        match &self.last {
            None => !ends && !pulse.is_paused(),
            Some((.., told_of_pause)) if ends => !told_of_pause && !pulse.is_paused(),
            Some((_, _, true)) if pulse.is_paused() => false,
            Some((at, states, _)) => {
                let wait = if *states == pulse.states() { EVERY } else { AT_MOST_EVERY };
                now.saturating_duration_since(*at) >= wait
            }
        }
    }

    /// The number of the next one.
    pub(super) const fn next(&self) -> u32 {
        self.number.saturating_add(1)
    }

    /// The next one was told.
    pub(super) fn told(&mut self, pulse: &Pulse, now: Instant) {
        self.number = self.next();
        self.last = Some((now, pulse.states(), pulse.is_paused()));
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::registry::Modality;
    use attune_protocol::window::Window;

    use super::*;

    fn pulse(gap: Option<Gap>, newest: u32) -> Pulse {
        let modalities = vec![Sensing::of(Modality::Heart, gap, Some(Window(newest)))];
        Pulse { run: 1, since_millis: 0, modalities }
    }

    #[test]
    fn it_is_told_with_a_connection_every_minute_and_soon_when_it_changes() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (senses, gone) = (pulse(None, 1), pulse(Some(Gap::DeviceGone), 1));
        assert!(beats.is_due(&senses, start, false));
        beats.told(&senses, start);
        assert_eq!(beats.next(), 2);
        assert!(!beats.is_due(&pulse(None, 6), after(59), false), "another window is no change");
        assert!(beats.is_due(&senses, after(60), false));
        assert!(!beats.is_due(&gone, after(9), false), "however often it changes");
        assert!(beats.is_due(&gone, after(10), false));
        beats.told(&gone, after(10));
        assert!(!beats.is_due(&gone, after(69), false) && beats.is_due(&gone, after(70), false));
        beats.connected();
        assert!(beats.is_due(&gone, after(11), false), "who has heard nothing");
        assert_eq!(beats.next(), 3, "numbers go on");
    }

    #[test]
    fn a_pause_is_told_once_at_its_beginning_and_then_nothing_until_it_is_over() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (senses, paused) = (pulse(None, 1), pulse(Some(Gap::Paused), 1));
        assert!(!beats.is_due(&paused, start, false), "it is switched on while it is paused");
        beats.told(&senses, start);
        assert!(beats.is_due(&paused, after(10), false));
        beats.told(&paused, after(10));
        assert!(!beats.is_due(&paused, after(4000), false));
        assert!(!beats.is_due(&paused, after(4000), true), "nor that it goes off meanwhile");
        assert!(beats.is_due(&senses, after(4000), false), "it is over");
        beats.connected();
        assert!(!beats.is_due(&paused, after(4000), false), "a new connection meanwhile");
    }

    #[test]
    fn that_it_ends_is_told_to_who_was_told_that_it_runs() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let senses = pulse(None, 1);
        assert!(!beats.is_due(&senses, start, true));
        beats.told(&senses, start);
        assert!(beats.is_due(&senses, start, true), "at once");
        assert!(!beats.is_due(&pulse(Some(Gap::Paused), 1), start, true), "a pause has begun");
    }
}
