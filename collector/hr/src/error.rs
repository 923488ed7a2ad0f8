use attune_ground::GroundError;
use attune_ground::http::{Panicked, Problem};
use attune_ground::store::Outdone;
use attune_people::PeopleError;

/// Seconds after which whoever waited in vain for their turn asks again.
const AGAIN: u32 = 5;

/// What goes wrong with tables of HR; reads after "failed to ...". Never carries a value of one.
#[derive(Debug, thiserror::Error)]
pub enum HrError {
    /// In the ground.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// In what is known of people.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// Work on a thread of its own ended in a panic, which is a fault of ours.
    #[error("read a table: its reader panicked")]
    Panicked,
    /// Bytes that wait for a decision can't be had: the database refused, or they do not open.
    #[error("read a table: its bytes could not be had")]
    Unread,
    /// Somebody threw it away before all of it had come.
    #[error("take a table in: it was thrown away while it came")]
    Dropped,
    /// A file could not be written, which is a fault of ours.
    #[error("write the master table: {0}")]
    Unwritten(String),
    /// The forest does not grow, which is a fault of ours.
    #[error("look for who is unusual: {0}")]
    Unsought(#[from] attune_forest::Error),
    /// Tables come and go while they are looked at.
    #[error("look at the tables: they are being taken in")]
    Restless,
    /// As many look at the tables as may.
    #[error("look at the tables: as many do as may at a time")]
    Crowded,
}

impl Outdone for HrError {
    fn is_outdone(&self) -> bool {
        match self {
            Self::Ground(error) => error.is_outdone(),
            Self::People(error) => error.is_outdone(),
            Self::Panicked
            | Self::Unread
            | Self::Dropped
            | Self::Unwritten(_)
            | Self::Unsought(_)
            | Self::Restless
            | Self::Crowded => false,
        }
    }
}

impl From<sqlx::Error> for HrError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

/// The cause is logged, and not told to the caller.
impl From<HrError> for Problem {
    fn from(error: HrError) -> Self {
        match error {
            HrError::Ground(error) => error.into(),
            HrError::People(error) => error.into(),
            HrError::Panicked => Self::internal(&Panicked),
            HrError::Dropped => Self::conflict("id", "it was thrown away while it came"),
            HrError::Restless => Self::busy("tables are being taken in; try again in a moment"),
            HrError::Crowded => {
                let detail = "as many look at the tables as may at a time; try again in a moment";
                Self { retry_after: Some(AGAIN), ..Self::busy(detail) }
            }
            error @ (HrError::Unread | HrError::Unwritten(_) | HrError::Unsought(_)) => Self::internal(&error),
        }
    }
}
