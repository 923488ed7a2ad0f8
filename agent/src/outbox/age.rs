use std::time::Instant;

/// How far a clock may be ahead of the evidence and still be believed.
const TOLERANCE_MILLIS: i64 = 86_400_000;

/// Which time deletion by age goes by. A clock that runs ahead must not delete: it is believed as far as it agrees with
/// the time that was seen last, and with the time that has passed since, or with the collector's clock.
#[derive(Debug)]
pub(super) struct Age {
    seen: Option<(i64, Instant)>,
}

impl Age {
    /// `seen_millis` is the newest time that was seen before this start; 0 for none.
    pub(super) fn since(seen_millis: i64) -> Self {
        Self { seen: (seen_millis != 0).then(|| (seen_millis, Instant::now())) }
    }

    /// The time that the device's clock shows, as far as it is believed.
    pub(super) fn believed(&self, now_millis: i64) -> i64 {
        now_millis.min(self.latest().unwrap_or(now_millis))
    }

    /// Takes in a time of the device's clock, and gives the newest time seen.
    pub(super) fn see(&mut self, now_millis: i64) -> i64 {
        let before = self.seen.map_or(i64::MIN, |(millis, _)| millis);
        if now_millis > before && self.latest().is_none_or(|latest| now_millis <= latest) {
            self.seen = Some((now_millis, Instant::now()));
        }
        self.seen.map_or(0, |(millis, _)| millis)
    }

    /// Takes in the collector's clock, and says whether the device's agrees.
    pub(super) fn compare(&mut self, collector_millis: i64, now_millis: i64) -> bool {
        let agrees = collector_millis.abs_diff(now_millis) <= TOLERANCE_MILLIS.unsigned_abs();
        if agrees {
            self.seen = Some((now_millis, Instant::now()));
        }
        agrees
    }

    fn latest(&self) -> Option<i64> {
        let (millis, at) = self.seen?;
        let passed = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
        Some(millis.saturating_add(passed).saturating_add(TOLERANCE_MILLIS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;
    const NOW: i64 = 1_700_000_000_000;

    #[test]
    fn a_clock_that_jumps_ahead_is_believed_for_a_day_until_the_collector_agrees() {
        let mut age = Age::since(NOW);
        assert_eq!(age.believed(NOW + DAY / 2), NOW + DAY / 2);
        for _ in 0..3 {
            assert_eq!(age.see(NOW + 40 * DAY), NOW, "asking again does not make it true");
            assert!(age.believed(NOW + 40 * DAY) < NOW + DAY + 1000);
        }
        assert!(!age.compare(NOW, NOW + 40 * DAY));
        assert!(age.believed(NOW + 40 * DAY) < NOW + DAY + 1000);
        assert!(age.compare(NOW + 40 * DAY + 5, NOW + 40 * DAY), "it was off for so long");
        assert_eq!(age.believed(NOW + 40 * DAY), NOW + 40 * DAY);
    }

    #[test]
    fn a_clock_that_was_wrong_and_is_set_right_is_believed_when_the_collector_agrees() {
        let mut age = Age::since(0);
        assert_eq!(age.see(NOW + 400 * DAY), NOW + 400 * DAY, "nothing was seen before");
        assert_eq!(age.see(NOW), NOW + 400 * DAY);
        assert!(age.compare(NOW, NOW));
        assert!(age.believed(NOW + 400 * DAY) < NOW + DAY + 1000);
    }

    #[test]
    fn time_that_has_passed_since_counts_and_a_day_beyond_it_to_the_millisecond() {
        let minute = std::time::Duration::from_secs(60);
        let since = Instant::now().checked_sub(minute).expect("the machine runs for longer");
        let believed = Age { seen: Some((NOW, since)) }.believed(NOW + 400 * DAY);
        let last = NOW + DAY + 60_000;
        assert!((last..last + 10_000).contains(&believed), "{}", believed - NOW);
        let mut age = Age { seen: Some((NOW, since)) };
        assert_eq!(age.see(last), last, "the last that is believed");
        let mut age = Age { seen: Some((NOW, since)) };
        assert_eq!(age.see(last + 30_000), NOW);
        assert!(age.compare(NOW, NOW + DAY) && age.compare(NOW, NOW - DAY));
        assert!(!age.compare(NOW, NOW + DAY + 1) && !age.compare(NOW, NOW - DAY - 1));
    }
}
