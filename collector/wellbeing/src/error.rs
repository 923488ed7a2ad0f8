use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Outdone;
use attune_people::PeopleError;

/// What goes wrong with wellbeing over time; reads after "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum WellbeingError {
    /// In the ground.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// In what is known of people.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// A roll-up does not read.
    #[error("read a roll-up: {0}")]
    Unreadable(#[from] postcard::Error),
}

impl WellbeingError {
    /// Whether the database itself could not be used, whatever was asked of it.
    #[must_use]
    pub fn is_of_the_database(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_of_the_database(),
            Self::People(error) => error.is_of_the_database(),
            Self::Unreadable(_) => false,
        }
    }
}

impl Outdone for WellbeingError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
            Self::Unreadable(_) => false,
        }
    }
}

impl From<sqlx::Error> for WellbeingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

impl From<WellbeingError> for Problem {
    fn from(error: WellbeingError) -> Self {
        match error {
            WellbeingError::Ground(error) => error.into(),
            WellbeingError::People(error) => error.into(),
            WellbeingError::Unreadable(_) => GroundError::from(sqlx::Error::RowNotFound).into(),
        }
    }
}
