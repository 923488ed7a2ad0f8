use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

use super::evidence::{self, Circumstances};
use super::{Absence, reading};

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

    /// The modalities that can support this score at all: those from which evidence is read.
    #[must_use]
    pub fn supporters(self) -> Vec<Modality> {
        reading::supporters(|reading| evidence::of(reading, self, Circumstances::default()))
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
    Missing(Absence),
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
    pub fn missing(&self) -> Option<&Absence> {
        match self {
            Self::Known { .. } => None,
            Self::Missing(absence) => Some(absence),
        }
    }
}
