//! Of what people are reminded, and how it is known that they did it: the program plugs that in, as other subjects know it.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use attune_ground::GroundError;
use attune_pages::words::words;
use attune_protocol::ids::PersonId;

/// Of what somebody is reminded. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// To say how they are.
    CheckIn,
    /// To talk.
    Talk,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::CheckIn, Self::Talk];

    /// As it stands in the database.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::CheckIn => 0,
            Self::Talk => 1,
        }
    }

    /// Of a number.
    pub(crate) fn of(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CheckIn => "check_in",
            Self::Talk => "talk",
        }
    }

    /// As it is told to people.
    pub(crate) fn words(self) -> &'static str {
        let [check_in, talk] = &words().contact.kinds;
        match self {
            Self::CheckIn => check_in,
            Self::Talk => talk,
        }
    }

    /// As it is read.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether it was done, once that is known.
pub type Looking = Pin<Box<dyn Future<Output = Result<bool, GroundError>> + Send>>;

/// Looks whether somebody did what they are reminded of in a piece of time, Unix milliseconds.
#[derive(Clone)]
pub struct Source(Arc<dyn Fn(PersonId, Range<i64>) -> Looking + Send + Sync>);

impl Source {
    /// By what knows it.
    #[must_use]
    pub fn by(look: impl Fn(PersonId, Range<i64>) -> Looking + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    pub(crate) async fn look(&self, person: PersonId, range: Range<i64>) -> Result<bool, GroundError> {
        (self.0)(person, range).await
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source(..)")
    }
}
