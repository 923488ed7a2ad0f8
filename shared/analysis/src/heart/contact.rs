use std::collections::VecDeque;

use crate::sample::Timestamp;

/// Statements that are held while nobody closes a window.
const MOST: usize = 1_000;

/// What the sensor says of touching skin, and since when.
#[derive(Default)]
pub(super) struct Contact {
    state: Option<bool>,
    changes: VecDeque<(Timestamp, bool)>,
}

impl Contact {
    pub(super) fn push(&mut self, at: Timestamp, touching: bool) {
        if self.changes.back().is_some_and(|&(last, _)| at < last) {
            return;
        }
        if self.changes.len() == MOST {
            self.state = self.changes.pop_front().map(|(_, touching)| touching);
        }
        self.changes.push_back((at, touching));
    }

    /// Whether the last word before an instant was that it does not touch. Straps tell of contact before they tell of the beats
    /// before.
    pub(super) fn lost_at(&self, at: Timestamp) -> bool {
        let last = self.changes.iter().rev().find(|&&(since, _)| since <= at);
        last.map(|&(_, touching)| touching).or(self.state) == Some(false)
    }

    /// Share of the time from `start` to `end`, as far as the sensor said anything, in which it touched skin. The last
    /// statement goes on holding.
    pub(super) fn close(&mut self, start: Timestamp, end: Timestamp) -> Option<f64> {
        let (mut said, mut touched) = (0.0, 0.0);
        let mut since = start;
        while let Some(&(at, touching)) = self.changes.front().filter(|&&(at, _)| at < end) {
            self.changes.pop_front();
            let seconds = at.seconds_since(since).max(0.0);
            if let Some(before) = self.state {
                said += seconds;
                touched += if before { seconds } else { 0.0 };
            }
            since = since.max(at);
            self.state = Some(touching);
        }
        let seconds = end.seconds_since(since);
        if let Some(touching) = self.state {
            said += seconds;
            touched += if touching { seconds } else { 0.0 };
        }
        (said > 0.0).then(|| touched / said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_is_the_share_of_time_and_the_last_word_holds() {
        let at = |seconds: f64| Timestamp(0).plus_seconds(seconds);
        let mut contact = Contact::default();
        assert_eq!(contact.close(at(0.0), at(10.0)), None);
        contact.push(at(12.0), true);
        contact.push(at(18.0), false);
        assert_eq!(contact.close(at(10.0), at(20.0)), Some(0.75));
        assert_eq!(contact.close(at(20.0), at(30.0)), Some(0.0));
    }
}
