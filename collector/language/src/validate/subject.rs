//! Whether an answer is about what the person wrote, or at least about how somebody is.
//!
//! A rule of thumb, and a mild one: it is to tell an answer from a recipe. What it asks for is a word of the talk or one of those of
//! `rules/subject.txt`, and that somebody is spoken to or asked something; a long answer needs two.

use std::collections::HashSet;

use super::words::Word;

/// Letters of a word of the talk that must be the same: "deadline", "deadlines".
const ALIKE: usize = 5;
/// Words of the talk that are shorter say nothing of its subject.
const SHORTEST: usize = 4;
/// An answer of fewer words needs nobody to be spoken to.
const SHORT: usize = 12;
/// From so many words on it needs two words of the subject.
const LONG: usize = 25;
/// A question of fewer words is one to the person.
const BRIEF: usize = 15;

/// Words that tell what a talk is about.
#[derive(Debug)]
pub(super) struct Subject {
    beginnings: Vec<&'static str>,
    talk: HashSet<String>,
}

impl Subject {
    /// `beginnings` are those of words that always fit, `talk` what was said.
    pub(super) fn new(beginnings: &'static str, talk: &[Word]) -> Self {
        let lines = beginnings.lines().filter(|line| !line.starts_with('#'));
        let long = talk.iter().filter(|word| word.text.chars().count() >= SHORTEST);
        Self {
            beginnings: lines.flat_map(str::split_whitespace).collect(),
            talk: long.map(|word| beginning(&word.text)).collect(),
        }
    }

    /// Whether an answer is about something else.
    pub(super) fn is_missed_by(&self, text: &str, words: &[Word]) -> bool {
        let fits = |word: &&Word| {
            self.beginnings.iter().any(|beginning| word.text.starts_with(beginning))
                || word.text.chars().count() >= SHORTEST && self.talk.contains(&beginning(&word.text))
        };
        let fitting = words.iter().filter(fits).count();
        let speaks = words.iter().any(|word| matches!(word.text.as_str(), "you" | "your" | "yours" | "yourself" | "i"));
        let asks = text.contains('?');
        let enough = fitting >= if words.len() < LONG { 1 } else { 2 };
        let to_somebody = speaks || asks || fitting >= 2 || words.len() < SHORT;
        !(enough && to_somebody || asks && (speaks || words.len() < BRIEF))
    }
}

fn beginning(word: &str) -> String {
    word.chars().take(ALIKE).collect()
}
