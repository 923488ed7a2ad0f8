//! Measures: what is said of how somebody is, each defined once. Pages, exports, the OpenAPI document and reports take names, units,
//! ranges and formulas from [`MEASURES`]; subjects hand their own values of them to whoever rolls them up, as [`Observation`]s.

mod channels;
mod table;
mod text;

use std::fmt;
use std::ops::Range;
use std::pin::Pin;

use attune_protocol::ids::PersonId;
use attune_protocol::policy::Data;
use attune_protocol::seal::SealKey;
use sqlx::AnyConnection;

pub use channels::{CHANNELS, Channel, of_messages};
pub use table::MEASURES;

use crate::GroundError;
use crate::keys::PersonKeys;
use crate::store::Write;

/// A measure. It is known by its number in the database, which is never used for another.
#[derive(PartialEq, Debug)]
pub struct Measure {
    /// Its number, only appended.
    pub number: u16,
    /// Its name in JSON and exports, snake case.
    pub name: &'static str,
    /// What it is called, for people.
    pub title: &'static str,
    /// The unit of its values, for people; empty where they have none.
    pub unit: &'static str,
    /// The smallest and the largest value.
    pub range: (f64, f64),
    /// Which way is better.
    pub better: Better,
    /// What it is made of. Who may be given it may be given all of that.
    pub made_of: &'static [Data],
    /// How it is computed, in words.
    pub formula: &'static str,
    /// From where the formula is: a paper, a standard, or ours.
    pub source: &'static str,
}

impl Measure {
    /// The one of a number.
    #[must_use]
    pub fn of_number(number: u16) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.number == number)
    }

    /// The one of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.name == name)
    }

    /// Whether it is read from messages, and from nothing else.
    #[must_use]
    pub fn is_of_text(&self) -> bool {
        self.made_of.iter().all(|data| *data == Data::Text)
    }
}

/// Which way of a measure is better for whom it is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// More is.
    More,
    /// Less is.
    Less,
    /// Neither: it says how much was seen, or what somebody does.
    Neither,
}

/// A value of a measure that a subject saw of a person, over a piece of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Observation {
    /// Of what.
    pub measure: &'static Measure,
    /// When it began, Unix milliseconds.
    pub at: i64,
    /// How long it stands for, milliseconds; 0 where it is of an instant, as an answer is.
    pub millis: i64,
    /// The value, within the measure's range.
    pub value: f64,
    /// The square of its standard deviation, where it has one; else 0.
    pub variance: f64,
}

/// How far before and behind a piece of time a subject may look to say what it saw in it, milliseconds: what changes there may change
/// what is said of that piece, too.
pub const LOOKS: (i64, i64) = (2 * 60_000, 60 * 60_000);

/// What a subject saw of a person in a piece of time.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Observed {
    /// In the order of their times, and of one time in that of their measures' numbers: equal rows give equal ones.
    pub observations: Vec<Observation>,
    /// The pieces of time, Unix milliseconds, in which the person was to be seen at all: their devices were on. Apart and in order.
    pub expected: Vec<Range<i64>>,
}

/// A subject that sees measures of people.
#[derive(Clone, Copy)]
pub struct Source {
    /// Which, for messages.
    pub name: &'static str,
    /// What it saw of a person that begins in a piece of time, Unix milliseconds, from its own rows of that time, and from those that
    /// lie no further beside it than [`LOOKS`]. It is asked behind the lock of the person (`accounts::lock`), inside the transaction in
    /// which what it says is written.
    pub observe: for<'a> fn(&'a mut Write, PersonId, &'a SealKey, Range<i64>) -> Observing<'a>,
    /// The pieces of time, Unix milliseconds, of which it has something of a person. Asked as `observe` is.
    pub held: for<'a> fn(&'a mut Write, PersonId) -> Held<'a>,
    /// What people agree to, where the subject asks them itself; none where their devices do.
    pub book: Option<Book>,
}

/// What people agree to of what a subject reads, where no device keeps it.
#[derive(Clone, Copy)]
pub struct Book {
    /// Of what it is: measures that are made of it count only of who agrees to it.
    pub of: Data,
    /// What somebody agrees to now. It is asked over a connection that may hold locks, and asks for no other one but for a key.
    pub agreed: for<'a> fn(&'a mut AnyConnection, &'a PersonKeys, PersonId) -> Agreeing<'a>,
}

/// What somebody agrees to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Agreed {
    /// They never did.
    Never,
    /// They do.
    Now,
    /// They did until this instant, Unix milliseconds.
    Until(i64),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

/// What somebody agrees to, once it is known.
pub type Agreeing<'a> = Pin<Box<dyn Future<Output = Result<Agreed, GroundError>> + Send + 'a>>;

/// Of when something is held, once it is known.
pub type Held<'a> = Pin<Box<dyn Future<Output = Result<Vec<Range<i64>>, GroundError>> + Send + 'a>>;

/// What was seen, once it is known.
pub type Observing<'a> = Pin<Box<dyn Future<Output = Result<Observed, GroundError>> + Send + 'a>>;
