//! Words in pieces, as the network takes them: WordPiece (Wu et al. 2016) by BERT's rules for lower-cased text (Devlin et al. 2019).

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::letters::{head, is_ideograph, is_picture, is_punctuation, is_unseen};

/// The first four pieces of every list: padding, unknown, beginning, end.
const MARKS: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
const UNKNOWN: u32 = 1;
/// What goes on with a word begins with it.
const INSIDE: &str = "##";
/// A word of more characters is unknown.
const LONGEST_WORD: usize = 100;

/// The pieces that a network knows, by their numbers.
#[derive(Debug)]
pub struct Pieces {
    beginning: HashMap<Box<str>, u32>,
    inside: HashMap<Box<str>, u32>,
    /// Bytes of the longest.
    longest: usize,
}

/// A text in pieces.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Encoded {
    /// Their numbers.
    pub ids: Vec<u32>,
    /// What begins with each.
    pub begins: Vec<Begins>,
    /// Words that have a letter.
    pub words: u32,
    /// Those of them that are one piece each: words that the network has seen as such.
    pub whole: u32,
}

/// What begins with a piece.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Begins {
    /// Nothing: it goes on with a word.
    Nothing,
    /// A word, or a sign that stands alone.
    Word,
    /// A sentence or a line.
    Sentence,
}

impl Pieces {
    /// Reads a list, one piece a line, which are numbered from 0 on.
    ///
    /// # Errors
    /// What is wrong with the list, as a fragment.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut pieces = Self { beginning: HashMap::new(), inside: HashMap::new(), longest: 0 };
        for (number, piece) in list.lines().enumerate() {
            let place = number + 1;
            let id = u32::try_from(number).map_err(|_| "it has too many lines".to_owned())?;
            if let Some(mark) = MARKS.get(number)
                && *mark != piece
            {
                return Err(format!("its line {place} should be {mark}"));
            }
            let (list, piece) = match piece.strip_prefix(INSIDE) {
                Some(rest) if !rest.is_empty() => (&mut pieces.inside, rest),
                _ => (&mut pieces.beginning, piece),
            };
            if piece.is_empty() || list.insert(piece.into(), id).is_some() {
                return Err(format!("its line {place} is empty or stands in it twice"));
            }
            pieces.longest = pieces.longest.max(piece.len());
        }
        if pieces.beginning.len() < MARKS.len() {
            return Err(format!("it should begin with {MARKS:?}"));
        }
        Ok(pieces)
    }

    /// The highest number.
    #[must_use]
    pub fn last(&self) -> u32 {
        u32::try_from(self.beginning.len() + self.inside.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    /// A text in pieces: small letters without accents; punctuation and ideographs stand alone, and so do emoji, which BERT glues
    /// to the word beside them, so that neither is known. An emoji that is not in the list is left out rather than called unknown.
    #[must_use]
    pub fn encode(&self, text: &str) -> Encoded {
        let mut out = Encoded::default();
        let (mut word, mut folded) = (String::with_capacity(32), String::new());
        // The next word begins a sentence; the last sign would end one, if a blank follows.
        let (mut new, mut ended) = (true, false);
        for c in text.chars() {
            let picture = is_picture(c);
            let alone = is_punctuation(c) || is_ideograph(c);
            let blank = c.is_whitespace();
            if !(picture || alone || blank) {
                if !is_unseen(c) {
                    word.push(c);
                    ended = false;
                }
                continue;
            }
            self.word(&mut word, &mut folded, &mut new, &mut out);
            if blank {
                new |= ended || c == '\n';
                continue;
            }
            let mut sign = [0; 4];
            let id = self.beginning.get(&*c.encode_utf8(&mut sign)).copied();
            if let Some(id) = id.or((!picture).then_some(UNKNOWN)) {
                out.push(id, &mut new);
            }
            ended = matches!(c, '.' | '!' | '?' | '\u{3002}') || (ended && matches!(c, '"' | '\'' | ')'));
        }
        self.word(&mut word, &mut folded, &mut new, &mut out);
        out
    }

    /// Whether a word is one piece: one that the network has seen as such.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        let small = word.chars().flat_map(char::to_lowercase).nfd().filter(|c| !is_combining_mark(*c));
        self.beginning.contains_key(small.collect::<String>().as_str())
    }

    /// Ends a word, if one was begun.
    fn word(&self, word: &mut String, folded: &mut String, new: &mut bool, out: &mut Encoded) {
        if word.is_empty() {
            return;
        }
        let small = if word.is_ascii() {
            word.make_ascii_lowercase();
            &*word
        } else {
            folded.clear();
            let small = word.chars().flat_map(char::to_lowercase);
            folded.extend(small.nfd().filter(|c| !is_combining_mark(*c)));
            &*folded
        };
        if !small.is_empty() {
            let lettered = u32::from(small.contains(char::is_alphabetic));
            let before = out.ids.len();
            self.split(small, new, out);
            let whole = out.ids.len() == before + 1 && out.ids.last() != Some(&UNKNOWN);
            out.words += lettered;
            out.whole += if whole { lettered } else { 0 };
        }
        word.clear();
    }

    /// Cuts a word greedily into the longest pieces; one that can't be cut up to its end is unknown as a whole.
    fn split(&self, word: &str, new: &mut bool, out: &mut Encoded) {
        let begin = out.ids.len();
        let first = *new;
        let mut rest = word;
        if word.chars().nth(LONGEST_WORD).is_some() {
            out.push(UNKNOWN, new);
            return;
        }
        while !rest.is_empty() {
            let is_first = out.ids.len() == begin;
            let list = if is_first { &self.beginning } else { &self.inside };
            let Some((id, length)) = longest(list, head(rest, self.longest)) else {
                out.ids.truncate(begin);
                out.begins.truncate(begin);
                *new = first;
                out.push(UNKNOWN, new);
                return;
            };
            if is_first {
                out.push(id, new);
            } else {
                out.ids.push(id);
                out.begins.push(Begins::Nothing);
            }
            rest = &rest[length..];
        }
    }
}

impl Encoded {
    /// Adds a piece that begins something.
    fn push(&mut self, id: u32, new: &mut bool) {
        self.ids.push(id);
        self.begins.push(if std::mem::take(new) { Begins::Sentence } else { Begins::Word });
    }
}

/// The longest beginning of `text` that is in the list: its number and its length.
fn longest(list: &HashMap<Box<str>, u32>, text: &str) -> Option<(u32, usize)> {
    let mut text = text;
    while !text.is_empty() {
        if let Some(id) = list.get(text) {
            return Some((*id, text.len()));
        }
        text = head(text, text.len() - 1);
    }
    None
}

#[cfg(test)]
#[path = "pieces_tests.rs"]
mod tests;
