use attune_ground::GroundError;
use attune_ground::http::{Panicked, Problem};
use attune_ground::store::Outdone;
use attune_hr::HrError;
use attune_people::PeopleError;
use attune_reports::ReportError;
use attune_wellbeing::WellbeingError;

/// What goes wrong with reports; reads after "failed to ...". Never carries a word of one.
#[derive(Debug, thiserror::Error)]
pub enum ReportingError {
    /// In the ground.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// In what is known of people.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// In tables of HR.
    #[error(transparent)]
    Hr(#[from] HrError),
    /// In figures of teams.
    #[error(transparent)]
    Wellbeing(#[from] WellbeingError),
    /// It can't be made.
    #[error("make a report: {0}")]
    Unmade(#[from] ReportError),
    /// Work on a thread of its own ended in a panic, which is a fault of ours.
    #[error("make a report: its maker panicked")]
    Panicked,
    /// Others have some made for long.
    #[error("make a report: others are being made")]
    Crowded,
    /// A day is out of range, or to come.
    #[error("make a report: its day is out of range, or to come")]
    Day,
}

impl Outdone for ReportingError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
            Self::Hr(error) => error.is_outdone(),
            Self::Wellbeing(error) => error.is_outdone(),
            Self::Unmade(_) | Self::Panicked | Self::Crowded | Self::Day => false,
        }
    }
}

impl From<sqlx::Error> for ReportingError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

/// The cause is logged, and not told to the caller.
impl From<ReportingError> for Problem {
    fn from(error: ReportingError) -> Self {
        match error {
            ReportingError::Ground(error) => error.into(),
            ReportingError::People(error) => error.into(),
            ReportingError::Hr(error) => error.into(),
            ReportingError::Wellbeing(error) => error.into(),
            ReportingError::Panicked => Self::internal(&Panicked),
            ReportingError::Crowded => Self::busy("other reports are being made; try again in a moment"),
            ReportingError::Day => Self::bad_request("day", "day lies too far away, or is still to come"),
            error @ ReportingError::Unmade(_) => Self::internal(&error),
        }
    }
}
