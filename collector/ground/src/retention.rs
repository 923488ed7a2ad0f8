//! How long what is kept of people may lie, by class: what is set, and what a subject does about it.
//!
//! The two ledgers have no class. An entry that was taken out would break the chain of all behind it, and with it the proof of
//! what was agreed to and read; what they name are numbers that lead to nobody once a person's rows and key are gone. So they are
//! never cut: they age by destroying keys, and whoever keeps a signed copy (`attune-collector audit export`) has an anchor.

use std::pin::Pin;

use attune_protocol::ids::PersonId;
use attune_protocol::policy::Profile;

use crate::GroundError;
use crate::store::Store;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 24 * 3_600_000;

/// What is kept equally long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Features as devices sent them; of each modality no longer than the shortest class of its features in the registry.
    Records,
    /// Scores that were fused of them, in sessions.
    Sessions,
    /// What clients sent for analysis, and its scores.
    Analyses,
    /// Items that did not read when they came.
    Quarantine,
    /// What people say against scores.
    Corrections,
    /// What people asked for and was done.
    Requests,
    /// From where somebody has signed in before.
    SignIns,
    /// Sums of what was seen of a person by hour, day, week and month.
    RollUps,
    /// Messages that people wrote: what was read of them, and texts that are kept.
    Messages,
    /// Tables that HR gave.
    Hr,
    /// Letters between people and HR, and reminders that people were given.
    Letters,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Records,
        Self::Sessions,
        Self::Analyses,
        Self::Quarantine,
        Self::Corrections,
        Self::Requests,
        Self::SignIns,
        Self::RollUps,
        Self::Messages,
        Self::Hr,
        Self::Letters,
    ];

    /// As it stands in the settings, behind `retention.`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Sessions => "sessions",
            Self::Analyses => "analyses",
            Self::Quarantine => "quarantine",
            Self::Corrections => "corrections",
            Self::Requests => "requests",
            Self::SignIns => "sign_ins",
            Self::RollUps => "rollups",
            Self::Messages => "messages",
            Self::Hr => "hr",
            Self::Letters => "letters",
        }
    }

    /// The fewest and the most days that may be set. Requests are the proof that they were answered, for as long as somebody may
    /// complain; what was sensed is kept no longer than the registry's longest class.
    #[must_use]
    pub const fn bounds(self) -> (u16, u16) {
        match self {
            Self::Records | Self::Sessions | Self::Analyses | Self::Quarantine | Self::RollUps | Self::Messages => {
                (1, 365)
            }
            Self::Corrections => (30, 3650),
            Self::Requests => (365, 3650),
            Self::SignIns => (1, 90),
            Self::Hr => (1, 3650),
            Self::Letters => (1, 1095),
        }
    }

    /// Whether it is of sums, which outlive what they are made of: the usual history is not theirs.
    #[must_use]
    pub const fn is_of_sums(self) -> bool {
        matches!(self, Self::RollUps)
    }
}

/// Days for which each class is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// What is sensed of a person, or sent for them, who has chosen no time of their own; of sums of it their class says it.
    pub history: u16,
    /// By class, in the order of [`Class::ALL`].
    pub classes: [u16; Class::ALL.len()],
}

impl Limits {
    /// Those of a profile where nothing is set. What is sensed of whoever chooses nothing is kept for a month under each: privacy by
    /// default (GDPR Art. 25(2)); how much longer they may choose is the profile's. Sums of it, of which nothing within an hour can be told any
    /// more, are kept for a year, or trends of one would be empty. Messages stay as long as sessions: hours are settled once for both.
    /// Tables of HR are kept for a year under each: HR has them elsewhere, and gives them anew.
    /// Letters are kept for a year under each: an answer may come late, and nobody has them elsewhere.
    #[must_use]
    pub const fn built_in(profile: Profile) -> Self {
        let longest = match profile {
            Profile::Eu => 90,
            Profile::Uk => 180,
            Profile::Us | Profile::Research => 365,
        };
        Self { history: 30, classes: [longest, longest, longest, 30, 365, 1095, 90, 365, longest, 365, 365] }
    }

    /// Days of a class.
    #[must_use]
    pub const fn of(&self, class: Class) -> u16 {
        self.classes[class as usize]
    }

    /// Days for which what is sensed of a person, or sent for them, is kept in all: as they have chosen, and never longer than its classes
    /// let.
    #[must_use]
    pub fn history_of(&self, chosen: Option<u16>) -> u16 {
        let longest = self.of(Class::Sessions).max(self.of(Class::Analyses)).max(self.of(Class::Messages));
        chosen.unwrap_or(self.history).min(longest)
    }

