//! Patterns of words, a line each, as they stand in `rules/`.
//!
//! `a|b` is one of these words, `?a` one that may be missing, `~3` up to three words of any kind, `^` the beginning of a sentence, `a:` a word
//! with a colon behind it, `$num` a number. A pattern lies within one sentence. It does not count where it is denied ("I can't promise
//! that ..."): a word of denial in it, or within five before it in its clause. Of a line that begins with `!` the words of the pattern
//! itself deny nothing ("nobody will know"). `@set NAME a|b` names a list, and `@excuse a b` adds words that excuse like a denial, for
//! all of a file.

use std::collections::HashMap;

use super::words::Word;

/// Words that deny.
const DENIALS: [&str; 18] = [
    "not", "no", "never", "nobody", "nothing", "cant", "dont", "wont", "neither", "nor", "without", "unable", "avoid",
    "hardly", "rather", "instead", "isnt", "doesnt",
];
/// How many words before a pattern may deny it.
const REACH: usize = 5;

/// The patterns of one file.
#[derive(Debug)]
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
    excuses: Vec<&'static str>,
}

#[derive(Debug)]
struct Pattern {
    items: Vec<Item>,
    denies: bool,
}

#[derive(Debug)]
enum Item {
    Opens,
    Any(usize),
    Words { words: Vec<&'static str>, is_optional: bool },
}

impl Patterns {
    /// Reads a file.
    pub(super) fn read(text: &'static str) -> Self {
        let mut sets: HashMap<&str, Vec<&'static str>> = HashMap::new();
        let (mut patterns, mut excuses) = (Vec::new(), Vec::new());
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            if let Some(rest) = line.strip_prefix("@excuse ") {
                excuses.extend(rest.split_whitespace());
            } else if let Some((name, words)) = line.strip_prefix("@set ").and_then(|rest| rest.split_once(' ')) {
                sets.insert(name, words.split('|').collect());
            } else {
                let (denies, rest) = line.strip_prefix("! ").map_or((false, line), |rest| (true, rest));
                let items = rest.split_whitespace().map(|word| Item::read(word, &sets)).collect();
                patterns.push(Pattern { items, denies });
            }
        }
        Self { patterns, excuses }
    }

    /// Whether one of them lies in a text. `spares_quoted`: not where it begins in quotation marks.
    pub(super) fn lie_in(&self, words: &[Word], spares_quoted: bool) -> bool {
        self.patterns.iter().any(|pattern| {
            (0..words.len()).any(|at| {
                let ends = |end: usize| !self.is_excused(pattern.denies, words, at, end);
                !(spares_quoted && words[at].is_quoted)
                    && end(&pattern.items, words, at, words[at].sentence).is_some_and(ends)
            })
        })
    }

    fn is_excused(&self, denies: bool, words: &[Word], from: usize, to: usize) -> bool {
        let excuses = |word: &Word| DENIALS.contains(&word.text.as_str()) || self.excuses.contains(&word.text.as_str());
        let before = &words[from.saturating_sub(REACH)..from];
        before.iter().any(|word| word.clause == words[from].clause && excuses(word))
            || !denies && words[from..to].iter().any(excuses)
    }
}

impl Item {
    fn read(text: &'static str, sets: &HashMap<&str, Vec<&'static str>>) -> Self {
        if text == "^" {
            return Self::Opens;
        }
        if let Some(most) = text.strip_prefix('~') {
            return Self::Any(most.parse().expect("a tilde stands before a number"));
        }
        let (is_optional, text) = text.strip_prefix('?').map_or((false, text), |rest| (true, rest));
        let words = text.split('|').flat_map(|word| sets.get(word).cloned().unwrap_or_else(|| vec![word])).collect();
        Self::Words { words, is_optional }
    }
}

/// Where a pattern that begins here ends, if it lies here.
fn end(items: &[Item], words: &[Word], at: usize, sentence: usize) -> Option<usize> {
    let Some((first, rest)) = items.split_first() else { return Some(at) };
    let here = words.get(at).filter(|word| word.sentence == sentence);
    match first {
        Item::Opens => here.filter(|word| word.opens).and_then(|_| end(rest, words, at, sentence)),
        Item::Any(most) => (0..=*most).find_map(|over| end(rest, words, at + over, sentence)),
        Item::Words { words: one_of, is_optional } => {
            let taken = here.filter(|word| one_of.iter().any(|one| is(word, one)));
            let taken = taken.and_then(|_| end(rest, words, at + 1, sentence));
            if *is_optional { taken.or_else(|| end(rest, words, at, sentence)) } else { taken }
        }
    }
}

fn is(word: &Word, wanted: &str) -> bool {
    match wanted.strip_suffix(':') {
        Some(bare) => word.has_colon && word.text == bare,
        None if wanted == "$num" => word.text.starts_with(|letter: char| letter.is_ascii_digit()),
        None => word.text == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    const RULES: &str =
        "# a comment\n@excuse if\n@set ILL ill|sick\nyou are ~2 ILL\n! nobody will know\n^ stop\nnote:\n?very late";

    fn lies(text: &str) -> bool {
        Patterns::read(RULES).lie_in(&words(text), true)
    }

    #[test]
    fn a_pattern_counts_where_it_is_not_denied() {
        for text in [
            "You are ill.",
            "You're, I fear, sick",
            "I'm sorry, no. You are so very ill.",
            "Nobody will know.",
            "Stop it",
            "Note: x",
            "That was very late",
            "I do not think so, but you are ill",
        ] {
            assert!(lies(text), "{text}");
        }
        for text in [
            "",
            "You are not ill.",
            "I do not say that you are ill",
            "If you are ill",
            "you are a bit too very ill",
            "You are. Ill",
            "I can't promise that nobody will know",
            "Don't stop",
            "note that",
            "He said “you are ill”.",
        ] {
            assert!(!lies(text), "{text}");
        }
    }
}
