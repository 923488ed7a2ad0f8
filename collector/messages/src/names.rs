//! What messages show, as programs have it.

use attune_analysis::text::crisis::Level;
use attune_analysis::text::{Sentiment, TextEmotion, Unread};

pub(crate) const fn sentiment(label: Sentiment) -> &'static str {
    match label {
        Sentiment::Positive => "positive",
        Sentiment::Negative => "negative",
        Sentiment::Neutral => "neutral",
    }
}

pub(crate) const fn emotion(label: TextEmotion) -> &'static str {
    match label {
        TextEmotion::Sadness => "sadness",
        TextEmotion::Joy => "joy",
        TextEmotion::Love => "love",
        TextEmotion::Anger => "anger",
        TextEmotion::Fear => "fear",
        TextEmotion::Surprise => "surprise",
        TextEmotion::None => "none",
    }
}

pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::Low => "low",
        Level::Moderate => "moderate",
        Level::High => "high",
        Level::Critical => "critical",
    }
}

/// Why nobody can say how a message sounds.
pub(crate) const fn unread(why: Unread) -> &'static str {
    match why {
        Unread::Empty => "no words of its own",
        Unread::Language => "language not supported",
        Unread::Failed => "reading it failed",
    }
}
