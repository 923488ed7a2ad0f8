//! Who has a socket or a stream of events open: a bounded number of each, and of all together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_people::rights::LoginId;

/// Of one login: several devices with several rooms each.
const MOST_OF_ONE: usize = 32;
/// Of everybody.
const MOST: usize = 4000;

/// Who has one.
#[derive(Default, Debug)]
pub(crate) struct Places(Mutex<BTreeMap<LoginId, usize>>);

impl Places {
    fn taken(&self) -> MutexGuard<'_, BTreeMap<LoginId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for somebody; none where there is none left for them.
    pub(crate) fn take(self: &Arc<Self>, of: LoginId) -> Option<Place> {
        let mut taken = self.taken();
        let theirs = taken.get(&of).copied().unwrap_or_default();
        if theirs >= MOST_OF_ONE || taken.values().sum::<usize>() >= MOST {
            return None;
        }
        taken.insert(of, theirs + 1);
        Some(Place { of, places: Arc::clone(self) })
    }
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    of: LoginId,
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
        let login = |number: u8| LoginId([number; 16]);
        let mut hers: Vec<Place> = (0..MOST_OF_ONE).filter_map(|_| places.take(login(1))).collect();
        assert!(hers.len() == MOST_OF_ONE && places.take(login(1)).is_none());
        let others: Vec<Place> = (2..=u8::MAX)
            .flat_map(|number| (0..MOST_OF_ONE).map(move |_| number))
            .filter_map(|one| places.take(login(one)))
            .collect();
        assert_eq!(others.len(), MOST - MOST_OF_ONE);
        drop(hers.pop());
        assert!(places.take(login(1)).is_some());
        drop((hers, others));
        assert!(places.taken().is_empty());
    }
}
