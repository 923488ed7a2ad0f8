use serde::{Deserialize, Serialize};

use super::{Absence, Score};

/// The reference system's seven states.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CognitiveState {
    /// Pleasant and quiet.
    Calm,
    /// Active and untroubled.
    Focused,
    /// Unpleasant, active, strained.
    Anxious,
    /// Very unpleasant, very active, very strained.
    Stressed,
    /// Slightly unpleasant and very quiet.
    Fatigued,
    /// Very pleasant and very active.
    Excited,
    /// In the middle of everything.
    Neutral,
}

impl CognitiveState {
    /// Lower-case name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Focused => "focused",
            Self::Anxious => "anxious",
            Self::Stressed => "stressed",
            Self::Fatigued => "fatigued",
            Self::Excited => "excited",
            Self::Neutral => "neutral",
        }
    }
}

/// A state and how likely it is against the others.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateEstimate {
    /// The likeliest state.
    pub state: CognitiveState,
    /// Its posterior probability under equal priors.
    pub confidence: f64,
}

/// Centres as (valence in [-1,1], arousal in [0,1], stress in [0,1]): the values of the reference system MindSync.
const CENTRES: [(CognitiveState, f64, f64, f64); 7] = [
    (CognitiveState::Calm, 0.3, 0.2, 0.1),
    (CognitiveState::Focused, 0.4, 0.6, 0.2),
    (CognitiveState::Anxious, -0.4, 0.7, 0.8),
    (CognitiveState::Stressed, -0.6, 0.8, 0.9),
    (CognitiveState::Fatigued, -0.2, 0.1, 0.3),
    (CognitiveState::Excited, 0.8, 0.9, 0.3),
    (CognitiveState::Neutral, 0.0, 0.5, 0.4),
];

/// Spread of people around a centre, in the units of the centres. Ours: half the median distance between neighbours.
const SPREAD: f64 = 0.15;

/// The likeliest state: each centre is a Gaussian whose variance on every axis is [`SPREAD`] squared plus that of the
/// score, so that an uncertain axis decides less. Axes that are missing decide nothing; with fewer than two axes, or
/// without arousal, which alone tells calm from focused and fatigued from stressed, there is no state.
pub(super) fn estimate(valence: &Score, arousal: &Score, stress: &Score) -> Result<StateEstimate, Absence> {
    if let Some(absence) = arousal.missing() {
        return Err(absence.clone());
    }
    if let (Some(absence), Some(_)) = (stress.missing(), valence.missing()) {
        // Whatever can support valence can support stress, so stress knows the better reason.
        return Err(absence.clone());
    }
    let arousal = arousal.value_and_sd().map(|(value, sd)| ((value + 1.0) / 2.0, sd / 2.0));
    let half_square = |seen: Option<(f64, f64)>, centre: f64| {
        seen.map_or(0.0, |(value, sd)| (value - centre).powi(2) / (2.0 * (SPREAD * SPREAD + sd * sd)))
    };
    // The axes are at most 2, 1 and 1 long, so that no likelihood vanishes.
    let likelihood = |(_, v, a, s): (CognitiveState, f64, f64, f64)| {
        let distances = [(valence.value_and_sd(), v), (arousal, a), (stress.value_and_sd(), s)];
        (-distances.into_iter().map(|(seen, centre)| half_square(seen, centre)).sum::<f64>()).exp()
    };
    let total: f64 = CENTRES.into_iter().map(likelihood).sum();
    let mut best = StateEstimate { state: CognitiveState::Neutral, confidence: 0.0 };
    for centre in CENTRES {
        let confidence = likelihood(centre) / total;
        if confidence > best.confidence {
            best = StateEstimate { state: centre.0, confidence };
        }
    }
    Ok(best)
}
