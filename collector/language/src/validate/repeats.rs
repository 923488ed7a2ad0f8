//! The same again and again: what small models fall into.

use std::collections::HashMap;

use super::words::Word;

/// So often in a row a word is said by nobody.
const IN_A_ROW: usize = 4;
/// So many words in the same order, so often, are a repetition.
const TOGETHER: usize = 4;
const OFTEN: usize = 3;

pub(super) fn is_in(words: &[Word]) -> bool {
    let mut row = 1;
    for pair in words.windows(2) {
        row = if pair[0].text == pair[1].text { row + 1 } else { 1 };
        if row >= IN_A_ROW {
            return true;
        }
    }
    let mut seen: HashMap<Vec<&str>, usize> = HashMap::new();
    words.windows(TOGETHER).any(|some| {
        let count = seen.entry(some.iter().map(|word| word.text.as_str()).collect()).or_default();
        *count += 1;
        *count >= OFTEN
    })
}

/// Whether an answer is the one before, word for word.
pub(super) fn is_same(words: &[Word], before: &[Word]) -> bool {
    words.len() >= TOGETHER && words.iter().map(|word| &word.text).eq(before.iter().map(|word| &word.text))
}
