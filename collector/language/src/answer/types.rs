//! What is asked for a turn, and what comes of it.

use crate::ledger::Refusal;
use crate::prompt::{Grounds, Past};
use crate::validate::Rule;

/// One turn of a talk. Whoever is in a crisis is answered before, by fixed words, and never comes here.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Asked<'a> {
    /// What the person said.
    pub said: &'a str,
    /// What was said before, oldest first.
    pub past: &'a [Past],
    /// What else is known of them, each part with their consent.
    pub grounds: &'a Grounds,
    /// Names that are known: the person's own first, then those of their colleagues.
    pub names: &'a [&'a str],
    /// Only endpoints on the organisation's list are asked, as under `eu`.
    pub only_listed: bool,
    /// What the built-in companion answers, if no model does.
    pub companion: &'a str,
}

/// What is shown, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// Whole sentences, behind those before.
    Words(String),
    /// What was shown of this answer is taken back; another begins.
    Instead,
}

/// Who answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum By {
    /// A model.
    Model {
        /// By which endpoint.
        endpoint: String,
    },
    /// The built-in companion.
    Companion(Why),
    /// Nobody to the end: it was stopped.
    Stopped,
}

/// Why no model answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// There is none that may be asked.
    None,
    /// Names could not be taken out for sure.
    Names,
    /// Nothing may leave.
    Refused(Refusal),
    /// All that may be asked failed.
    Failed,
    /// What came was not fit to be shown, twice.
    Unfit,
}

impl Why {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Names => "names",
            Self::Refused(Refusal::Consent) => "consent",
            Self::Refused(Refusal::Limit) => "limit",
            Self::Refused(Refusal::Unwritten) => "unwritten",
            Self::Failed => "failed",
            Self::Unfit => "unfit",
        }
    }
}

/// What came of a turn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// Who answered.
    pub by: By,
    /// What stands there at the end: all that was shown and not taken back.
    pub text: String,
    /// Why answers of models were not shown, in their order.
    pub unfit: Vec<Rule>,
}
