use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use attune_analysis::indicators::Assessment;
use attune_protocol::ids::SessionId;

/// The most sessions that are remembered; a summary has some kilobytes.
const MOST: usize = 512;

/// What a summary was made of: where any of it is another, it is made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Version {
    /// How often what is kept of the person has changed.
    pub(crate) changes: i64,
    /// How many windows the session has.
    pub(crate) windows: i64,
    /// End of the last one, Unix milliseconds.
    pub(crate) ended_at: i64,
}

/// What all windows of a session say together.
#[derive(Debug)]
pub(crate) struct Summary {
    /// Scores over the windows that open.
    pub(crate) scores: Assessment,
    /// How many do not open.
    pub(crate) damaged: u64,
}

/// Sessions that were summed up: a list shows many, and opening all their windows for each would take seconds.
/// In memory only, the latest [`MOST`].
#[derive(Clone, Default, Debug)]
pub(crate) struct Summaries(Arc<Mutex<VecDeque<Known>>>);

type Known = (SessionId, Version, Arc<Summary>);

impl Summaries {
    /// The summary of a session, if it was made of this version.
    pub(crate) fn get(&self, session: SessionId, version: Version) -> Option<Arc<Summary>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(id, of, _)| *id == session && *of == version);
        found.map(|(_, _, summary)| Arc::clone(summary))
    }

    /// Remembers a summary.
    pub(crate) fn put(&self, session: SessionId, version: Version, summary: &Arc<Summary>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(id, ..)| *id != session);
        known.truncate(MOST - 1);
        known.push_front((session, version, Arc::clone(summary)));
    }

    /// The sessions that are remembered, and what their summaries were made of.
    pub(super) fn known(&self) -> Vec<(SessionId, Version)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(session, version, _)| (*session, *version)).collect()
    }

    /// Forgets a session.
    pub(crate) fn forget(&self, session: SessionId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, ..)| *id != session);
    }
}

#[cfg(test)]
mod tests {
    use attune_analysis::indicators::summarize;

    use super::*;

    #[test]
    fn a_summary_stands_as_long_as_nothing_changes_and_the_oldest_are_forgotten() {
        let summaries = Summaries::default();
        let version = |changes| Version { changes, windows: 1, ended_at: 10_000 };
        let (first, summary) = (SessionId::random(), Arc::new(Summary { scores: summarize(&[]), damaged: 0 }));
        summaries.put(first, version(1), &summary);
        assert!(summaries.get(first, version(1)).is_some());
        assert!(summaries.get(first, version(2)).is_none());
        summaries.put(first, version(2), &summary);
        assert!(summaries.get(first, version(1)).is_none());
        for _ in 0..MOST {
            summaries.put(SessionId::random(), version(1), &summary);
        }
        assert!(summaries.get(first, version(2)).is_none());
        assert_eq!(summaries.0.lock().unwrap().len(), MOST);
        let last = SessionId::random();
        summaries.put(last, version(1), &summary);
        summaries.forget(last);
        assert!(summaries.get(last, version(1)).is_none());
    }
}
