use std::collections::HashMap;

/// What was opened before a lock was taken, for who reads it again behind the lock: nobody waits there for what has been done.
///
/// Values are told by the epoch and the place in it at which they stood and by what was sealed there; whatever lies there now
/// and is something else was not opened. All are of one device and one person.
#[derive(Debug)]
pub struct Opened<T>(HashMap<(i64, i64), (Vec<u8>, T)>);

impl<T> Default for Opened<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Copy> Opened<T> {
    /// Notes what was opened.
    pub fn note(&mut self, place: (i64, i64), sealed: Vec<u8>, value: T) {
        self.0.insert(place, (sealed, value));
    }

    /// What is sealed at a place, if that has been opened.
    #[must_use]
    pub fn get(&self, place: (i64, i64), sealed: &[u8]) -> Option<T> {
        self.0.get(&place).filter(|(opened, _)| opened == sealed).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_opened_at_its_place_is_known() {
        let mut opened = Opened::default();
        opened.note((1, 2), vec![7], 'a');
        assert_eq!(opened.get((1, 2), &[7]), Some('a'));
        for (place, sealed) in [((1, 2), 8), ((2, 2), 7), ((1, 1), 7)] {
            assert_eq!(opened.get(place, &[sealed]), None, "{place:?}");
        }
    }
}
