use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use attune_protocol::consent::Purpose;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use tracing::error;

use super::consent::ConsentBook;
use super::paused::is_paused;

/// How old an answer may be; a decision takes effect within this, far within one window.
const FRESH: Duration = Duration::from_millis(500);

/// Whether a modality may be sensed now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permission {
    /// It may.
    Granted,
    /// The person paused sensing.
    Paused,
    /// There is no consent for it.
    NoConsent,
}

impl Permission {
    /// What a record says of time without permission.
    #[must_use]
    pub fn gap(self) -> Option<Gap> {
        match self {
            Self::Granted => None,
            Self::Paused => Some(Gap::Paused),
            Self::NoConsent => Some(Gap::NoConsent),
        }
    }
}

/// Looks at the person's decisions while the agent runs.
#[derive(Debug)]
pub struct Control {
    state: Option<PathBuf>,
    seen: Mutex<Option<Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    at: Instant,
    decisions: [Decision; Modality::ALL.len()],
}

/// What the person has decided about a modality.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Whether it may be sensed now.
    pub permission: Permission,
    /// How often consent was withdrawn: more often than when it was looked last, and what was seen by then is to be
    /// forgotten, also where consent was given again since.
    pub withdrawals: usize,
}

impl Control {
    /// Looks into a state folder.
    #[must_use]
    pub fn of(state: &Path) -> Self {
        Self { state: Some(state.to_owned()), seen: Mutex::new(None) }
    }

    /// Permits everything: for what stays on the person's own screen.
    #[must_use]
    pub fn open() -> Self {
        Self { state: None, seen: Mutex::new(None) }
    }

    /// Whether a modality may be sensed, by files that were looked at no longer than half a second ago.
    #[must_use]
    pub fn permission(&self, modality: Modality) -> Permission {
        self.decision(modality).permission
    }

    /// What is decided about a modality, by files that were looked at no longer than half a second ago.
    #[must_use]
    pub fn decision(&self, modality: Modality) -> Decision {
        let Some(state) = &self.state else { return Decision { permission: Permission::Granted, withdrawals: 0 } };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = seen.filter(|s| s.at.elapsed() < FRESH);
        let now = fresh.unwrap_or_else(|| Seen { at: Instant::now(), decisions: look(state) });
        *seen = Some(now);
        now.decisions[usize::from(modality.number())]
    }
}

/// What cannot be read permits nothing.
fn look(state: &Path) -> [Decision; Modality::ALL.len()] {
    let paused = is_paused(state).then_some(Permission::Paused);
    let book = ConsentBook::load(state).unwrap_or_else(|problem| {
        if paused.is_none() {
            error!(error = %problem, "the consent does not read: nothing is sensed");
        }
        ConsentBook::new()
    });
    Modality::ALL.map(|modality| {
        let consent = match book.allows(modality, Purpose::Wellbeing) {
            true => Permission::Granted,
            false => Permission::NoConsent,
        };
        Decision { permission: paused.unwrap_or(consent), withdrawals: book.withdrawals(modality) }
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::paused::{pause, resume};
    use super::*;

    fn now_permits(state: &Path, modality: Modality) -> Permission {
        Control::of(state).permission(modality)
    }

    #[test]
    fn a_pause_stops_everything_and_its_end_restores_what_was_consented_to() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        assert_eq!(now_permits(state, Modality::Face), Permission::NoConsent);
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Face, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        book.save(state).unwrap();
        assert_eq!(now_permits(state, Modality::Face), Permission::Granted);
        assert_eq!(now_permits(state, Modality::Voice), Permission::NoConsent);
        pause(state, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(now_permits(state, Modality::Face), Permission::Paused);
        resume(state).unwrap();
        resume(state).unwrap();
        assert_eq!(now_permits(state, Modality::Face), Permission::Granted);
    }

    #[test]
    fn consent_that_does_not_read_permits_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("consent.toml"), "version = 1\n[[change]]\nmodality = \"face\"\n").unwrap();
        assert_eq!(now_permits(folder.path(), Modality::Face), Permission::NoConsent);
    }
}
