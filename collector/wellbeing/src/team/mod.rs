//! Figures of teams, in clear, from which nothing can be learnt of fewer people than the least number (k).
//!
//! Who attacks has the role hr, asks for every figure as often as they like, knows who is in which team and who was away, can add and
//! subtract, and expects people to be next week as they are in this one.
//!
//! | rule | what it says |
//! |---|---|
//! | policy | what the matrix forbids a manager or hr is withheld with its rule, decided when it is read; only who agreed to wellbeing when a week is made counts in it |
//! | fixed windows | weeks from Monday and their days, by each person's own calendar; made once, on the Wednesday noon (UTC) after the week, and never changed: what comes later is of nobody's figure; behind a restore those that may have been given since the copy are not made anew, nor are four weeks behind them |
//! | enough people | a figure is of k people of the team at least, of whom at least k were seen in that very week or day |
//! | one person's share | each counts once, by the mean of what was seen of them, cut to the measure's range, however much that was: 1/n, at most 1/k; where the mean lies so near an end of the range that everybody's would be known to a tenth of it, it is withheld, and no interval is so narrow that everybody's would be; the same of what one figure less others of the week leaves |
//! | a cohort for a week | who counts is decided for the week; its days are of the same people. Who is not seen counts with their newest week (day) of the last four, and no longer: a day off changes no cohort, and so tells of nobody |
//! | joining | who joins waits until k have joined, or until somebody leaves |
//! | leaving | a team that somebody leaves, whether they take part or not, is withheld until no figure of before is of the last four weeks; of twice k and more, k others rest instead |
//! | who takes part | a team has two members more than k at least; of how many people a figure is is told in classes, intervals are as wide as of the people that are told, and means are in hundredths of the range, so that none tells whether one of the members is among them; too few, and too near to other figures, are one reason |
//! | what comes late | a week that is made stays as it was; who is away and of whom a day of a week before has changed since, by late data or a deletion, counts among those of whom something is new: what two windows differ by is of nobody of them, or of k |
//! | days and their week | of a week less the mean of whichever of its days that are told nobody is left, or k are (see `days`) |
//! | symmetric difference | two cohorts of a measure that were given, of any teams and within four weeks of each other, differ by nobody or by at least k |
//! | complements | the same of whatever can be added and subtracted: no sum of given cohorts with whichever factors is of 1 to k - 1 people. It is decided exactly (see `isolate`), of the cohorts and of those of them who were seen |
//! | the organisation | is the sum of given teams without common members: less what is given nothing of it is left |
//! | kinds of channels | of each day one of the kinds of channels in which somebody wrote counts in no figure of a kind, in turn; the only one, where they wrote in one only. So nobody's messages are all in figures of kinds: what those, added in whichever proportions, leave of the figure of all messages is of everybody, and never of the few who write otherwise than the rest |
//! | measures of measures | the overall score is made of stress, pleasantness and attention, and told of no team: beside those it would tell of the few who are seen by other sensors than the rest |
//! | emotions of messages | are none of who wrote messages of which none shows them, so that all figures of messages are of the same people |
//! | spread | people by thirds of the range: fewer than five in one are not told, nor another one from which those followed |
//! | noise | where it is set, discrete Laplace noise is drawn once for each figure and stored; each of its people pays epsilon, and the answer tells the most that one of them has paid in that week |
//!
//! Whether a figure is given does not depend on what was measured of anybody, but for the rule of the ends of the range: that one is withheld
//! by it says that all are at one of them. What the rules do not hold against: who compares many weeks before somebody left with many weeks after, for whom others average out; who has
//! k - 1 accomplices in a team, each of whom tells what is theirs. Noise holds against both.

mod days;
mod isolate;
mod job;
mod noise;
mod read;
mod rows;
mod rules;
#[cfg(test)]
mod tests;

use attune_ground::measures::Measure;
use attune_people::teams::TeamId;
use attune_protocol::policy::Rule;

pub use job::make_waiting;
pub use read::{days, forbidden, spread, weeks};

pub(crate) use isolate::Cohort;
pub(crate) use job::{
    Agreement, agreement, agreement_over, asked_for, contributor, counted_on, job, may_count, newest_due, put_off,
};
pub(crate) use read::weeks_of;
pub(crate) use rows::{answers, given, made_weeks};
pub(crate) use rules::{
    BANDS_LEAST, Before, Contributor, Group, KNOWN_WITHIN, Made, Part, Rules, WINDOWS, is_made_of_others, make,
};

/// The organisation as one team: the sum of teams without common members whose figures are given.
pub const ORGANISATION: TeamId = TeamId([0; 16]);

/// Days of a week.
pub(crate) const WEEK: i64 = 7;

