//! The feature registry: the one table of what may be derived, kept and sent.
//!
//! Ordinals are append-only: a feature is never renumbered, renamed or given another scale; a better one gets a new
//! ordinal. Audit, OpenAPI, export, policy and the docs are generated from this table.

pub mod check_in;
pub mod face;
pub mod heart;
pub mod motion;
mod spec;
pub mod text;
pub mod voice;

use serde::{Deserialize, Serialize};

pub use spec::{Categories, Category, FeatureSpec, Ordinal, Retention, Scale, Span};

/// How many features each modality had at each revision, from the first on: those with the lowest ordinals.
const SIZES: [[u8; Modality::ALL.len()]; 3] = [[33, 46, 17, 21, 0, 0], [33, 46, 17, 21, 3, 0], [33, 46, 17, 21, 3, 11]];

/// Grows by one whenever features are appended.
pub const REVISION: u16 = SIZES.len() as u16;

/// What a record is of: a kind of sensing, what the person says themselves, or what they write. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// Camera.
    Face,
    /// Microphone.
    Voice,
    /// Accelerometer and gyroscope.
    Motion,
    /// Beat-to-beat intervals from a wearable.
    Heart,
    /// How the person says that they are. No sensor gives it, and nothing is inferred: it is never fused into scores.
    #[serde(rename = "check-in")]
    CheckIn,
    /// What was read on the device from messages that the person wrote. No sensor gives it, and it is never fused into scores.
    Text,
}

impl Modality {
    /// Every modality, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Face, Self::Voice, Self::Motion, Self::Heart, Self::CheckIn, Self::Text];
    /// Those that sensors give, of which scores are made; they have the lowest numbers.
    pub const SENSED: [Self; 4] = [Self::Face, Self::Voice, Self::Motion, Self::Heart];

    /// Lower-case English name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Voice => "voice",
            Self::Motion => "motion",
            Self::Heart => "heart",
            Self::CheckIn => "check-in",
            Self::Text => "text",
        }
    }

    /// Whether sensors give it.
    #[must_use]
    pub const fn is_sensed(self) -> bool {
        !matches!(self, Self::CheckIn | Self::Text)
    }

    /// The number that stands on the wire and in the database.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The modality of a number, if it is known here.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The modality of a name, if it is known here.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.name() == name)
    }

    /// All features of this modality; a feature stands at the index of its ordinal.
    #[must_use]
    pub const fn features(self) -> &'static [FeatureSpec] {
        match self {
            Self::Face => face::FEATURES,
            Self::Voice => voice::FEATURES,
            Self::Motion => motion::FEATURES,
            Self::Heart => heart::FEATURES,
            Self::CheckIn => check_in::FEATURES,
            Self::Text => text::FEATURES,
        }
    }

    /// What the registry says of a feature, if this revision knows it.
    #[must_use]
    pub fn feature(self, ordinal: Ordinal) -> Option<&'static FeatureSpec> {
        self.features().get(usize::from(ordinal.0))
    }

    /// Whether a revision had this feature, so that a record of it could hold the feature.
    #[must_use]
    pub fn had(self, ordinal: Ordinal, revision: u16) -> bool {
        let known = revision.min(REVISION).checked_sub(1).and_then(|index| SIZES.get(usize::from(index)));
        known.is_some_and(|sizes| ordinal.0 < sizes[usize::from(self.number())])
    }
}

impl std::fmt::Display for Modality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Writes one modality's table and a constant for each ordinal, so that the two cannot disagree.
macro_rules! features {
    ($($ordinal:literal $constant:ident $name:literal, $unit:literal, $min:literal .. $max:literal $scale:ident,
        $span:ident, $shortest:literal s, $category:ident, $retention:ident, $source:literal;)*) => {
        $(#[doc = concat!("`", $name, "`, in ", $unit, ". ", $source, ".")]
        pub const $constant: crate::registry::Ordinal = crate::registry::Ordinal($ordinal);)*

        /// The features of this modality; a feature stands at the index of its ordinal.
        pub const FEATURES: &[crate::registry::FeatureSpec] = &[$(crate::registry::FeatureSpec {
            ordinal: crate::registry::Ordinal($ordinal),
            name: $name,
            unit: $unit,
            min: $min,
            max: $max,
            scale: crate::registry::Scale::$scale,
            span: crate::registry::Span::$span,
            shortest_seconds: $shortest,
            category: crate::registry::Category::$category,
            retention: crate::registry::Retention::$retention,
            source: $source,
        },)*];
    };
}
use features;

#[cfg(test)]
mod tests;
