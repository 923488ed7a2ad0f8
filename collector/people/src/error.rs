use attune_ground::GroundError;
use attune_ground::damage::Damaged;
use attune_ground::http::Problem;
use attune_ground::store::Outdone;
use attune_protocol::ProtocolError;

/// Why something about a person or a device could not be done. Never carries a person's data.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The store or a key could not be used.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// Whoever does it may not any more.
    #[error("do this any more: the account was disabled, or has lost the role, since the request was begun")]
    NotAnyMore,
    /// Several people, whom an earlier version made, have a user id in letters of another case, and none as it is written.
    #[error("tell who is meant: several have this user id in letters of another case; write it as one of them does")]
    Alike,
    /// Bytes do not read as what they should be.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

impl PeopleError {
    /// Whether the database itself could not be used, whatever was asked of it.
    #[must_use]
    pub fn is_of_the_database(&self) -> bool {
        matches!(self, Self::Ground(error) if error.is_of_the_database())
    }
}

impl Outdone for PeopleError {
    fn is_outdone(&self) -> bool {
        matches!(self, Self::Ground(error) if error.is_outdone())
    }
}

impl From<sqlx::Error> for PeopleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

/// What a subject above deletes of a person fails with the ground's errors, as its `History` is the ground's.
impl From<PeopleError> for GroundError {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Ground(error) => error,
            PeopleError::Protocol(error) => error.into(),
            // No history of a person is deleted by somebody who signs in.
            PeopleError::NotAnyMore => Self::Corrupt("who deletes may do so"),
            // Nor is it looked for them by their user id.
            PeopleError::Alike => Self::Corrupt("who is deleted is known by their id"),
        }
    }
}

/// The cause is logged, and not told to the caller.
impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Ground(GroundError::Damaged(Damaged::Preferences)) => Self::conflict(
                "user_id",
                "what this user prefers is damaged and cannot be opened; set it anew at POST /api/v1/preferences",
            ),
            PeopleError::Ground(error) => error.into(),
            PeopleError::NotAnyMore => {
                Self::unauthorized("your account was changed meanwhile, and nothing was done: sign in again")
            }
            PeopleError::Alike => Self::conflict(
                "user_id",
                "there are several whose user ids differ from this one in capital letters only: write it as one of them is written",
            ),
            error @ PeopleError::Protocol(_) => Self::internal(&error),
        }
    }
}