/// By how many the members of a team are more, at least, than those of whom it is told that they take part: where it is as many, each does.
pub(crate) const SPARE: u32 = 2;

/// From where on numbers of people are told as one.
const CLASSES: [u32; 11] = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// Into how many steps the range of a measure is cut: a mean of whole numbers that is told finer tells of how many people it is.
const STEPS: f64 = 100.0;

/// For how many weeks behind a figure cohorts must not differ from its own by few people, and for how many somebody counts with what was
/// seen of them last.
pub(crate) const MEMORY: i64 = 4;

/// Days before a week that was made of which it is still known how often they changed: who looks whether that has risen would take a count
/// that began anew for one that did not move.
pub(crate) const CHANGES_KEPT: i64 = MEMORY * WEEK;

/// What is told of a team.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Told {
    /// A figure.
    Figure(TeamFigure),
    /// None, and why.
    Withheld(Why),
}

/// A figure of a team: the mean over its people, of whom each counts once.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TeamFigure {
    /// The mean, in the measure's unit.
    pub value: f64,
    /// 95 of 100 such intervals hold the mean that would be found if everybody were seen all the time. With noise it is the widest that
    /// the range allows.
    pub between: (f64, f64),
    /// How many people at least, in classes.
    pub people: u32,
    /// The mean share of the time in which their devices were on in which they were seen, to a tenth: a finer one would tell how much
    /// one of them was.
    pub coverage: Option<f64>,
    /// The noise that was added, where some was.
    pub noise: Option<Noise>,
}

/// Noise of a figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Noise {
    /// What the figure cost each of its people.
    pub epsilon: f64,
    /// The most that one of them paid in that week, for all figures together.
    pub spent: f64,
}

/// Why nothing is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Fewer people than a figure is of.
    TooFew,
    /// With other figures of the same weeks a few people could be told.
    Complement,
    /// Another figure is of nearly the same people.
    Difference,
    /// It would tell what everybody's is.
    Share,
    /// Nothing was seen, or the week is not over and counted.
    Nothing,
    /// Nobody who asks here may be given it.
    Policy(&'static Rule),
}

impl Why {
    /// In words, for pages: a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            // Which of them it is would tell whether somebody who came or went takes part.
            Self::TooFew | Self::Complement | Self::Difference => {
                "Too few people were seen, or with figures of other weeks or teams it would tell of a few."
            }
            Self::Share => "The figure would tell too much of each of its people.",
            Self::Nothing => "Nothing was seen, or the week is not over and counted yet.",
            Self::Policy(rule) => rule.says,
        }
    }

    /// Its name in JSON and exports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooFew | Self::Complement | Self::Difference => "too_few",
            Self::Share => "share",
            Self::Nothing => "nothing",
            Self::Policy(_) => "policy",
        }
    }

    /// Its number in the database, only appended; what is decided when it is read has none.
    const fn number(self) -> i64 {
        match self {
            Self::TooFew => 1,
            Self::Complement => 2,
            Self::Difference => 3,
            Self::Share => 4,
            Self::Nothing | Self::Policy(_) => 5,
        }
    }

    const fn of_number(number: i64) -> Self {
        match number {
            1 => Self::TooFew,
            2 => Self::Complement,
            3 => Self::Difference,
            4 => Self::Share,
            _ => Self::Nothing,
        }
    }
}

/// How the people of a figure are spread over the measure's range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Where the middle third begins and ends, in the measure's unit.
    pub edges: (f64, f64),
    /// How many people there are in all, at least.
    pub people: u32,
    /// How many are in each third at least, in steps of five, from the lowest; none where that is withheld.
    pub bands: [Option<u32>; 3],
    /// The share of people who are in the lowest third, to a tenth; none where that is withheld.
    pub low: Option<f64>,
}

/// Of how many people a figure is as it is told, where it is of at least `least`: who knows who is in the team, and the very number, would
/// know of each who joins or leaves whether they take part.
pub(crate) fn told_people(people: u32, least: u32) -> u32 {
    let surely = people.saturating_sub(SPARE);
    CLASSES.into_iter().rev().find(|class| *class <= surely).unwrap_or_default().max(least)
}

/// A mean as it is told.
fn in_steps(value: f64, measure: &Measure) -> f64 {
    let range = measure.range.1 - measure.range.0;
    // A zero has no sign.
    (value * STEPS / range).round() * range / STEPS + 0.0
}

/// Where the thirds of a measure's range meet.
pub(crate) fn edges(measure: &Measure) -> (f64, f64) {
    let (low, high) = measure.range;
    let third = (high - low) / 3.0;
    (low + third, high - third)
}

/// The Monday of the week of a day, both as days since 1970-01-01, which was a Thursday.
pub(crate) const fn monday(day: i64) -> i64 {
    day - (day + 3).rem_euclid(WEEK)
}
