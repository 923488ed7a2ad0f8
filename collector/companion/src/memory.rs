//! What may be remembered from one talk to the next, where the person allows it: sentences that they can read, correct and erase.

use serde::{Deserialize, Serialize};

use crate::named::named;
use crate::problem::Problem;

/// The longest sentence that is remembered, in bytes.
pub const MOST_WORDS: usize = 400;

named! {
    /// What kind of thing is remembered.
    pub enum RememberedKind {
        /// What a talk was about.
        Talked = "talked",
        /// Something small that the person wanted to try.
        Plan = "plan",
        /// How the person wants to be answered.
        Prefers = "prefers",
    }
}

/// One thing that is remembered, or that is proposed to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Remembered {
    /// What kind of thing.
    pub kind: RememberedKind,
    /// What it is about, where it is about one.
    pub problem: Option<Problem>,
    /// The sentence that the person sees: the companion's own, until they correct it.
    pub words: String,
}

impl Remembered {
    /// In one line, without what nobody sees, and no longer than [`MOST_WORDS`].
    #[must_use]
    pub fn new(kind: RememberedKind, problem: Option<Problem>, words: &str) -> Self {
        Self { kind, problem, words: one_line(words) }
    }

    /// As it may be said back: bounded once more, for it was stored, and never a second question in an answer.
    pub(crate) fn said_back(&self) -> String {
        let mut words = one_line(&self.words).replace('?', ".");
        if !words.ends_with('.') {
            words.push('.');
        }
        words
    }
}

fn one_line(words: &str) -> String {
    let words = &words[..words.floor_char_boundary(MOST_WORDS)];
    let words = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
