//! `attack`: what somebody with the role hr could learn of one person, tried on what was given.
//!
//! The attacker has every figure that was ever given, in whichever form (pages, exports and pictures are made of the same rows), knows who
//! is in which team, who counted in each figure and who was seen when, and expects that people do not change within four weeks. That is more
//! than anybody knows: in the database who counted stands by tags that only the collectors can make.
//!
//! | attack | what is tried |
//! |---|---|
//! | few people | figures of fewer than k |
//! | repeated queries | the same figure, asked for again |
//! | differences over time | a team less itself, up to four weeks before: who joined and who left |
//! | overlapping teams | a team less another one in the same week or day |
//! | small complements | a larger team, or the organisation, less smaller ones without common members |
//! | linear reconstruction | all figures of a measure within four weeks as one system of equations (Gaussian elimination) |
//! | changes | the same of what changed from one week to the next, which is of those who were seen in it; a week less the mean of any of its days, which is of those who were seen on others |
//! | everybody alike | a mean, or what one less another leaves, so near an end of the range that everybody's is known |
//! | narrow intervals | an interval so narrow that everybody's is known: nobody is further from a mean than its standard deviation allows |
//! | cross-checks | days of a week that is withheld, other numbers of people in them, thirds of the range that follow from others |
//! | rosters | who is in a team, and when, beside what is given of it, withheld, and told to be of how many: whether somebody takes part (on the made-up organisation, where both can be computed) |
//! | kinds of channels | all messages less those of kinds of channels, in whichever proportions some people write in them: what is left is of who writes otherwise (on a made-up team, as who wrote how much where is in no database) |
//! | measures of measures | a measure that is made of others less those: what is left is of who is seen by more sensors than the rest (on a made-up team) |
//!
//! With `--control` a made-up organisation with all of that in it is given figures by the same function with each protection off in turn:
//! there the attacks must win, or they would show nothing.

mod channels;
mod command;
mod compounds;
mod control;
mod equations;
mod rosters;
mod suite;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use attune_people::teams::TeamId;

use crate::team::{Cohort, Contributor, Part, WINDOWS};

pub(crate) use command::command;
#[cfg(test)]
pub(crate) use command::learnt_on;

/// The first week of what is made up: a Monday.
const FIRST: i64 = 20_451;

/// Somebody made up, who is alike on every day.
fn contributor(mean: f64) -> Contributor {
    let part = Part { mean, weight: 1.0, is_new: true };
    Contributor { parts: [Some(part); WINDOWS], coverage: None, is_late: false }
}

/// A figure as the attacker has it.
#[derive(Clone, Debug)]
struct Answer {
    team: TeamId,
    measure: u16,
    week: i64,
    /// 0 for the week, else its days from Monday.
    window: usize,
    people: Cohort,
    /// Who of them was seen in the window itself.
    new: Cohort,
    /// On which days of its week each was seen: Monday is the lowest bit.
    days: BTreeMap<u64, u8>,
    /// The mean times how many people it says that it is of.
    sum: f64,
    /// How many people it says that it is of.
    told: u32,
    /// Between what it says that the mean lies, and of how many people the interval is.
    between: (f64, f64),
    class: u32,
    is_noisy: bool,
    range: (f64, f64),
    bands: Option<[Option<u32>; 3]>,
}

/// Something that was learnt of few people: the sum of what is each one's, times a factor.
#[derive(Clone, Debug)]
struct Learnt {
    attack: Attack,
    factors: Vec<(u64, f64)>,
    sum: f64,
    /// How far from it the truth can be.
    within: f64,
}

/// An attack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Attack {
    Few,
    Repeated,
    Time,
    Overlap,
    Complement,
    Linear,
    Changes,
    Alike,
    Widths,
    Cross,
    Rosters,
    Channels,
    Compounds,
}

impl Attack {
    const ALL: [Self; 13] = [
        Self::Few,
        Self::Repeated,
        Self::Time,
        Self::Overlap,
        Self::Complement,
        Self::Linear,
        Self::Changes,
        Self::Alike,
        Self::Widths,
        Self::Cross,
        Self::Rosters,
        Self::Channels,
        Self::Compounds,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Few => "few people",
            Self::Repeated => "repeated queries",
            Self::Time => "differences over time",
            Self::Overlap => "overlapping teams",
            Self::Complement => "small complements",
            Self::Linear => "linear reconstruction",
            Self::Changes => "changes",
            Self::Alike => "everybody alike",
            Self::Widths => "narrow intervals",
            Self::Cross => "cross-checks",
            Self::Rosters => "rosters",
            Self::Channels => "kinds of channels",
            Self::Compounds => "measures of measures",
        }
    }
}
