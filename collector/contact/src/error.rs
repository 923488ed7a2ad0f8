use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Outdone;
use attune_people::PeopleError;

/// What goes wrong with reminders and letters; reads after "failed to ...". Never carries a word of one.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// In the ground.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// In what is known of people.
    #[error(transparent)]
    People(#[from] PeopleError),
}

impl Outdone for ContactError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
        }
    }
}

impl From<sqlx::Error> for ContactError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

impl From<ContactError> for GroundError {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Ground(error) => error,
            ContactError::People(error) => error.into(),
        }
    }
}

/// The cause is logged, and not told to the caller.
impl From<ContactError> for Problem {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::Ground(error) => error.into(),
            ContactError::People(error) => error.into(),
        }
    }
}
