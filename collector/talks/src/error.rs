use attune_analysis::AnalysisError;
use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Outdone;
use attune_people::PeopleError;

/// What goes wrong with talks; reads after "failed to ...". Never carries a word of one.
#[derive(Debug, thiserror::Error)]
pub enum TalksError {
    /// In the ground.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// In what is known of people.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The network that reads texts cannot be used.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

impl Outdone for TalksError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
            Self::Analysis(_) => false,
        }
    }
}

impl From<sqlx::Error> for TalksError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

impl From<TalksError> for GroundError {
    fn from(error: TalksError) -> Self {
        match error {
            TalksError::Ground(error) => error,
            TalksError::People(error) => error.into(),
            TalksError::Analysis(_) => Self::Corrupt("texts are read by nobody here"),
        }
    }
}

/// The cause is logged, and not told to the caller.
impl From<TalksError> for Problem {
    fn from(error: TalksError) -> Self {
        match error {
            TalksError::Ground(error) => error.into(),
            TalksError::People(error) => error.into(),
            error @ TalksError::Analysis(_) => Self::internal(&error),
        }
    }
}
