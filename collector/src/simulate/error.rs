use attune_ground::GroundError;
use attune_ground::http::Problem;
use attune_people::{PeopleError, teams};
use attune_sensing::SensingError;
use attune_wellbeing::WellbeingError;

use crate::CollectorError;

/// Why no organisation was made up.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The database could not be opened.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// The database or a key failed.
    #[error("make up an organisation: {0}")]
    Ground(#[from] GroundError),
    /// A person or a device could not be made.
    #[error("make up an organisation: {0}")]
    People(#[from] PeopleError),
    /// What was taken in could not be fused.
    #[error("make up an organisation: {0}")]
    Sensing(#[from] SensingError),
    /// What was fused could not be rolled up.
    #[error("make up an organisation: {0}")]
    Wellbeing(#[from] WellbeingError),
    /// It is not possible, or something was refused; says what, and what would do.
    #[error("make up an organisation: {0}")]
    Refused(String),
}

impl From<teams::Refused> for SimulateError {
    fn from(refused: teams::Refused) -> Self {
        Self::Refused(Problem::from(refused).detail)
    }
}

impl From<Problem> for SimulateError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem.detail)
    }
}
