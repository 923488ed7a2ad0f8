//! What a file leaves open, and what a person says of it.
//!
//! Nothing is guessed: where two readings fit, the file is not read before somebody has chosen. Every choice is a piece of [`Answers`];
//! to take one is to lay it over the answers that there were and to read again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::rows::Table;

/// In which order a date like 1/2/2024 is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The 1st of February.
    DayFirst,
    /// January the 2nd.
    MonthFirst,
    /// Only where years have two digits: 24/2/1.
    YearFirst,
}

/// Which sign stands before the part of a number that is less than one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimal {
    /// 7.5
    Point,
    /// 7,5
    Comma,
}

/// On which scale scores of the vibe meter are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// As the vibe meter has it; what lies outside is a problem of its row.
    OneToSix,
    /// 0 to 10, laid over 1 to 6 with equal steps: 5 is 3.5.
    ZeroToTen,
    /// 1 to 10, laid over 1 to 6 in the same way.
    OneToTen,
    /// 0 to 100, laid over 1 to 6 in the same way.
    ZeroToHundred,
}

impl Scale {
    /// The least and the greatest score of it.
    #[must_use]
    pub const fn ends(self) -> (f64, f64) {
        match self {
            Self::OneToSix => (1.0, 6.0),
            Self::ZeroToTen => (0.0, 10.0),
            Self::OneToTen => (1.0, 10.0),
            Self::ZeroToHundred => (0.0, 100.0),
        }
    }
}

/// What is done where rows say different things of what can only be once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// None of them counts; each is a problem.
    LeaveOut,
    /// All of them count, also those that say the same again.
    Keep,
}

/// What a person chose for a file.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Which of the six tables it is.
    pub table: Option<Table>,
    /// The name of the sheet that is read.
    pub sheet: Option<String>,
    /// For a column of ours the number of the file's, from 1.
    pub columns: BTreeMap<String, u32>,
    /// For a word or a sign of the file, in small letters, ours.
    pub words: BTreeMap<String, String>,
    /// The order of dates.
    pub dates: Option<Order>,
    /// Whether days and months of date cells were mistaken for each other.
    pub swapped: Option<bool>,
    /// The sign of decimals.
    pub decimal: Option<Decimal>,
    /// The scale of scores.
    pub scale: Option<Scale>,
    /// Whether an id without zeros before it is the one that has them.
    pub zeros: Option<bool>,
    /// Whether leave that was denied or cancelled is left out.
    pub denied_left_out: Option<bool>,
    /// What is done where rows clash. Not asked: they are left out and told, unless somebody says otherwise.
    pub repeats: Option<Repeats>,
}

impl Answers {
    /// These, and over them what another one says.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.table = other.table.or(both.table);
        both.sheet = other.sheet.clone().or(both.sheet);
        both.columns.extend(other.columns.clone());
        both.words.extend(other.words.clone());
        both.dates = other.dates.or(both.dates);
        both.swapped = other.swapped.or(both.swapped);
        both.decimal = other.decimal.or(both.decimal);
        both.scale = other.scale.or(both.scale);
        both.zeros = other.zeros.or(both.zeros);
        both.denied_left_out = other.denied_left_out.or(both.denied_left_out);
        both.repeats = other.repeats.or(both.repeats);
        both
    }
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Which of the six tables.
    Table,
    /// Which sheet.
    Sheet,
    /// Which columns and words are ours.
    Headings,
    /// Which of several columns with the same heading.
    Twice,
    /// Which words are ours.
    Words,
    /// What signs stand for.
    Signs,
    /// The order of dates.
    Dates,
    /// Whether days and months were mistaken for each other.
    Swapped,
    /// The sign of decimals.
    Decimal,
    /// The scale of scores.
    Scale,
    /// Whether ids have lost their zeros.
    Zeros,
    /// Whether denied leave is left out.
    Denied,
    /// Whether rows that clash all count.
    Repeats,
}

/// One of the answers to a question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// What is laid over the answers where it is taken.
    pub answers: Answers,
}

/// Something that a file leaves open.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub asked: Asked,
    /// The question, as it is put to a person.
    pub text: String,
    /// Answers that there are. None: it has to be answered word by word.
    pub choices: Vec<Choice>,
    /// Columns of ours that are meant.
    pub columns: Vec<String>,
    /// Headings, words or signs of the file that are meant.
    pub words: Vec<String>,
}
