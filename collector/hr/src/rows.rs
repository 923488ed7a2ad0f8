//! Rows of the six tables, as they are read from whatever file held them.
//!
//! What a cell does not say is `None`, never 0: "no rating" and "rating 0" are two things. Every row has an employee, or it is a problem
//! of the file and no row.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which of the six tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// Messages, mails, meetings and hours of a day.
    Activity,
    /// Days away.
    Leave,
    /// How somebody came to the organisation.
    Onboarding,
    /// Reviews.
    Performance,
    /// Awards, and points for them.
    Rewards,
    /// How people said that they are.
    Vibe,
}

impl Table {
    /// All of them, in the order of their numbers. Only appended.
    pub const ALL: [Self; 6] =
        [Self::Activity, Self::Leave, Self::Onboarding, Self::Performance, Self::Rewards, Self::Vibe];
}

/// How the organisation calls an employee: trimmed, without invisible signs, in capitals; never a number, never padded.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Employee(pub String);

/// A day of somebody's work.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Activity {
    /// Whose.
    pub employee: Employee,
    /// Which day.
    pub date: Option<Date>,
    /// Teams messages that they sent, at least 0.
    pub messages: Option<u32>,
    /// Mails that they sent, at least 0.
    pub mails: Option<u32>,
    /// Meetings that they were in, at least 0.
    pub meetings: Option<u32>,
    /// Hours that they worked, 0 to 24.
    pub hours: Option<f64>,
}

/// What kind of leave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum LeaveKind {
    /// Annual leave.
    Annual,
    /// Casual leave.
    Casual,
    /// Sick leave.
    Sick,
    /// Unpaid leave.
    Unpaid,
}

/// Days away.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Leave {
    /// Whose.
    pub employee: Employee,
    /// Of which kind.
    pub kind: Option<LeaveKind>,
    /// Days as the table says them, over 0; halves are usual.
    pub days: Option<f64>,
    /// The first day.
    pub start: Option<Date>,
    /// The last day, not before the first.
    pub end: Option<Date>,
}

/// How somebody's start was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Feedback {
    /// Poor.
    Poor,
    /// Average.
    Average,
    /// Good.
    Good,
    /// Excellent.
    Excellent,
}

/// How somebody came to the organisation: one row an employee.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Onboarding {
    /// Whose.
    pub employee: Employee,
    /// When.
    pub joined: Option<Date>,
    /// How they found it.
    pub feedback: Option<Feedback>,
    /// Whether they had a mentor.
    pub mentor: Option<bool>,
    /// Whether they ended the first training.
    pub trained: Option<bool>,
}

/// Of which part of a year a review is; the later, the newer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Part {
    /// The first half.
    FirstHalf,
    /// The second half.
    SecondHalf,
    /// The whole year.
    Annual,
}

/// When a review is of. Ordered: a later one is greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Period {
    /// Which year.
    pub year: i16,
    /// Which part of it.
    pub part: Part,
}

/// What a manager said of somebody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Judgement {
    /// Needs improvement.
    NeedsImprovement,
    /// Meets expectations.
    Meets,
    /// Exceeds expectations.
    Exceeds,
}

/// A review.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Review {
    /// Whose.
    pub employee: Employee,
    /// Of when.
    pub period: Option<Period>,
    /// The rating, 1 to 4.
    pub rating: Option<u8>,
    /// What the manager said.
    pub judgement: Option<Judgement>,
    /// Whether a promotion is considered.
    pub promotion: Option<bool>,
}

/// What somebody was awarded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Award {
    /// Best team player.
    TeamPlayer,
    /// Innovation award.
    Innovation,
    /// Leadership excellence.
    Leadership,
    /// Star performer.
    Star,
}

/// An award.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Reward {
    /// Whose.
    pub employee: Employee,
    /// Which.
    pub award: Option<Award>,
    /// When.
    pub date: Option<Date>,
    /// Points, at least 0.
    pub points: Option<f64>,
}

/// How somebody said that they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Zone {
    /// Frustrated Zone.
    Frustrated,
    /// Sad Zone.
    Sad,
    /// Leaning to Sad Zone.
    LeaningToSad,
    /// Neutral Zone (OK).
    Neutral,
    /// Leaning to Happy Zone.
    LeaningToHappy,
    /// Happy Zone.
    Happy,
    /// Excited Zone.
    Excited,
}

/// An answer of the vibe meter.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Vibe {
    /// Whose.
    pub employee: Employee,
    /// When.
    pub date: Option<Date>,
    /// The score, 1 to 6; between two whole ones where another scale was laid over this one.
    pub score: Option<f64>,
    /// The zone.
    pub zone: Option<Zone>,
}

/// Rows of all six tables.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Tables {
    /// Of the table of activities.
    pub activity: Vec<Activity>,
    /// Of that of leave.
    pub leave: Vec<Leave>,
    /// Of that of starts.
    pub onboarding: Vec<Onboarding>,
    /// Of that of reviews.
    pub performance: Vec<Review>,
    /// Of that of awards.
    pub rewards: Vec<Reward>,
    /// Of the vibe meter.
    pub vibe: Vec<Vibe>,
}

/// A row, by whose it is.
pub(crate) trait OfEmployee {
    /// Whose it is.
    fn employee(&mut self) -> &mut Employee;
}

macro_rules! of_employee {
    ($($row:ty),*) => {
        $(impl OfEmployee for $row {
            fn employee(&mut self) -> &mut Employee {
                &mut self.employee
            }
        })*
    };
}
of_employee!(Activity, Leave, Onboarding, Review, Reward, Vibe);
