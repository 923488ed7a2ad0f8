use attune_analysis::AnalysisError;
use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_ground::store::Outdone;
use attune_people::PeopleError;

/// What goes wrong with messages; reads after "failed to ...". Never carries a word of one.
#[derive(Debug, thiserror::Error)]
pub enum MessagesError {
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

impl MessagesError {
    /// As an error of the ground, for what subjects do for each other.
    pub(crate) fn into_ground(self) -> GroundError {
        match self {
            Self::Ground(error) => error,
            Self::People(error) => error.into(),
            Self::Analysis(_) => GroundError::Corrupt("texts are read by nobody here"),
        }
    }
}

impl Outdone for MessagesError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
            Self::Analysis(_) => false,
        }
    }
}

impl From<sqlx::Error> for MessagesError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

/// The cause is logged, and not told to the caller.
impl From<MessagesError> for Problem {
    fn from(error: MessagesError) -> Self {
        match error {
            MessagesError::Ground(error) => error.into(),
            MessagesError::People(error) => error.into(),
            error @ MessagesError::Analysis(_) => Self::internal(&error),
        }
    }
}
