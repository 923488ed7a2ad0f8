//! Who listens for changes of alerts: a bounded number of each, and of all together, each told when something may have changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_people::rights::LoginId;
use tokio::sync::watch;

/// Pages of one login that listen at a time. A browser opens no more than six connections: those that are left ask for pages.
const MOST_OF_ONE: usize = 4;
/// Pages of everybody.
const MOST: usize = 256;

/// Who listens.
pub(crate) struct Places {
    /// How many of each; of everybody where nobody signs in.
    taken: Mutex<BTreeMap<Option<LoginId>, usize>>,
    changes: watch::Sender<u64>,
}

impl Default for Places {
    fn default() -> Self {
        Self { taken: Mutex::default(), changes: watch::channel(0).0 }
    }
}

impl Places {
    fn taken(&self) -> MutexGuard<'_, BTreeMap<Option<LoginId>, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for somebody; none where there is none left for them.
    pub(crate) fn take(self: &Arc<Self>, of: Option<LoginId>) -> Option<Place> {
        let mut taken = self.taken();
        let theirs = taken.get(&of).copied().unwrap_or_default();
        if theirs >= MOST_OF_ONE || taken.values().sum::<usize>() >= MOST {
            return None;
        }
        taken.insert(of, theirs + 1);
        Some(Place { of, places: Arc::clone(self) })
    }

    /// Says that something may have changed of what somebody sees.
    pub(crate) fn stir(&self) {
        self.changes.send_modify(|changes| *changes = changes.wrapping_add(1));
    }

    /// Told from now on when something may have changed.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

/// A place, given back when dropped.
pub(crate) struct Place {
    of: Option<LoginId>,
    places: Arc<Places>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        let left = taken.get(&self.of).map_or(0, |theirs| theirs.saturating_sub(1));
        match left {
            0 => taken.remove(&self.of),
            left => taken.insert(self.of, left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_places_and_one_that_is_given_back_is_free() {
        let places = Arc::new(Places::default());
        let login = |number: u8| Some(LoginId([number; 16]));
        let mut hers: Vec<Place> = (0..MOST_OF_ONE).filter_map(|_| places.take(login(1))).collect();
        assert!(hers.len() == MOST_OF_ONE && places.take(login(1)).is_none());
        let others: Vec<Place> = (2..=u8::MAX)
            .flat_map(|number| (0..2).map(move |_| number))
            .filter_map(|one| places.take(login(one)))
            .collect();
        assert_eq!(others.len(), MOST - MOST_OF_ONE);
        drop(hers.pop());
        assert!(places.take(login(1)).is_some());
        drop((hers, others));
        assert!(places.taken().is_empty());
    }
}
