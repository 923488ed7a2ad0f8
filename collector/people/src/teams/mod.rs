//! Teams: who is in which, who leads which, and from when to when.
//!
//! | table | holds |
//! |---|---|
//! | `teams` | their names, in clear, and when they were closed |
//! | `team_members` | people, each for a time |
//! | `team_managers` | logins that lead them, each for a time |
//!
//! What decides a change is read behind the locks of the person or the login, and then of the team, in that order everywhere.

mod ask;
mod periods;
mod store;

pub use ask::{Membership, Rosters, led_by, managers_at, members_at, memberships, of_asker, rosters, teams_of};
pub use periods::{Held, Whom, add, add_in, end, forget_login, forget_person, held, take_back};
pub use store::{Listed, close, find, find_open, list, make, make_in, make_since, rename};

use attune_ground::http::Problem;
use attune_ground::store::bytes16;
use attune_protocol::ids::PersonId;

use crate::PeopleError;

/// Characters of a name.
pub const LONGEST_NAME: usize = 80;

/// A team.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamId(pub [u8; 16]);

impl TeamId {
    fn random() -> Self {
        Self(PersonId::random().0)
    }

    fn of(column: &[u8]) -> Result<Self, PeopleError> {
        Ok(Self(bytes16(column)?))
    }
}

impl std::fmt::Display for TeamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        PersonId(self.0).fmt(f)
    }
}

impl std::fmt::Debug for TeamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TeamId({self})")
    }
}

impl std::str::FromStr for TeamId {
    type Err = attune_protocol::ProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|PersonId(bytes)| Self(bytes))
    }
}

/// A team, as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// When it was closed, Unix milliseconds.
    pub closed_at: Option<i64>,
}

/// From when to when, Unix milliseconds: `until` is the first instant outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Period {
    /// The first instant.
    pub since: i64,
    /// The first instant outside; none where it goes on.
    pub until: Option<i64>,
}

impl Period {
    /// Whether two have an instant in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let end = |period: Self| period.until.unwrap_or(i64::MAX);
        self.since < end(other) && other.since < end(self)
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn holds(self, instant: i64) -> bool {
        self.since <= instant && self.until.is_none_or(|until| instant < until)
    }
}

/// Why a change of teams was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The name is none.
    Name,
    /// Another team that is not closed has the name.
    Taken,
    /// There is no such team.
    NoTeam,
    /// The team is closed.
    Closed,
    /// There is no such person, or no such login.
    Nobody,
    /// It ends before it begins.
    Backwards,
    /// They are in the team, or lead it, for a part of that time already.
    Overlaps(Period),
    /// There is no such period.
    NoPeriod,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let problem = Self::conflict;
        match refused {
            Refused::Name => {
                Self::bad_request("name", format!("the name of a team has 1 to {LONGEST_NAME} characters that print"))
            }
            Refused::Taken => {
                problem("name", "there is a team of this name already: choose another, or close that one")
            }
            Refused::NoTeam => Self::not_found("there is no such team; GET /api/v1/admin/teams lists them"),
            Refused::Closed => problem("team", "this team is closed: make another one"),
            Refused::Nobody => {
                Self::not_found("there is nobody of this name; look at the list of people and of accounts")
            }
            Refused::Backwards => Self::bad_request("until", "the last day comes before the first"),
            Refused::Overlaps(_) => {
                problem("since", "for a part of this time they have this place in the team already: end that first")
            }
            Refused::NoPeriod => Self::not_found("there is no such period of this team"),
        }
    }
}

/// What a change of teams gives, where the database takes it.
pub type Changed<T> = Result<Result<T, Refused>, PeopleError>;

#[cfg(test)]
mod tests;
