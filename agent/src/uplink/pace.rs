//! How fast is sent while the collector asks for less haste.
//!
//! Only what it has signed counts, rises in time and is not over by its own clock, which its acknowledgements tell. So one that is shown
//! again slows nothing down once the collector has been heard; before, it does for minutes at most.

use std::time::{Duration, Instant};

use attune_protocol::pace::Pace;

/// What the collector asks for, as far as it is followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Slow {
    /// Between one batch and the next.
    pub(super) every: Duration,
    /// The most batches that wait for an acknowledgement.
    pub(super) most: usize,
    until: Instant,
    /// The collector's clock when it is over.
    over_at: i64,
}

/// What was asked for, and when a batch was sent last.
#[derive(Default, Debug)]
pub(super) struct Paces {
    slow: Option<Slow>,
    /// The collector's clock of the newest that was followed.
    newest: Option<i64>,
    /// The collector's clock as it was heard last, and when.
    clock: Option<(i64, Instant)>,
    sent: Option<Instant>,
}

impl Paces {
    /// Takes in what the collector has asked for, and gives whether it is followed: not what is shown again, nor what is over.
    pub(super) fn hear(&mut self, said: &Pace, now: Instant) -> bool {
        let lasts = i64::try_from(said.lasts().as_millis()).unwrap_or(i64::MAX);
        let over_at = said.at_millis.saturating_add(lasts);
        let shown_again = self.newest.is_some_and(|newest| said.at_millis <= newest);
        let left = self.collectors_clock(now).map_or(lasts, |clock| over_at.saturating_sub(clock).min(lasts));
        let Some(left) = u64::try_from(left).ok().filter(|left| *left > 0 && !shown_again) else { return false };
        self.newest = Some(said.at_millis);
        let until = now + Duration::from_millis(left);
        self.slow = Some(Slow { every: said.every(), most: usize::from(said.most.max(1)), until, over_at });
        true
    }

    /// Takes in the collector's clock, as an acknowledgement tells it. One that is shown again sets it back no further.
    pub(super) fn collector_says(&mut self, at_millis: i64, now: Instant) {
        if self.collectors_clock(now).is_none_or(|clock| at_millis > clock) {
            self.clock = Some((at_millis, now));
        }
        let clock = self.collectors_clock(now);
        self.slow = self.slow.filter(|slow| clock.is_none_or(|clock| clock < slow.over_at));
    }

    /// What is asked for now.
    pub(super) fn now(&mut self, now: Instant) -> Option<Slow> {
        self.slow = self.slow.filter(|slow| now < slow.until);
        self.slow
    }

    /// Whether a batch may be sent now.
    pub(super) fn lets(&mut self, now: Instant) -> bool {
        let sent = self.sent;
        self.now(now).is_none_or(|slow| sent.is_none_or(|sent| now.duration_since(sent) >= slow.every))
    }

    /// A batch was sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.sent = Some(now);
    }

    fn collectors_clock(&self, now: Instant) -> Option<i64> {
        let (millis, at) = self.clock?;
        let passed = i64::try_from(now.duration_since(at).as_millis()).unwrap_or(i64::MAX);
        Some(millis.saturating_add(passed))
    }
}

impl Slow {
    /// Until when, as long as nothing else is heard.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::DeviceId;
    use attune_protocol::pace::{LONGEST, SLOWEST};

    use super::*;

    const AT: i64 = 1_700_000_000_000;

    fn pace(at_millis: i64, lasts_s: u32, every_s: u16, most: u8) -> Pace {
        Pace { device: DeviceId([1; 16]), at_millis, lasts_s, every_s, most }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn batches_are_stretched_for_as_long_as_it_is_asked_and_it_ends_by_itself() {
        let (mut paces, now) = (Paces::default(), Instant::now());
        assert!(paces.lets(now) && paces.now(now).is_none());
        assert!(paces.hear(&pace(AT, 60, 20, 2), now));
        assert!(paces.lets(now), "nothing was sent yet");
        paces.sent(now);
        assert!(!paces.lets(now + seconds(19)) && paces.lets(now + seconds(20)));
        assert_eq!(paces.now(now + seconds(59)).map(|slow| slow.most), Some(2));
        paces.sent(now + seconds(50));
        assert!(!paces.lets(now + seconds(59)) && paces.lets(now + seconds(60)), "it is over");
        assert_eq!(paces.now(now + seconds(60)), None);
    }

    #[test]
    fn however_much_is_asked_for_a_batch_goes_every_few_minutes_and_it_is_over_within_a_quarter_of_an_hour() {
        let (mut paces, now) = (Paces::default(), Instant::now());
        assert!(paces.hear(&pace(AT, u32::MAX, u16::MAX, 0), now));
        paces.sent(now);
        assert!(paces.lets(now + SLOWEST));
        assert_eq!(paces.now(now).map(|slow| slow.most), Some(1), "one may always be on its way");
        assert_eq!(paces.now(now + LONGEST), None);
    }

    #[test]
    fn one_that_is_shown_again_or_is_over_by_the_collectors_clock_slows_nothing_down() {
        let (mut paces, now) = (Paces::default(), Instant::now());
        let old = pace(AT, 60, 20, 1);
        assert!(paces.hear(&old, now) && !paces.hear(&old, now + seconds(1)), "the same again");
        assert!(!paces.hear(&pace(AT - 1, 600, 20, 1), now + seconds(1)), "an earlier one");
        paces.collector_says(AT + 59_000, now + seconds(2));
        assert!(paces.now(now + seconds(2)).is_some(), "it lasts for another second");
        paces.collector_says(AT + 60_000, now + seconds(2));
        assert_eq!(paces.now(now + seconds(2)), None, "the collector says that so much time has passed");
        assert!(!paces.hear(&pace(AT + 500, 59, 20, 1), now + seconds(3)), "over when it comes");
        // An hour later, by what has passed here since.
        assert!(!paces.hear(&pace(AT + 3_000_000, 60, 20, 1), now + seconds(3600)));
        paces.collector_says(AT, now + seconds(3600));
        assert!(
            !paces.hear(&pace(AT + 3_000_000, 60, 20, 1), now + seconds(3600)),
            "an old acknowledgement moves no clock"
        );
        assert!(paces.hear(&pace(AT + 3_660_000, 60, 20, 1), now + seconds(3600)), "a new one is followed");
    }

    #[test]
    fn what_comes_late_lasts_for_what_is_left_of_it() {
        let (mut paces, now) = (Paces::default(), Instant::now());
        paces.collector_says(AT + 40_000, now);
        assert!(paces.hear(&pace(AT, 60, 20, 1), now));
        assert_eq!(paces.now(now).map(|slow| slow.left(now)), Some(seconds(20)));
    }
}
