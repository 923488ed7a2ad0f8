use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

/// The scores that evidence is gathered for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScoreKind {
    /// Stress level, [0,1].
    Stress,
    /// Attention score, [0,1].
    Attention,
    /// Pleasantness, [-1,1].
    Valence,
    /// Activation, [-1,1].
    Arousal,
}

impl ScoreKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Stress, Self::Attention, Self::Valence, Self::Arousal];

    /// Smallest and largest value.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        match self {
            Self::Stress | Self::Attention => (0.0, 1.0),
            Self::Valence | Self::Arousal => (-1.0, 1.0),
        }
    }

    /// The largest standard deviation with which the score is still given: 35 % of a range of one. (A value drawn
    /// blindly from the whole range has 29 % of it on a uniform scale, so beyond this the evidence says nothing.) Ours.
    #[must_use]
    pub const fn largest_sd(self) -> f64 {
        match self {
            Self::Stress | Self::Attention => 0.35,
            Self::Valence | Self::Arousal => 0.70,
        }
    }

    /// The modalities that can support this score at all.
    #[must_use]
    pub const fn supporters(self) -> &'static [Modality] {
        match self {
            Self::Stress => &[Modality::Face, Modality::Voice, Modality::Heart],
            Self::Attention => &[Modality::Face, Modality::Motion],
            Self::Valence => &[Modality::Face],
            Self::Arousal => &[Modality::Face, Modality::Voice, Modality::Heart, Modality::Motion],
        }
    }
}

/// How much one modality weighed in a score.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Contribution {
    /// The modality.
    pub modality: Modality,
    /// What this modality alone says.
    pub value: f64,
    /// Its share of the precision, in (0,1]; the shares of a score add up to 1.
    pub share: f64,
}

/// Why a score is missing. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// No modality that could support it was active.
    NoSupportingModality,
    /// Such a modality was active, but saw too little or too poorly for its features.
    NotEnoughData,
    /// There is evidence, but it is too uncertain to be called a score.
    TooUncertain,
}

impl Missing {
    /// A sentence for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NoSupportingModality => "not enough data: no modality that can support this score was active",
            Self::NotEnoughData => "not enough data: what was active saw too little of what this score needs",
            Self::TooUncertain => "not enough data: what was seen is too uncertain for a score",
        }
    }
}

/// A score, or why there is none. Nothing has a default value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Score {
    /// There is enough evidence.
    Known {
        /// In the range of its kind.
        value: f64,
        /// Standard deviation, in the same unit.
        sd: f64,
        /// What each modality gave to it, by modality.
        contributions: Vec<Contribution>,
    },
    /// There is not.
    Missing(Missing),
}

impl Score {
    /// The value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Known { value, .. } => Some(*value),
            Self::Missing(_) => None,
        }
    }

    /// Value and standard deviation, if there are any.
    #[must_use]
    pub fn value_and_sd(&self) -> Option<(f64, f64)> {
        match self {
            Self::Known { value, sd, .. } => Some((*value, *sd)),
            Self::Missing(_) => None,
        }
    }

    /// What each modality gave; empty when the score is missing.
    #[must_use]
    pub fn contributions(&self) -> &[Contribution] {
        match self {
            Self::Known { contributions, .. } => contributions,
            Self::Missing(_) => &[],
        }
    }

    /// Why there is none.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        match self {
            Self::Known { .. } => None,
            Self::Missing(reason) => Some(*reason),
        }
    }
}
