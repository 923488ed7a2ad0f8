use std::time::Duration;

/// Pauses between two tries, seconds; the last one goes on.
const SECONDS: [u64; 5] = [1, 2, 5, 15, 60];

/// Pauses that grow with each try that failed.
#[derive(Default, Debug)]
pub(super) struct Pauses {
    taken: usize,
}

impl Pauses {
    /// The next pause.
    pub(super) fn take(&mut self) -> Duration {
        let seconds = SECONDS[self.taken.min(SECONDS.len() - 1)];
        self.taken += 1;
        Duration::from_secs(seconds)
    }

    /// It went well: the next pause is the shortest again.
    pub(super) fn end(&mut self) {
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_begin_anew_when_it_went_well() {
        let mut pauses = Pauses::default();
        let taken: Vec<_> = (0..6).map(|_| pauses.take().as_secs()).collect();
        assert_eq!(taken, [1, 2, 5, 15, 60, 60]);
        pauses.end();
        assert_eq!(pauses.take().as_secs(), 1);
    }
}
