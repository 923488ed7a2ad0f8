//! When the collector is told how this device stands: at the beginning of a run, when that changes, and where it would hear nothing of
//! this device for long. A batch that it acknowledged is as good a sign of life.

use std::time::{Duration, Instant};

use attune_protocol::heartbeat::{AT_LATEST_MILLIS, EVERY_MILLIS, Sensing};
use attune_protocol::record::Gap;

const EVERY: Duration = Duration::from_millis(EVERY_MILLIS.unsigned_abs());
const AT_LATEST: Duration = Duration::from_millis(AT_LATEST_MILLIS.unsigned_abs());
/// However often a pause begins and ends, it is told so rarely.
const PAUSE_AT_MOST_EVERY: Duration = Duration::from_secs(10);
/// However often something else changes, it is told so rarely: gaps come and go, and the next batch tells them anyway.
const AT_MOST_EVERY: Duration = Duration::from_secs(60);

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

/// What was told. A pause is told once, at its beginning, and only to who has heard of sensing over this connection: when a device is
/// switched on and off while it is paused is nobody's business.
#[derive(Default, Debug)]
pub(super) struct Beats {
    /// Heartbeats of this run.
    number: u32,
    /// The last one of this run.
    last: Option<Told>,
    /// When the collector was last told anything, or has acknowledged what was sensed.
    heard: Option<Instant>,
    /// Whether it was, or has, over this connection.
    is_heard_here: bool,
}

/// A heartbeat that went.
#[derive(Debug)]
struct Told {
    at: Instant,
    states: Vec<Option<Gap>>,
    /// Whether it told of a pause.
    is_of_pause: bool,
    /// Whether it went over this connection: one that went over another may have been lost with that.
    is_here: bool,
}

impl Beats {
    /// The connection is another one.
    pub(super) fn connected(&mut self) {
        self.is_heard_here = false;
        if let Some(last) = &mut self.last {
            last.is_here = false;
        }
    }

    /// The collector has acknowledged what was sensed: it knows that this device is there.
    pub(super) fn heard(&mut self, now: Instant) {
        (self.heard, self.is_heard_here) = (Some(now), true);
    }

    /// Whether it is time to tell it; with `ends`, whether there is anybody to tell that it ends.
    pub(super) fn is_due(&self, pulse: &Pulse, now: Instant, ends: bool) -> bool {
        let Some(last) = &self.last else { return !ends && !pulse.is_paused() };
        let since = |at: Instant| now.saturating_duration_since(at);
        match (ends, pulse.is_paused()) {
            (true, paused) => !paused && !last.is_of_pause,
            (false, true) => !last.is_of_pause && self.is_heard_here && since(last.at) >= PAUSE_AT_MOST_EVERY,
            (false, false) => {
                let wait = match last {
                    Told { is_of_pause: true, .. } => PAUSE_AT_MOST_EVERY,
                    Told { states, .. } if *states != pulse.states() => AT_MOST_EVERY,
                    Told { is_here: false, .. } => EVERY,
                    Told { .. } => AT_LATEST,
                };
                since(last.at) >= wait || self.heard.is_none_or(|heard| since(heard) >= EVERY)
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
        self.last = Some(Told { at: now, states: pulse.states(), is_of_pause: pulse.is_paused(), is_here: true });
        self.heard(now);
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
    fn it_is_told_at_the_beginning_after_five_minutes_of_which_nothing_was_heard_and_when_it_changes() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (senses, gone) = (pulse(None, 1), pulse(Some(Gap::DeviceGone), 1));
        assert!(beats.is_due(&senses, start, false));
        beats.told(&senses, start);
        assert_eq!(beats.next(), 2);
        assert!(!beats.is_due(&pulse(None, 6), after(299), false), "another window is no change");
        assert!(beats.is_due(&senses, after(300), false));
        assert!(!beats.is_due(&gone, after(59), false), "however often it changes");
        assert!(beats.is_due(&gone, after(60), false));
        beats.told(&gone, after(60));
        assert!(!beats.is_due(&senses, after(119), false) && !beats.is_due(&gone, after(120), false), "it came back");
        assert!(beats.is_due(&senses, after(120), false));
    }

    #[test]
    fn while_batches_are_acknowledged_it_is_told_once_an_hour_and_again_where_it_may_have_been_lost() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let senses = pulse(None, 1);
        let mut told = Vec::new();
        for seconds in 0..=2 * 3600 {
            if seconds % 120 == 0 {
                beats.heard(after(seconds));
            }
            if beats.is_due(&senses, after(seconds), false) {
                beats.told(&senses, after(seconds));
                told.push(seconds);
            }
        }
        assert_eq!(told, [0, 3600, 7200]);
        beats.heard(after(7210));
        beats.connected();
        beats.heard(after(7400));
        assert!(!beats.is_due(&senses, after(7499), false), "however often it connects");
        assert!(beats.is_due(&senses, after(7500), false), "the one of before may have been lost with its connection");
        beats.told(&senses, after(7500));
        assert!(!beats.is_due(&senses, after(7799), false));
        assert!(beats.is_due(&senses, after(7800), false), "no batch is acknowledged any more");
    }

    #[test]
    fn a_pause_is_told_once_at_its_beginning_and_then_nothing_until_it_is_over() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        let (senses, paused) = (pulse(None, 1), pulse(Some(Gap::Paused), 1));
        assert!(!beats.is_due(&paused, start, false), "it is switched on while it is paused");
        beats.told(&senses, start);
        assert!(!beats.is_due(&paused, after(9), false) && beats.is_due(&paused, after(10), false));
        beats.told(&paused, after(10));
        assert!(!beats.is_due(&paused, after(4000), false));
        assert!(!beats.is_due(&paused, after(4000), true), "nor that it goes off meanwhile");
        assert!(beats.is_due(&senses, after(20), false), "it is over");
        beats.connected();
        assert!(!beats.is_due(&paused, after(4000), false), "a new connection meanwhile");
        beats.told(&senses, after(4000));
        beats.connected();
        assert!(!beats.is_due(&paused, after(5000), false), "it began before the connection");
        beats.heard(after(5000));
        assert!(beats.is_due(&paused, after(5001), false), "what was sensed went over it");
    }

    #[test]
    fn that_it_ends_is_told_to_who_was_told_that_it_runs() {
        let (mut beats, start) = (Beats::default(), Instant::now());
        let senses = pulse(None, 1);
        beats.heard(start);
        assert!(!beats.is_due(&senses, start, true));
        beats.told(&senses, start);
        assert!(beats.is_due(&senses, start, true), "at once");
        assert!(!beats.is_due(&pulse(Some(Gap::Paused), 1), start, true), "a pause has begun");
        beats.connected();
        assert!(beats.is_due(&senses, start, true), "over whichever connection");
    }
}
