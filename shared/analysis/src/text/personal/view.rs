//! A text as words with their places, read once for all the rules that ask what stands beside a thing.

use super::fold::{fold, is_apostrophe, is_mark};
use super::found::Kind;
use super::lists::Words;

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// "anna"
    Lower,
    /// "Anna", "O'Malley", "Jean-Pierre", "McDonald"
    Capital,
    /// "ANNA"
    Caps,
    /// Has digits, is of a script without capitals, or capitals stand within it.
    Other,
}

/// A word: letters, marks and digits, and the apostrophes and hyphens between them.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    /// Without a genitive's 's.
    pub(super) end: usize,
    /// With it.
    pub(super) full_end: usize,
    /// Small letters without accents and apostrophes.
    pub(super) folded: String,
    pub(super) shape: Shape,
    /// A sentence, a line or a quotation begins with it.
    pub(super) opens: bool,
}

impl Word {
    pub(super) fn is_one_of(&self, words: &[&str]) -> bool {
        words.contains(&self.folded.as_str())
    }

    pub(super) fn is_in(&self, words: &Words) -> bool {
        words.contains(self.folded.as_str())
    }

    pub(super) fn is_genitive(&self) -> bool {
        self.full_end > self.end
    }
}

pub(super) struct View<'a> {
    pub(super) text: &'a str,
    pub(super) words: Vec<Word>,
    /// Where paragraphs end, in order.
    breaks: Vec<usize>,
}

impl<'a> View<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut words = Vec::new();
        let (mut at, mut opens) = (0, true);
        while let Some(letter) = text[at..].chars().next() {
            if let Some(length) = placeholder(&text[at..]) {
                (at, opens) = (at + length, false);
            } else if letter.is_alphanumeric() {
                let word = word(text, at, opens);
                (at, opens) = (word.full_end, false);
                words.push(word);
            } else {
                opens = match letter {
                    '.' | '!' | '?' | ':' | '\n' | '\r' | '"' | '“' | '„' | '«' | '…' | '•' | '*' | '>' | '¿' | '¡' => {
                        true
                    }
                    _ => opens,
                };
                at += letter.len_utf8();
            }
        }
        let pairs = text.as_bytes().windows(2).enumerate();
        let breaks = pairs.filter_map(|(at, pair)| (pair == b"\n\n").then_some(at)).collect();
        Self { text, words, breaks }
    }

    pub(super) fn word(&self, at: usize) -> Option<&Word> {
        self.words.get(at)
    }

    pub(super) fn before(&self, at: usize) -> Option<&Word> {
        self.words.get(at.checked_sub(1)?)
    }

    /// What stands between a word and the next; all that is left behind the last.
    pub(super) fn gap(&self, at: usize) -> &'a str {
        let from = self.words.get(at).map_or(self.text.len(), |word| word.full_end);
        let to = self.words.get(at + 1).map_or(self.text.len(), |word| word.start);
        self.text.get(from..to).unwrap_or("")
    }

    /// What stands before a word, back to the one before it.
    pub(super) fn gap_before(&self, at: usize) -> &'a str {
        match at.checked_sub(1) {
            Some(before) => self.gap(before),
            None => self.words.first().map_or(self.text, |word| &self.text[..word.start]),
        }
    }

    /// How many words begin before a byte.
    pub(super) fn words_before(&self, byte: usize) -> usize {
        self.words.partition_point(|word| word.start < byte)
    }

    /// Whether one of the words just before a place, in its line, is one of these.
    pub(super) fn follows(&self, byte: usize, reach: usize, words: &[&str]) -> bool {
        let end = self.words_before(byte);
        let near = &self.words[end.saturating_sub(reach)..end];
        near.iter().rev().any(|word| word.is_one_of(words) && !self.is_broken(word.start, byte))
    }

    /// Whether a paragraph ends between two places. It is looked up, not looked for: this is asked of every number within one word of
    /// numbers and hyphens, however long that is.
    fn is_broken(&self, from: usize, to: usize) -> bool {
        let next = self.breaks.partition_point(|at| *at < from);
        self.breaks.get(next).is_some_and(|at| at + 2 <= to)
    }

    /// Whether one of the words just behind a place is one of these.
    pub(super) fn precedes(&self, byte: usize, reach: usize, words: &[&str]) -> bool {
        let from = self.words_before(byte);
        self.words[from..].iter().take(reach).any(|word| word.is_one_of(words))
    }

    /// Whether neither a letter nor a digit touches these bytes.
    pub(super) fn stands_alone(&self, start: usize, end: usize) -> bool {
        let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
        !self.text[..start].chars().next_back().is_some_and(joins)
            && !self.text[end..].chars().next().is_some_and(joins)
    }
}

/// Length of a placeholder with which the text begins.
pub(super) fn placeholder(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let kind =
        Kind::ALL.into_iter().find(|kind| inner.strip_prefix(kind.name()).is_some_and(|rest| rest.starts_with('_')))?;
    let digits = inner[kind.name().len() + 1..].bytes().take(10).take_while(u8::is_ascii_digit).count();
    let end = kind.name().len() + 1 + digits;
    (digits > 0 && inner[end..].starts_with(']')).then_some(end + 2)
}

const fn is_hyphen(letter: char) -> bool {
    matches!(letter, '-' | '‐' | '‑')
}

fn word(text: &str, start: usize, opens: bool) -> Word {
    let mut end = start;
    let mut letters = text[start..].chars().peekable();
    while let Some(letter) = letters.next() {
        let joins =
            (is_apostrophe(letter) || is_hyphen(letter)) && letters.peek().is_some_and(|next| next.is_alphanumeric());
        if !(letter.is_alphanumeric() || is_mark(letter) || joins) {
            break;
        }
        end += letter.len_utf8();
    }
    let whole = &text[start..end];
    let mut bare = whole.len();
    if let Some(rest) = whole.strip_suffix(['s', 'S'])
        && let Some(rest) = rest.strip_suffix(is_apostrophe)
    {
        bare = rest.len();
    }
    let core = &whole[..bare];
    Word { start, end: start + bare, full_end: end, folded: fold(core), shape: shape(core), opens }
}

fn shape(word: &str) -> Shape {
    let (mut upper, mut lower, mut parts) = (0, 0, 0);
    let mut first_upper = false;
    let mut within = 0;
    let mut part_begins = true;
    for letter in word.chars() {
        if is_hyphen(letter) || is_apostrophe(letter) {
            part_begins = true;
            continue;
        }
        if letter.is_numeric() {
            return Shape::Other;
        }
        if letter.is_uppercase() {
            upper += 1;
            if part_begins {
                first_upper |= lower == 0 && upper == 1;
            } else {
                within += 1;
            }
        } else if letter.is_lowercase() {
            lower += 1;
        }
        parts += usize::from(part_begins);
        part_begins = false;
    }
    let mac = word.starts_with("Mc") || word.starts_with("Mac") || word.starts_with("De") || word.starts_with("O");
    match (upper, lower) {
        (0, 0) => Shape::Other,
        (0, _) => Shape::Lower,
        (1, 0) => Shape::Capital,
        (_, 0) if parts > 0 => Shape::Caps,
        _ if first_upper && (within == 0 || within == 1 && mac) => Shape::Capital,
        _ => Shape::Other,
    }
}
