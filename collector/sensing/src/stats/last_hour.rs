use std::time::{Duration, Instant};

/// Something that is counted since the start and over the last hour.
///
/// The hour is kept in twelve slots of five minutes beside the one that is being filled, so it is 60 to 65 minutes long.
#[derive(Debug)]
pub(super) struct Counted<T> {
    since_start: T,
    slots: Vec<T>,
    begun: Instant,
    /// Number of the slot that is being filled.
    current: u64,
}

/// What can be counted.
pub(super) trait Tally: Default + Clone {
    /// Adds what another one holds.
    fn add(&mut self, other: &Self);
}

const SLOT: Duration = Duration::from_secs(300);
const SLOTS: u64 = 13;

impl<T: Tally> Counted<T> {
    pub(super) fn new(begun: Instant) -> Self {
        let slots = vec![T::default(); SLOTS as usize];
        Self { since_start: T::default(), slots, begun, current: 0 }
    }

    /// Counts something now.
    pub(super) fn count(&mut self, now: Instant, count: impl Fn(&mut T)) {
        self.advance(now);
        count(&mut self.since_start);
        count(&mut self.slots[(self.current % SLOTS) as usize]);
    }

    /// What was counted since the start.
    pub(super) fn since_start(&self) -> &T {
        &self.since_start
    }

    /// What was counted in the last hour.
    pub(super) fn last_hour(&mut self, now: Instant) -> T {
        self.advance(now);
        let mut sum = T::default();
        self.slots.iter().for_each(|slot| sum.add(slot));
        sum
    }

    fn advance(&mut self, now: Instant) {
        let slot = now.saturating_duration_since(self.begun).as_secs() / SLOT.as_secs();
        for passed in (self.current + 1..=slot).take(SLOTS as usize) {
            self.slots[(passed % SLOTS) as usize] = T::default();
        }
        if slot > self.current + SLOTS {
            self.slots.fill(T::default());
        }
        self.current = self.current.max(slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Tally for u32 {
        fn add(&mut self, other: &Self) {
            *self += other;
        }
    }

    #[test]
    fn what_is_over_an_hour_old_counts_since_the_start_only() {
        let begun = Instant::now();
        let after = |minutes: u64| begun + Duration::from_secs(minutes * 60);
        let mut counted = Counted::<u32>::new(begun);
        counted.count(after(1), |n| *n += 1);
        counted.count(after(40), |n| *n += 10);
        assert_eq!((*counted.since_start(), counted.last_hour(after(59))), (11, 11));
        assert_eq!(counted.last_hour(after(70)), 10);
        counted.count(after(70), |n| *n += 100);
        assert_eq!((*counted.since_start(), counted.last_hour(after(110))), (111, 100));
        assert_eq!(counted.last_hour(after(10_000)), 0);
    }
}
