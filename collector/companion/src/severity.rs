//! How much something weighs, by the words in which it is told.

use crate::named::named;

named! {
    /// How far a figure of a person lies from their usual, or that of others.
    pub enum Severity {
        /// Somewhat.
        Moderate = "moderate",
        /// Clearly.
        Significant = "significant",
        /// Very far.
        Severe = "severe",
    }
}

/// From which value on each holds: the bands of OpenSoft's reports.
const BANDS: [(f64, Severity); 3] = [(0.6, Severity::Severe), (0.3, Severity::Significant), (0.1, Severity::Moderate)];

impl Severity {
    /// That of the size of a concern in [0,1]; none of one that is too small, or no number.
    #[must_use]
    pub fn of(value: f64) -> Option<Self> {
        BANDS.iter().find(|(from, _)| value >= *from).map(|(_, severity)| *severity)
    }
}
