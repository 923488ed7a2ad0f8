use std::path::Path;

use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;

use crate::control::{self, ConsentBook, Wishes};

/// The clock of messages may lag so far behind that by which consent was given, milliseconds.
const BEHIND: i64 = 2_000;

/// Where what is read of a message goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Goes {
    /// Into the person's own view on this device, and nowhere else.
    Own,
    /// To the collector as well, as far as the profile lets it.
    Further,
}

/// Why no message is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// The person paused sensing.
    Paused,
    /// They agreed to neither purpose.
    NotAgreed,
    /// They keep nothing at the collector, and agreed to no view of their own.
    SwitchedOff,
}

/// What the person agreed to, as their files say now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Agreed {
    /// Since when for the collector, Unix milliseconds.
    further: Option<i64>,
    /// Since when for their own view.
    own: Option<i64>,
    /// How often consent for the collector was withdrawn until now.
    pub(super) withdrawals: usize,
}

impl Agreed {
    /// By the files of a state folder, and what was chosen in the browser. What cannot be read permits nothing.
    pub(super) fn now(state: &Path, wishes: &Wishes) -> Result<Self, Refused> {
        if control::is_paused(state) {
            return Err(Refused::Paused);
        }
        let book = ConsentBook::load(state).map_err(|_| Refused::NotAgreed)?;
        let since = |purpose| book.granted_millis(Modality::Text, purpose);
        let (wellbeing, own) = (since(Purpose::Wellbeing), since(Purpose::OwnView));
        let further = wellbeing.filter(|_| wishes.keep);
        match (further.or(own), wellbeing) {
            (Some(_), _) => Ok(Self { further, own, withdrawals: book.withdrawals(Modality::Text) }),
            (None, Some(_)) => Err(Refused::SwitchedOff),
            (None, None) => Err(Refused::NotAgreed),
        }
    }

    /// Where what is read of a message goes that was written at an instant; nowhere where that was before anything was agreed to.
    pub(super) fn goes(&self, at_millis: i64) -> Option<Goes> {
        let since = |agreed: Option<i64>| agreed.is_some_and(|since| since.saturating_sub(BEHIND) <= at_millis);
        match (since(self.further), since(self.own)) {
            (true, _) => Some(Goes::Further),
            (false, true) => Some(Goes::Own),
            (false, false) => None,
        }
    }
}
