use attune_protocol::registry::{Modality, motion};
use serde::{Deserialize, Serialize};

use super::reading::{self, Reading};
use super::{Absence, Terms};

/// How much somebody moves. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityLevel {
    /// Sitting, standing, lying.
    Low,
    /// Light activity.
    Moderate,
    /// Moderate to vigorous activity.
    High,
}

/// Mean amplitude deviation in g where light and where moderate activity begin: the cut points of Vaha-Ypya et al.
/// (2015), 22.5 mg and 91.5 mg.
const LIGHT: f64 = 0.0225;
const MODERATE: f64 = 0.0915;

/// The level of the most active device, where motion was sensed.
pub(super) fn level(readings: &[Reading<'_>], terms: Terms) -> Result<ActivityLevel, Absence> {
    let intensity =
        |reading: &Reading<'_>| (reading.modality() == Modality::Motion).then(|| reading.get(motion::INTENSITY));
    let gathered = reading::gather(readings, terms, intensity);
    let most = gathered.given.iter().flat_map(|(_, words)| words.iter().copied()).reduce(f64::max);
    most.map(of).ok_or_else(|| Absence::of(gathered.lacks))
}

/// The level of a mean amplitude deviation, g.
pub(super) fn of(intensity: f64) -> ActivityLevel {
    match intensity {
        g if g < LIGHT => ActivityLevel::Low,
        g if g < MODERATE => ActivityLevel::Moderate,
        _ => ActivityLevel::High,
    }
}
