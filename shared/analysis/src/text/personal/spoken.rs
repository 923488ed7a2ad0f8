//! Telephone numbers in words, digit by digit.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::found::{Found, Kind};
use super::view::{View, Word};

const DIGITS: [(&str, &str); 10] = [
    ("0", "zero oh o nought null zéro cero"),
    ("1", "one eins un uno"),
    ("2", "two zwei zwo deux dos due"),
    ("3", "three drei trois tres tre"),
    ("4", "four vier quatre cuatro quattro"),
    ("5", "five fünf funf cinq cinco cinque"),
    ("6", "six sechs seis sei"),
    ("7", "seven sieben sept siete sette"),
    ("8", "eight acht huit ocho otto"),
    ("9", "nine neun niner neuf nueve nove"),
];
const FEWEST: usize = 7;
const MOST: usize = 15;

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let mut first = 0;
    while first < view.words.len() {
        let (last, value) = run(view, first);
        let counts = value.as_bytes().windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if (FEWEST..=MOST).contains(&value.len()) && !counts {
            let (start, end) = (view.words[first].start, view.words[last - 1].end);
            found.push(Found { start, end, kind: Kind::Phone, value });
        }
        first = last.max(first + 1);
    }
}

/// The word behind the digits that begin here, and which they are.
fn run(view: &View<'_>, first: usize) -> (usize, String) {
    let (mut at, mut value) = (first, String::new());
    while let Some(word) = view.word(at) {
        let joined = at == first || matches!(view.gap_before(at), " " | ", " | "-" | " - " | "  " | ". " | "," | " – ");
        let parts = digits(word);
        let more = match word.folded.as_str() {
            _ if !joined => None,
            "double" => view.word(at + 1).and_then(digits).map(|digit| (2, digit.repeat(2))),
            "triple" | "treble" => view.word(at + 1).and_then(digits).map(|digit| (2, digit.repeat(3))),
            "plus" if at == first => Some((1, String::new())),
            _ => parts.map(|digit| (1, digit)),
        };
        let Some((words, digits)) = more else { break };
        value.push_str(&digits);
        at += words;
    }
    (at, value)
}

/// One digit, or several between hyphens ("five-five-five").
fn digits(word: &Word) -> Option<String> {
    word.folded.split('-').map(digit).collect()
}

fn digit(word: &str) -> Option<&'static str> {
    static DIGIT: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        DIGITS.iter().flat_map(|(digit, words)| words.split(' ').map(|word| (word, *digit))).collect()
    });
    DIGIT.get(word).copied()
}
