use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use attune_protocol::consent::Purpose;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use tracing::error;

use super::consent::ConsentBook;
use super::paused::is_paused;
use super::wishes::Wishes;

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
    /// The person has switched it off in the browser, or nothing of it would be kept anywhere.
    SwitchedOff,
}

impl Permission {
    /// What a record says of time without permission.
    #[must_use]
    pub fn gap(self) -> Option<Gap> {
        match self {
            Self::Granted => None,
            Self::Paused => Some(Gap::Paused),
            Self::NoConsent => Some(Gap::NoConsent),
            Self::SwitchedOff => Some(Gap::SwitchedOff),
        }
    }
}

/// What may not be sent now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// Everything may be sent.
    Nothing,
    /// Records stay while sensing is paused; what the person decided goes.
    Records,
    /// A decision is not carried out yet, or does not read.
    Everything,
}

/// Looks at the person's decisions while the agent runs.
#[derive(Debug)]
pub struct Control {
    state: Option<PathBuf>,
    seen: Mutex<Option<Seen>>,
    /// The book whose every change was carried out.
    carried_out: Mutex<ConsentBook>,
    /// What the person chose in the browser.
    wishes: Mutex<Wishes>,
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
        Self { state: Some(state.to_owned()), wishes: Mutex::new(Wishes::of(state)), ..Self::open() }
    }

    /// Permits everything: for what stays on the person's own screen.
    #[must_use]
    pub fn open() -> Self {
        Self {
            state: None,
            seen: Mutex::new(None),
            carried_out: Mutex::new(ConsentBook::new()),
            wishes: Mutex::new(Wishes::NONE),
        }
    }

    /// Lets the next question look anew.
    pub fn forget(&self) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What the person chose in the browser, as far as this device was told.
    #[must_use]
    pub fn wishes(&self) -> Wishes {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Follows from now on what the person chose in the browser.
    pub(crate) fn follow(&self, wishes: Wishes) {
        *self.wishes.lock().unwrap_or_else(PoisonError::into_inner) = wishes;
        self.forget();
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
        let now = fresh.unwrap_or_else(|| Seen { at: Instant::now(), decisions: look(state, &self.wishes()) });
        *seen = Some(now);
        now.decisions[usize::from(modality.number())]
    }

    /// Whether the person agrees that something that is sensed goes to the collector, paused or not, by the files that are read now.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let Some(state) = &self.state else { return true };
        let (wishes, book) = (self.wishes(), ConsentBook::load(state));
        let goes = |book: &ConsentBook, modality| book.allows(modality, Purpose::Wellbeing) && !wishes.is_off(modality);
        wishes.keep && book.is_ok_and(|book| Modality::SENSED.into_iter().any(|modality| goes(&book, modality)))
    }

    /// Says that every change of a book was carried out: what was to be removed by it is.
    pub(crate) fn carried_out(&self, book: &ConsentBook) {
        self.carried_out.lock().unwrap_or_else(PoisonError::into_inner).clone_from(book);
    }

    /// What may not be sent, by files that are read now: nothing before all that the person has decided was carried out.
    #[must_use]
    pub fn hold(&self) -> Hold {
        let Some(state) = &self.state else { return Hold::Nothing };
        let carried_out = self.carried_out.lock().unwrap_or_else(PoisonError::into_inner);
        match ConsentBook::load(state) {
            Ok(book) if !book.lacking_in(&carried_out).is_empty() => Hold::Everything,
            Ok(_) if is_paused(state) => Hold::Records,
            Ok(_) => Hold::Nothing,
            Err(_) => Hold::Everything, // told by who looks for permission
        }
    }
}

/// What cannot be read permits nothing.
fn look(state: &Path, wishes: &Wishes) -> [Decision; Modality::ALL.len()] {
    let paused = is_paused(state).then_some(Permission::Paused);
    let book = ConsentBook::load(state).unwrap_or_else(|problem| {
        if paused.is_none() {
            error!(error = %problem, "the consent does not read: nothing is sensed");
        }
        ConsentBook::new()
    });
    Modality::ALL.map(|modality| {
        let consent = match book.allows(modality, Purpose::Wellbeing) {
            true if wishes.is_off(modality) => Permission::SwitchedOff,
            // What is kept nowhere is not sensed, and what one says goes to the collector or nowhere.
            true if !(wishes.keep || modality.is_sensed() && book.allows(modality, Purpose::OwnView)) => {
                Permission::SwitchedOff
            }
            true => Permission::Granted,
            false => Permission::NoConsent,
        };
        Decision { permission: paused.unwrap_or(consent), withdrawals: book.withdrawals(modality) }
    })
}

#[cfg(test)]
mod tests {
    use attune_protocol::ids::DeviceId;
    use attune_protocol::wishes::Wishes as Told;
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
    fn what_is_switched_off_is_not_sensed_and_what_is_switched_on_gives_no_consent() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let mut book = ConsentBook::load(state).unwrap();
        book.set(Modality::Face, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        book.set(Modality::Heart, Purpose::Wellbeing, true, Timestamp::UNIX_EPOCH);
        book.set(Modality::Heart, Purpose::OwnView, true, Timestamp::UNIX_EPOCH);
        book.save(state).unwrap();
        let control = Control::of(state);
        let chosen = |keep, off: &[Modality]| {
            let said = Told { device: DeviceId([1; 16]), enrolment: 1, number: 1, keep, off: off.to_vec() };
            control.follow(Wishes::told(&said));
            [Modality::Face, Modality::Heart, Modality::Voice].map(|modality| control.permission(modality))
        };
        let (on, off, none) = (Permission::Granted, Permission::SwitchedOff, Permission::NoConsent);
        assert_eq!(chosen(true, &[Modality::Face]), [off, on, none], "at once");
        assert_eq!(chosen(false, &[]), [off, on, none], "the person's own view is kept here");
        assert_eq!(chosen(true, &[]), [on, on, none], "all that is on gives no consent");
    }

    #[test]
    fn what_goes_to_the_collector_is_agreed_to_paused_or_not_and_not_what_is_off_or_kept_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let control = Control::of(state);
        let mut book = ConsentBook::load(state).unwrap();
        let mut agrees = |modality, purpose, granted| {
            book.set(modality, purpose, granted, Timestamp::UNIX_EPOCH);
            book.save(state).unwrap();
            control.agrees()
        };
        assert!(!agrees(Modality::Heart, Purpose::OwnView, true), "that stays on the device");
        assert!(!agrees(Modality::CheckIn, Purpose::Wellbeing, true), "that is not sensed");
        assert!(agrees(Modality::Heart, Purpose::Wellbeing, true));
        pause(state, Timestamp::UNIX_EPOCH).unwrap();
        assert!(control.agrees());
        let chosen = |keep, off: &[Modality]| {
            let said = Told { device: DeviceId([1; 16]), enrolment: 1, number: 1, keep, off: off.to_vec() };
            control.follow(Wishes::told(&said));
            control.agrees()
        };
        assert!(!chosen(true, &[Modality::Heart]) && !chosen(false, &[]) && chosen(true, &[Modality::Face]));
        assert!(!agrees(Modality::Heart, Purpose::Wellbeing, false));
        std::fs::write(state.join("consent.toml"), "version = 1\n[[change]]\n").unwrap();
        assert!(!control.agrees(), "it does not read");
    }

    #[test]
    fn consent_that_does_not_read_permits_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("consent.toml"), "version = 1\n[[change]]\nmodality = \"face\"\n").unwrap();
        assert_eq!(now_permits(folder.path(), Modality::Face), Permission::NoConsent);
    }
}
