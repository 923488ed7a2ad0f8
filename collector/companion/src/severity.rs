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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_begins_where_its_band_does_and_what_is_no_number_has_none() {
        for (value, severity) in [
            (0.09, None),
            (0.1, Some(Severity::Moderate)),
            (0.3, Some(Severity::Significant)),
            (0.59, Some(Severity::Significant)),
            (0.6, Some(Severity::Severe)),
            (f64::NAN, None),
        ] {
            assert_eq!(Severity::of(value), severity, "{value}");
        }
    }

    #[test]
    fn names_are_those_by_which_they_are_stored() {
        for severity in Severity::ALL {
            let stored = serde_json::to_string(severity).expect("written");
            assert_eq!(stored.trim_matches('"'), severity.name());
            assert_eq!(Severity::named(severity.name()), Some(*severity));
        }
    }
}
