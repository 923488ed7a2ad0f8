use attune_protocol::registry::{Modality, face, voice};
use serde::{Deserialize, Serialize};

use super::reading::{self, Reading};
use super::{Absence, Missing, Terms};

/// Weight of a voice beside a face. Ours: its network knows acted speech only, and reads that with a recall of 59 % where
/// the face's has 75 %.
const VOICE_WEIGHT: f64 = 0.25;

/// The seven classes of FER2013 and of the reference systems.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Emotion {
    /// Anger.
    Angry,
    /// Disgust.
    Disgust,
    /// Fear.
    Fear,
    /// Happiness.
    Happy,
    /// Sadness.
    Sad,
    /// Surprise.
    Surprise,
    /// None of these.
    Neutral,
}

impl Emotion {
    /// Every class, in the order of the registry.
    pub const ALL: [Self; 7] =
        [Self::Angry, Self::Disgust, Self::Fear, Self::Happy, Self::Sad, Self::Surprise, Self::Neutral];

    /// Lower-case name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Disgust => "disgust",
            Self::Fear => "fear",
            Self::Happy => "happy",
            Self::Sad => "sad",
            Self::Surprise => "surprise",
            Self::Neutral => "neutral",
        }
    }
}

/// A distribution over the seven emotions.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EmotionEstimate {
    /// Probabilities in the order of [`Emotion::ALL`]; they add up to 1.
    pub probabilities: [f64; 7],
}

impl EmotionEstimate {
    /// From weights that need not add up to 1. `None` when they are all zero.
    pub(super) fn normalized(weights: [f64; 7]) -> Option<Self> {
        let sum: f64 = weights.iter().sum();
        (sum > 0.0 && sum.is_finite()).then(|| Self { probabilities: weights.map(|w| w / sum) })
    }

    /// The probability of one class.
    #[must_use]
    pub fn probability(&self, emotion: Emotion) -> f64 {
        self.probabilities[emotion as usize]
    }

    /// The likeliest class and its probability.
    #[must_use]
    pub fn dominant(&self) -> (Emotion, f64) {
        let mut best = (Emotion::Neutral, self.probability(Emotion::Neutral));
        for emotion in Emotion::ALL {
            if self.probability(emotion) > best.1 {
                best = (emotion, self.probability(emotion));
            }
        }
        best
    }
}

/// The expression that a face record shows.
pub(super) fn expression(reading: &Reading<'_>) -> Result<EmotionEstimate, Missing> {
    let mut weights = [0.0; 7];
    for (step, weight) in (0..).zip(&mut weights) {
        *weight = reading.get(face::EXPRESSION_ANGRY.plus(step))?;
    }
    EmotionEstimate::normalized(weights).ok_or(Missing::NotDerived)
}

/// The affect that a voice record sounds like; calm counts as neutral.
fn vocal(reading: &Reading<'_>) -> Result<EmotionEstimate, Missing> {
    let weights = [
        reading.get(voice::AFFECT_ANGRY)?,
        reading.get(voice::AFFECT_DISGUST)?,
        reading.get(voice::AFFECT_FEARFUL)?,
        reading.get(voice::AFFECT_HAPPY)?,
        reading.get(voice::AFFECT_SAD)?,
        reading.get(voice::AFFECT_SURPRISED)?,
        reading.get(voice::AFFECT_NEUTRAL)? + reading.get(voice::AFFECT_CALM)?,
    ];
    EmotionEstimate::normalized(weights).ok_or(Missing::NotDerived)
}

/// What a reading shows, and how much it weighs.
fn shown(reading: &Reading<'_>) -> Option<Result<(EmotionEstimate, f64), Missing>> {
    let (shown, weight) = match reading.modality() {
        Modality::Face => (expression(reading), 1.0),
        Modality::Voice => (vocal(reading), VOICE_WEIGHT),
        Modality::Motion | Modality::Heart | Modality::CheckIn | Modality::Text => return None,
    };
    Some(shown.map(|shown| (shown, reading.record.quality * weight)))
}

/// The mean of what face and voice show, each that of its devices weighed by their quality, and a voice less than a face.
pub(super) fn fuse(readings: &[Reading<'_>], terms: Terms) -> Result<EmotionEstimate, Absence> {
    let gathered = reading::gather(readings, terms, shown).each(one);
    let words: Vec<_> = gathered.given.iter().flat_map(|(_, words)| words).collect();
    EmotionEstimate::normalized(mean(&words)).ok_or_else(|| Absence::of(gathered.but_for(Missing::PoorSignal)))
}

/// What the devices of one modality show together; it weighs as much as the best of them.
fn one(words: Vec<(EmotionEstimate, f64)>) -> (EmotionEstimate, f64) {
    let best = words.iter().map(|(_, weight)| *weight).fold(0.0, f64::max);
    (EmotionEstimate { probabilities: mean(&words.iter().collect::<Vec<_>>()) }, best)
}

fn mean(words: &[&(EmotionEstimate, f64)]) -> [f64; 7] {
    let total: f64 = words.iter().map(|(_, weight)| weight).sum();
    std::array::from_fn(|class| {
        words.iter().map(|(shown, weight)| shown.probabilities[class] * weight).sum::<f64>() / total
    })
}
