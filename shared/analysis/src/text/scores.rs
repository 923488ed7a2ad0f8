//! From the network's values to labels.

use super::{Labelled, Sentiment, TextEmotion, TextScores};
use crate::networks::labels::{TEXT_EMOTIONS, TEXT_SENTIMENTS, TEXT_STRESS};
use crate::networks::{Entry, Outputs, fit};

/// The emotions in the order of [`TEXT_EMOTIONS`].
const EMOTIONS: [TextEmotion; 6] = [
    TextEmotion::Sadness,
    TextEmotion::Joy,
    TextEmotion::Love,
    TextEmotion::Anger,
    TextEmotion::Fear,
    TextEmotion::Surprise,
];

/// What was fitted beside the network, from its entry in the manifest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    sentiment_temperature: f64,
    emotion_temperature: f64,
    stress_temperature: f64,
    neutral_below: f64,
    none_below: f64,
}

/// How likely each class is, in the order of the labels.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Likely {
    sentiment: [f64; 2],
    emotion: [f64; 6],
    stress: [f64; 2],
}

impl Settings {
    /// An entry without one of them is refused when it is loaded.
    pub(super) fn of(entry: &Entry) -> Self {
        let number = |key, otherwise| entry.number(key).unwrap_or(otherwise);
        Self {
            sentiment_temperature: number(fit::SENTIMENT_TEMPERATURE, 1.0),
            emotion_temperature: number(fit::EMOTION_TEMPERATURE, 1.0),
            stress_temperature: number(fit::STRESS_TEMPERATURE, 1.0),
            neutral_below: number(fit::SENTIMENT_NEUTRAL_BELOW, 0.0),
            none_below: number(fit::EMOTION_NONE_BELOW, 0.0),
        }
    }
}

impl Likely {
    /// What one run says; `None` where it gave what is no number.
    pub(super) fn of(outputs: &Outputs<'_>, settings: &Settings) -> Option<Self> {
        Some(Self {
            sentiment: softmax(outputs.classes("sentiment", &TEXT_SENTIMENTS)?, settings.sentiment_temperature),
            emotion: softmax(outputs.classes("emotion", &TEXT_EMOTIONS)?, settings.emotion_temperature),
            stress: softmax(outputs.classes("stress", &TEXT_STRESS)?, settings.stress_temperature),
        })
    }

    /// Adds what a part says by its weight.
    pub(super) fn add(&mut self, part: &Self, weight: f64) {
        let add = |sum: &mut [f64], values: &[f64]| sum.iter_mut().zip(values).for_each(|(s, v)| *s += weight * v);
        add(&mut self.sentiment, &part.sentiment);
        add(&mut self.emotion, &part.emotion);
        add(&mut self.stress, &part.stress);
    }

    /// The probability that the writer is under stress.
    pub(super) fn stress(&self) -> f64 {
        self.stress[1].clamp(0.0, 1.0)
    }
}

impl TextScores {
    /// The likeliest of each, or none where that is not likely enough.
    pub(super) fn of(likely: &Likely, settings: &Settings) -> Self {
        let (sentiment, likely_sentiment) = likeliest(&likely.sentiment);
        let (emotion, likely_emotion) = likeliest(&likely.emotion);
        let (stress, likely_stress) = likeliest(&likely.stress);
        let sound = if sentiment == 0 { Sentiment::Negative } else { Sentiment::Positive };
        let neutral = likely_sentiment < settings.neutral_below;
        let none = likely_emotion < settings.none_below;
        Self {
            sentiment: Labelled { label: if neutral { Sentiment::Neutral } else { sound }, score: likely_sentiment },
            emotion: Labelled {
                label: if none { TextEmotion::None } else { EMOTIONS[emotion] },
                score: likely_emotion,
            },
            stress: Labelled { label: stress == 1, score: likely_stress },
        }
    }
}

/// The place and the value of the largest, of equal ones the first; sums of parts may miss 1 by a last digit.
fn likeliest<const N: usize>(values: &[f64; N]) -> (usize, f64) {
    let start = (0, f64::NEG_INFINITY);
    let (place, value) =
        values.iter().copied().enumerate().fold(start, |best, it| if it.1 > best.1 { it } else { best });
    (place, value.clamp(0.0, 1.0))
}

/// Exponentials of values over a temperature, over their sum.
fn softmax<const N: usize>(values: [f64; N], temperature: f64) -> [f64; N] {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let values = values.map(|value| ((value - largest) / temperature).exp());
    let sum: f64 = values.iter().sum();
    values.map(|value| value / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_to_one_and_a_higher_temperature_evens_them_out() {
        let [low, high] = softmax([1.0, 3.0], 1.0);
        assert!((low + high - 1.0).abs() < 1e-12 && (high / low - 2.0_f64.exp()).abs() < 1e-9);
        let [low, high] = softmax([1.0, 3.0], 4.0);
        assert!((high / low - 0.5_f64.exp()).abs() < 1e-9);
        assert_eq!(softmax([1e30, -1e30], 0.01), [1.0, 0.0]);
    }

    #[test]
    fn what_is_not_likely_enough_is_neutral_or_none_with_the_score_of_the_class_that_won() {
        let settings = Settings {
            sentiment_temperature: 1.0,
            emotion_temperature: 1.0,
            stress_temperature: 1.0,
            neutral_below: 0.7,
            none_below: 0.5,
        };
        let likely = Likely { sentiment: [0.65, 0.35], emotion: [0.1, 0.2, 0.1, 0.1, 0.45, 0.05], stress: [0.4, 0.6] };
        let scores = TextScores::of(&likely, &settings);
        assert_eq!(scores.sentiment, Labelled { label: Sentiment::Neutral, score: 0.65 });
        assert_eq!(scores.emotion, Labelled { label: TextEmotion::None, score: 0.45 });
        assert_eq!(scores.stress, Labelled { label: true, score: 0.6 });
        let likely = Likely { sentiment: [0.3, 0.7], emotion: [0.0, 0.0, 0.1, 0.5, 0.2, 0.2], stress: [0.5, 0.5] };
        let scores = TextScores::of(&likely, &settings);
        assert_eq!(scores.sentiment, Labelled { label: Sentiment::Positive, score: 0.7 });
        assert_eq!(scores.emotion, Labelled { label: TextEmotion::Anger, score: 0.5 });
        assert!(!scores.stress.label);
    }
}
