use attune_analysis::indicators::AssessmentError;
use attune_ground::GroundError;
use attune_ground::http::{Panicked, Problem};
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
    /// As many wait for heavy work as may.
    #[error("find a place for heavy work")]
    Busy,
    /// Heavy work ended in a panic.
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

impl SensingError {
    /// Whether the database itself could not be used, whatever was asked of it.
    pub(crate) fn is_of_the_database(&self) -> bool {
        match self {
            Self::Ground(error) | Self::People(PeopleError::Ground(error)) => error.is_of_the_database(),
            _ => false,
        }
    }
}

impl SensingError {
    /// As an error of the ground, for what subjects do for each other.
    pub(crate) fn into_ground(self) -> GroundError {
        match self {
            Self::Ground(error) => error,
            Self::People(error) => error.into(),
            Self::Protocol(error) => error.into(),
            _ => GroundError::Corrupt("what was sensed opens and decodes"),
        }
    }
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
            SensingError::Busy => Self::busy("as many sessions are read and drawn as may be; try again"),
            error => Self::internal(&error),
        }
    }
}
