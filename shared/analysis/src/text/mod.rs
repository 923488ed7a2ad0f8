//! What people write: one message in, scores and signs of crisis out. No I/O, no clock; what a message said is in none of the results.
//!
//! | step | module |
//! |---|---|
//! | letters brought into one form; links, mentions, code and quoted replies taken out | [`normalise`] |
//! | which language it is; only what the network was trained for is scored | [`language`] |
//! | pieces of words | [`pieces`] |
//! | sentiment, emotion and stress by one small network, long messages by parts | [`network`] |
//! | how much somebody is in danger, by rules, the network's stress beside them | [`crisis`] |
//! | names and other personal details replaced by what kind they are | [`personal`] |

pub mod crisis;
pub mod language;
mod letters;
pub mod network;
pub mod normalise;
mod parts;
pub mod personal;
pub mod pieces;
mod scores;

pub use crisis::Crisis;
pub use network::TextReader;

/// How a message sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sentiment {
    /// Pleased.
    Positive,
    /// Displeased.
    Negative,
    /// Neither is likely enough.
    Neutral,
}

/// What a message shows of its writer's feelings: the classes of the data that the network was trained on, and none of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TextEmotion {
    /// Sadness.
    Sadness,
    /// Joy.
    Joy,
    /// Love.
    Love,
    /// Anger.
    Anger,
    /// Fear.
    Fear,
    /// Surprise.
    Surprise,
    /// None is likely enough.
    None,
}

/// A label and the probability of it, in [0,1]: that of the winning class, also where none is likely enough.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Labelled<L> {
    /// Which.
    pub label: L,
    /// How likely, in [0,1].
    pub score: f64,
}

/// What the network says of a message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TextScores {
    /// How it sounds.
    pub sentiment: Labelled<Sentiment>,
    /// What is felt.
    pub emotion: Labelled<TextEmotion>,
    /// Whether the writer is under stress; the score is that of the winning class, as MindPulse has it.
    pub stress: Labelled<bool>,
}

/// Why a message has no scores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unread {
    /// No word of it is left: links, code, what others wrote, emoji and numbers.
    Empty,
    /// It is in a language that the network was not trained for, or in none that is known.
    Language,
    /// The network failed on it.
    Failed,
}

/// What is read from one message.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Words of its own that were looked at.
    pub words: u32,
    /// Scores, or why there are none.
    pub scores: Result<TextScores, Unread>,
    /// Signs of crisis of the writer. Looked for in every language whose phrases are known, whether there are scores or not.
    pub crisis: Crisis,
}

#[cfg(test)]
mod tests;
