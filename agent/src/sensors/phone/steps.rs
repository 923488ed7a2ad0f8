//! Steps as a phone counts them: up from the beginning of each recording of the app.

/// Steps that were added since the agent started. A count never falls: a smaller one within a recording came late.
#[derive(Default)]
pub(super) struct Steps {
    /// The recording that is counted, with how many it had when it was seen first, and the most since.
    recording: Option<(u64, u64, u64)>,
    before: u64,
}

impl Steps {
    /// Takes in a count of a recording. `from_its_start` says that the phone began it with this push: what was counted before
    /// this program started is not added.
    pub(super) fn count(&mut self, recording: u64, from_its_start: bool, count: u64) {
        match &mut self.recording {
            Some((same, _, most)) if *same == recording => *most = (*most).max(count),
            other => {
                let begins = if from_its_start || other.is_some() { 0 } else { count };
                self.before = self.added();
                self.recording = Some((recording, begins, count));
            }
        }
    }

    pub(super) fn added(&self) -> u64 {
        let (begins, most) = self.recording.map_or((0, 0), |(_, begins, most)| (begins, most));
        self.before.saturating_add(most.saturating_sub(begins))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_under_way_adds_what_comes_on_top_of_it() {
        let mut steps = Steps::default();
        for (recording, from_its_start, count, added) in
            [(1, false, 5000, 0), (1, false, 5012, 12), (1, false, 5003, 12), (2, false, 4, 16), (2, false, 9, 21)]
        {
            steps.count(recording, from_its_start, count);
            assert_eq!(steps.added(), added, "{recording}: {count}");
        }
    }
}
