//! How much what is past still counts, and from which day on it is past.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::days::References;
use crate::rows::Table;

/// How fast rows lose weight: one that is so many days old counts `exp(-rate x days)`. One from after the reference day counts
/// whole, never more.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decay {
    /// Of leave, a day.
    pub leave: f64,
    /// Of how somebody's start was, a day.
    pub onboarding: f64,
    /// Of points for awards, a day.
    pub rewards: f64,
    /// Of answers of the vibe meter, a day.
    pub vibe: f64,
    /// From which days on: where none is set, it is the newest day of the table, as [`super::Days`] tells it.
    pub references: References,
}

impl Default for Decay {
    /// Elara's constants.
    fn default() -> Self {
        Self { leave: 0.01, onboarding: 0.01, rewards: 0.01, vibe: 0.005, references: References::default() }
    }
}

/// Why rows can't lose weight like that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecayError {
    /// A rate that no weight can be reckoned with.
    #[error("the rate of {0} is not between 0 and 10 a day")]
    Rate(&'static str),
}

/// The largest rate: with it a row counts next to nothing after a day.
const MOST: f64 = 10.0;

impl Decay {
    /// The same, if a weight can be reckoned with each rate.
    ///
    /// # Errors
    /// Where a rate is not between 0 and 10 a day.
    pub fn checked(self) -> Result<Self, DecayError> {
        let rates =
            [("leave", self.leave), ("onboarding", self.onboarding), ("rewards", self.rewards), ("vibe", self.vibe)];
        let wrong = rates.into_iter().find(|(_, rate)| !(0.0..=MOST).contains(rate));
        wrong.map_or(Ok(self), |(name, _)| Err(DecayError::Rate(name)))
    }

    /// The rate of a table, if its rows lose weight.
    #[must_use]
    pub fn rate(&self, of: Table) -> Option<f64> {
        match of {
            Table::Activity | Table::Performance => None,
            Table::Leave => Some(self.leave),
            Table::Onboarding => Some(self.onboarding),
            Table::Rewards => Some(self.rewards),
            Table::Vibe => Some(self.vibe),
        }
    }
}

/// Days from one day to the reference; none from one after it.
pub(super) fn days(then: Date, reference: Date) -> i64 {
    i64::from((reference - then).get_days()).max(0)
}

/// What a row of that day counts; none where one of the days is not known.
pub(super) fn weight(rate: f64, then: Option<Date>, reference: Option<Date>) -> Option<f64> {
    Some((-rate * days(then?, reference?) as f64).exp())
}
