use attune_analysis::text::{Reading, Sentiment, TextEmotion};
use attune_protocol::features::Features;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, text};
use attune_protocol::window::Window;

/// What was read of the messages of a window.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Sums {
    messages: u32,
    scored: u32,
    words: u32,
    sentiment: f64,
    stress: f64,
    /// Of each emotion in the order of [`text::EMOTIONS`]: of how many messages it is, and the sum of their scores.
    emotions: [(u32, f64); text::EMOTIONS.len()],
}

impl Sums {
    pub(super) fn add(&mut self, reading: &Reading) {
        self.messages = self.messages.saturating_add(1);
        self.words = self.words.saturating_add(reading.words);
        let Ok(scores) = &reading.scores else { return };
        self.scored = self.scored.saturating_add(1);
        self.sentiment += match scores.sentiment.label {
            Sentiment::Positive => scores.sentiment.score,
            Sentiment::Negative => -scores.sentiment.score,
            Sentiment::Neutral => 0.0,
        };
        self.stress += if scores.stress.label { scores.stress.score } else { -scores.stress.score };
        if let Some((count, sum)) = place(scores.emotion.label).and_then(|place| self.emotions.get_mut(place)) {
            *count += 1;
            *sum += scores.emotion.score;
        }
    }

    /// As it is kept: all of the window that was written was seen.
    pub(super) fn record(&self, window: Window) -> Record {
        let mut features = Features::new(Modality::Text);
        features.set(text::MESSAGES, f64::from(self.messages));
        features.set(text::SCORED, f64::from(self.scored));
        features.set(text::WORDS, f64::from(self.words));
        features.set(text::SENTIMENT, mean(self.scored, self.sentiment));
        features.set(text::STRESS, mean(self.scored, self.stress));
        for (place, (count, sum)) in self.emotions.into_iter().enumerate() {
            if let Some(ordinal) = text::emotion(place) {
                features.set(ordinal, mean(count, sum));
            }
        }
        // It is of its moment: no time before it was seen.
        let coverage = Coverage { expected: 1, received: 1, last_60_s: 0.0, last_300_s: 0.0, gap: None };
        Record::new(window, 1.0, coverage, features)
    }
}

fn mean(count: u32, sum: f64) -> Option<f64> {
    (count > 0).then(|| sum / f64::from(count))
}

/// The place of an emotion in [`text::EMOTIONS`].
fn place(emotion: TextEmotion) -> Option<usize> {
    match emotion {
        TextEmotion::Sadness => Some(0),
        TextEmotion::Joy => Some(1),
        TextEmotion::Love => Some(2),
        TextEmotion::Anger => Some(3),
        TextEmotion::Fear => Some(4),
        TextEmotion::Surprise => Some(5),
        TextEmotion::None => None,
    }
}