    /// Days for which sums of it are kept: as the person has chosen, also where that is longer than what they are made of is kept, and for
    /// their class where they have chosen nothing; never longer than that.
    #[must_use]
    pub fn sums_of(&self, chosen: Option<u16>) -> u16 {
        let longest = self.of(Class::RollUps);
        chosen.map_or(longest, |days| days.min(longest))
    }
}

/// From which age on something goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Age {
    /// The time by which it is judged, Unix milliseconds.
    pub now: i64,
    /// Days for which it is kept.
    pub days: u16,
}

impl Age {
    /// What is of before this instant, Unix milliseconds, is too old.
    #[must_use]
    pub const fn before(self) -> i64 {
        self.now - self.days as i64 * DAY_MILLIS
    }

    /// The same time, with no more than so many days.
    #[must_use]
    pub fn at_most(self, days: u16) -> Self {
        Self { days: self.days.min(days), ..self }
    }
}

/// What is too old.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Due {
    /// How many rows.
    pub rows: u64,
    /// The oldest of them, Unix milliseconds.
    pub oldest: Option<i64>,
}

impl Due {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, oldest: self.oldest.into_iter().chain(other.oldest).min() }
    }
}

/// What is too old, once it is counted.
pub type Counting<'a> = Pin<Box<dyn Future<Output = Result<Due, GroundError>> + Send + 'a>>;

/// How many rows were deleted, once they are.
pub type Deleted<'a> = Pin<Box<dyn Future<Output = Result<u64, GroundError>> + Send + 'a>>;

/// How a subject forgets what it keeps of people over time.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// Deletes what it keeps of a person from before an instant, Unix milliseconds.
    pub delete_before: for<'a> fn(&'a Store, PersonId, i64) -> Deleted<'a>,
    /// Whether that is sums, and what was made of them ([`Limits::sums_of`]).
    pub is_of_sums: bool,
    /// Goes on with deletions that were cut short, and, with the time to delete by, deletes what belongs to nobody known
    /// and is too old.
    pub finish: for<'a> fn(&'a Store, Option<i64>) -> Deleted<'a>,
}

/// Whose something is too old, once they are looked up.
pub type Owners<'a> = Pin<Box<dyn Future<Output = Result<Vec<PersonId>, GroundError>> + Send + 'a>>;

/// How a subject lets go of one class.
#[derive(Clone, Copy, Debug)]
pub struct Aging {
    /// Which class.
    pub class: Class,
    /// Whose something is too old, where the class counts to the history of a person, for which they choose a time.
    pub of_whom: Option<for<'a> fn(&'a Store, Age) -> Owners<'a>>,
    /// Lets go at once of what lies together and is too old of everybody, whatever time anybody has chosen, where the database
    /// keeps it so, and gives how many rows that were; the rest is for `delete`.
    pub together: Option<for<'a> fn(&'a Store, Age) -> Deleted<'a>>,
    /// Counts what is too old, of one person or of everybody.
    pub due: for<'a> fn(&'a Store, Option<PersonId>, Age) -> Counting<'a>,
    /// Deletes what is too old of everybody, in slices, so that nobody who writes waits for long, and gives how many rows that
    /// were. Safe to run again after it was cut short, and beside another that does the same.
    pub delete: for<'a> fn(&'a Store, Age) -> Deleted<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_keeps_each_class_within_its_bounds_and_who_chooses_nothing_for_a_month() {
        for profile in Profile::ALL {
            let limits = Limits::built_in(profile);
            for (place, class) in Class::ALL.into_iter().enumerate() {
                let (least, most) = class.bounds();
                assert!((least..=most).contains(&limits.of(class)), "{profile} {class:?}");
                assert_eq!(limits.of(class), limits.classes[place], "the order of Class::ALL is that of its variants");
            }
            assert_eq!(limits.history_of(None), 30);
            assert_eq!(limits.history_of(Some(7)), 7, "a shorter time wins");
            assert_eq!(
                limits.history_of(Some(365)),
                limits.of(Class::Sessions),
                "a longer one than its class does not"
            );
            let sums = [None, Some(7), Some(200), Some(365)].map(|chosen| limits.sums_of(chosen));
            assert_eq!(sums, [365, 7, 200, 365], "sums outlive what they are made of, and not what their person chose");
        }
    }
}
