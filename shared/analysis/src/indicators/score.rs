use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

use super::Absence;

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

    /// The standard deviation of what one modality adds to the score: its share of the variance is its share of the precision.
    pub(super) fn sd_of(&self, modality: Modality) -> f64 {
        let own = self.contributions().iter().filter(|c| c.modality == modality);
        let share: f64 = own.map(|c| c.share).sum();
        self.value_and_sd().map_or(0.0, |(_, sd)| sd * share.sqrt())
    }

    /// How far the errors of two known scores go together, in [0,1]: those of one modality do wholly.
    pub(super) fn correlation(&self, other: &Self) -> f64 {
        let Some(((_, sd), (_, other_sd))) = self.value_and_sd().zip(other.value_and_sd()) else { return 0.0 };
        let together = |modality| self.sd_of(modality) * other.sd_of(modality);
        Modality::SENSED.into_iter().map(together).sum::<f64>() / (sd * other_sd)
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
