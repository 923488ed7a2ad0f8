//! Sessions: one person's windows with no gap over ten minutes, over all their devices.
//!
//! This room selects the windows; the arithmetic is `attune_analysis::indicators`.

mod assign;
mod delete;
mod fuse;
mod memory;
mod name;
mod query;
pub(crate) mod routes;
mod summaries;
mod view;

use attune_analysis::indicators::{Assessment, summarize, summarize_sent};

#[cfg(test)]
pub(crate) use delete::{Deletion, delete};
pub use delete::{delete_before, finish};
pub(crate) use fuse::window_context;
pub use fuse::{FusedWindow, Fuser};
pub(crate) use name::session_of;
pub(crate) use query::Page;
pub use query::{Cursor, SessionFilter, SessionRow, WindowRow};
pub(crate) use routes::{Found, Shelf, format_cursor, parse_cursor};
pub(crate) use summaries::Summaries;
pub use view::{
    ContributionView, CoverageView, EmotionView, LackView, ModalityView, ReasonView, ScoresView, SessionList,
    SessionView, Status, WindowList, WindowView,
};

/// What made a session. The numbers stand in the database and are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// Devices that sense.
    Live,
    /// A call of the analysis API.
    Analysis,
}

impl SessionKind {
    /// Scores of a session of this kind from those of its windows.
    #[must_use]
    pub fn summarize(self, windows: &[Assessment]) -> Assessment {
        match self {
            Self::Live => summarize(windows),
            Self::Analysis => summarize_sent(windows),
        }
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Live => 1,
            Self::Analysis => 2,
        }
    }

    pub(crate) const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Live),
            2 => Some(Self::Analysis),
            _ => None,
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
