//! What a report says. Typed, and in words that are written already: whoever gathers it knows zones, units and how values are written.

mod daily;
mod figure;
mod individual;
mod limits;
mod team;

pub use daily::{Concern, Daily, Department, DepartmentMood, Effect};
pub use figure::{Bar, Bars, Definition, Figure, Missing, Point, Series, Told, Why};
pub use individual::{Action, Hours, Individual, Insight, Mood, Risk, Summary};
pub use team::{Measured, Team};

pub(crate) use limits::check;

use serde::{Deserialize, Serialize};

/// A report. The same one gives the same bytes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Of this layout: [`Report::VERSION`].
    pub version: u8,
    /// What tells it from every other one: kind, whom it is about by a random id, and the day.
    pub id: String,
    /// Whose it is.
    pub organisation: Organisation,
    /// The day whose data it tells.
    pub day: Day,
    /// The same in words.
    pub day_in_words: String,
    /// The profile in force, and what it means here.
    pub profile: String,
    /// What it tells.
    pub body: Body,
    /// What its figures are, each once; figures name one of them.
    pub definitions: Vec<Definition>,
}

impl Report {
    /// The version of the layout of this type.
    pub const VERSION: u8 = 1;
}

/// An organisation, as its reports show it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// Red, green and blue of its colour; none: the usual one. One that is too pale to be read is darkened.
    pub colour: Option<[u8; 3]>,
}

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Day {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// What a report tells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content", rename_all = "snake_case")]
pub enum Body {
    /// Of one person.
    Individual(Box<Individual>),
    /// Of everybody, of a day.
    Daily(Box<Daily>),
    /// Of a team.
    Team(Box<Team>),
}
