use serde::{Deserialize, Serialize};

use super::{Absence, Score};

/// The reference system's seven states, and one of who is not there. Variants are only appended.
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
    /// Not there: a camera saw nobody, and no sensor tells of a person. The reference system has no such state.
    Away,
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
            Self::Away => "away",
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
/// score, so that an uncertain axis decides less. Axes that one sensor's errors move together tell no more than their number
/// of independent ones ([`independent`]). Axes that are missing decide nothing; with fewer than two axes, or
/// without arousal, which alone tells calm from focused and fatigued from stressed, there is no state.
pub(super) fn estimate(valence: &Score, arousal: &Score, stress: &Score) -> Result<StateEstimate, Absence> {
    if let Some(absence) = arousal.missing() {
        return Err(absence.clone());
    }
    if let (Some(absence), Some(_)) = (stress.missing(), valence.missing()) {
        // Whatever can support valence can support stress, so stress knows the better reason.
        return Err(absence.clone());
    }
    let known: Vec<&Score> = [valence, arousal, stress].into_iter().filter(|score| score.value().is_some()).collect();
    let told = independent(&known) / known.len() as f64;
    let arousal = arousal.value_and_sd().map(|(value, sd)| ((value + 1.0) / 2.0, sd / 2.0));
    let half_square = |seen: Option<(f64, f64)>, centre: f64| {
        seen.map_or(0.0, |(value, sd)| (value - centre).powi(2) / (2.0 * (SPREAD * SPREAD + sd * sd)))
    };
    // The axes are at most 2, 1 and 1 long, so that no likelihood vanishes.
    let likelihood = |(_, v, a, s): (CognitiveState, f64, f64, f64)| {
        let distances = [(valence.value_and_sd(), v), (arousal, a), (stress.value_and_sd(), s)];
        (-told * distances.into_iter().map(|(seen, centre)| half_square(seen, centre)).sum::<f64>()).exp()
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

/// How many independent ones some scores are worth: their number squared over the sum of their correlations (Kish's effective
/// size). What one sensor says of two scores is taken to be wrong in both at once.
fn independent(scores: &[&Score]) -> f64 {
    let pairs = scores.iter().flat_map(|one| scores.iter().map(move |other| one.correlation(other)));
    (scores.len() * scores.len()) as f64 / pairs.sum::<f64>()
}

/// The state of a session whose scores tell none: away, where that is what most of its windows say.
pub(super) fn away_in_most<'a>(
    windows: impl ExactSizeIterator<Item = &'a Result<StateEstimate, Absence>>,
) -> Option<StateEstimate> {
    let all = windows.len();
    let away = windows.filter_map(|window| window.as_ref().ok()).filter(|told| told.state == CognitiveState::Away);
    let confidences: Vec<f64> = away.map(|told| told.confidence).collect();
    let confidence = confidences.iter().sum::<f64>() / confidences.len().max(1) as f64;
    (2 * confidences.len() > all).then_some(StateEstimate { state: CognitiveState::Away, confidence })
}
