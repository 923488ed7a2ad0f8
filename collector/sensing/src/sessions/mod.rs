//! Sessions: one person's windows with no gap over ten minutes, over all their devices.
//!
//! This room selects the windows; the arithmetic is `attune_analysis::indicators`.

mod assign;
mod check_ins;
mod delete;
mod fuse;
mod memory;
mod name;
mod query;
pub(crate) mod routes;
mod summaries;
mod texts;
mod view;

use attune_analysis::indicators::{Assessment, summarize, summarize_sent};
use attune_protocol::registry::Modality;

pub use check_ins::has_checked_in;
pub(crate) use check_ins::{CheckIn, check_in_of, of_session as said_in, open_record};
pub use delete::{AGING, delete_before, finish};
#[cfg(test)]
pub(crate) use delete::{Deletion, delete};
pub(crate) use fuse::window_context;
pub use fuse::{FusedWindow, Fuser};
pub(crate) use name::{name_context, session_of, session_of_key};
pub use query::{Cursor, SessionFilter, SessionRow, WindowRow};
pub(crate) use query::{Page, list, windows};
pub(crate) use routes::{Found, Shelf, format_cursor, parse_cursor};
pub(crate) use summaries::Summary;
pub(crate) use texts::Text;
pub use view::{
    CheckInView, ContributionView, CoverageView, EmotionView, LackView, ModalityView, ReasonView, ScoresView,
    SessionList, SessionView, Status, WindowList, WindowView,
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
        let summary = match self {
            Self::Live => summarize(windows),
            Self::Analysis => summarize_sent(windows),
        };
        Assessment { quality: self.quality(windows), ..summary }
    }

    /// Mean over the modalities that were active, each the mean of quality times coverage over the windows in which it was
    /// expected: all of a live session, those for which it was sent of an analysis.
    fn quality(self, windows: &[Assessment]) -> Option<f64> {
        let of = |modality: Modality| {
            let seen = || windows.iter().flat_map(|w| &w.modalities).filter(|seen| seen.modality == modality);
            let expected = if self == Self::Live { windows.len() } else { seen().count() };
            let sum: f64 = seen().map(|seen| seen.quality * seen.coverage).sum();
            (seen().count() > 0).then(|| sum / expected as f64)
        };
        let each: Vec<f64> = Modality::SENSED.into_iter().filter_map(of).collect();
        (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
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
