//! Our own instructions in an answer: so many words in the same order are no chance.

use std::collections::HashSet;

use super::words::{Word, words};

const TOGETHER: usize = 6;

/// The runs of words of some texts.
#[derive(Debug)]
pub(super) struct Runs(HashSet<Vec<String>>);

impl Runs {
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut runs = HashSet::new();
        for text in texts {
            let words = words(text);
            runs.extend(words.windows(TOGETHER).map(run));
        }
        Self(runs)
    }

    pub(super) fn lie_in(&self, words: &[Word]) -> bool {
        words.windows(TOGETHER).any(|some| self.0.contains(&run(some)))
    }
}

fn run(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.text.clone()).collect()
}
