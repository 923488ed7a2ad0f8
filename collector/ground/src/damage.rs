//! What stands in the database and does not open: left out where it is met, and counted.
//!
//! One damaged row concerns its own person, and nobody behind it.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// The most rows that are told from each other; beyond, more are no longer counted.
const MOST: usize = 100_000;

/// What kind of row does not open.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Damaged {
    /// The wrapped data key of a person.
    PersonKey,
    /// The account of a person.
    Account,
    /// An entry of the log of consents.
    Consent,
    /// A link of the log of consents.
    ConsentLink,
    /// A link of the log of who read what.
    AccessLink,
    /// What a person prefers.
    Preferences,
    /// A record of a device or of an analysis.
    Record,
    /// What became of an item.
    Outcome,
    /// A fused window.
    Window,
    /// A session.
    Session,
    /// An item in quarantine.
    Quarantine,
    /// A roll-up of what was seen of a person.
    RollUp,
}

impl Damaged {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::PersonKey,
        Self::Account,
        Self::Consent,
        Self::ConsentLink,
        Self::AccessLink,
        Self::Preferences,
        Self::Record,
        Self::Outcome,
        Self::Window,
        Self::Session,
        Self::Quarantine,
        Self::RollUp,
    ];

    /// Its name, as metrics have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonKey => "person_keys",
            Self::Account => "accounts",
            Self::Consent => "consents",
            Self::ConsentLink => "consent_links",
            Self::AccessLink => "access_links",
            Self::Preferences => "preferences",
            Self::Record => "records",
            Self::Outcome => "outcomes",
            Self::Window => "windows",
            Self::Session => "sessions",
            Self::Quarantine => "quarantined_items",
            Self::RollUp => "rollups",
        }
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// The rows that did not open since the start, each counted once however often it is met.
#[derive(Debug, Default)]
pub struct Damages(Mutex<HashSet<(Damaged, u64)>>);

impl Damages {
    /// Counts a row; `place` is what tells it from others of its kind, and is neither kept nor logged.
    pub fn note(&self, kind: Damaged, place: &[&[u8]]) {
        let mut hasher = DefaultHasher::new();
        place.hash(&mut hasher);
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if met.len() < MOST && met.insert((kind, hasher.finish())) {
            tracing::error!(%kind, "A row does not open and is left out; put the database back from a copy.");
        }
    }

    /// How many rows of each kind were met; kinds without any are left out.
    #[must_use]
    pub fn counts(&self) -> Vec<(Damaged, u64)> {
        let met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |kind| met.iter().filter(|(of, _)| *of == kind).count() as u64;
        Damaged::ALL.map(|kind| (kind, count(kind))).into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_counted_once_however_often_it_is_met() {
        let damages = Damages::default();
        assert_eq!(damages.counts(), []);
        for _ in 0..3 {
            damages.note(Damaged::Window, &[b"alice", b"1"]);
            damages.note(Damaged::Window, &[b"alice", b"2"]);
            damages.note(Damaged::PersonKey, &[b"alice"]);
        }
        assert_eq!(damages.counts(), [(Damaged::PersonKey, 1), (Damaged::Window, 2)]);
    }
}
