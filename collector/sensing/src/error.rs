use attune_analysis::indicators::AssessmentError;
use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_pages::PagesError;
use attune_people::PeopleError;
use attune_protocol::ProtocolError;

/// Why something could not be sensed, fused or shown. Never carries a person's data.
#[derive(Debug, thiserror::Error)]
pub enum SensingError {
    /// The store, a key or an address could not be used.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// A person or a device could not be looked up.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The broker could not be started or reached.
    #[error("use the broker: {0}")]
    Broker(String),
    /// Bytes do not read as what they should be.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A stored assessment does not read.
    #[error(transparent)]
    Assessment(#[from] AssessmentError),
    /// A picture of a session could not be made.
    #[error(transparent)]
    Pages(#[from] PagesError),
}

impl From<sqlx::Error> for SensingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

/// The cause is logged, and not told to the caller.
impl From<SensingError> for Problem {
    fn from(error: SensingError) -> Self {
        match error {
            SensingError::Ground(error) => error.into(),
            SensingError::People(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}
