//! In which language a message is: the networks were trained on English, and to score what they can't read would be to guess.
//!
//! Chats are short, and what tells languages apart by groups of three letters (whatlang) errs under twenty letters: "I am begging
//! pardon" is Tagalog to it. So words decide first: those that are frequent in English and are no words elsewhere, against
//! those of the languages that stand beside English at work. Where no such word stands whatlang decides, if there are letters
//! enough and it is sure. What then is left ("lgtm") is of no known language here; [`TextReader`](super::TextReader)
//! reads it if the network knows most of its words whole.

mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use super::letters::{head, is_ideograph, is_latin};
use words::{ENGLISH, OTHERS, SHARED};

/// How many letters whatlang needs.
const LETTERS: usize = 20;
/// How many bytes it is shown: it gets no surer by more.
const SHOWN: usize = 2000;
/// One word of so many must tell a language.
const ONE_OF: usize = 5;
/// How many Latin letters an ideograph or a syllable counts.
const OF_A_SYLLABLE: usize = 3;

/// A language, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// The one that is scored.
    English,
    /// Any other.
    Other,
}

/// What a word tells.
#[derive(Clone, Copy)]
enum Tells {
    English,
    Other,
    /// Frequent in English, and at work in other languages, too.
    Shared,
}

static WORDS: LazyLock<HashMap<&str, Tells>> = LazyLock::new(|| {
    let list = |words: &'static str, tells| words.split_whitespace().map(move |word| (word, tells));
    let lists = [list(ENGLISH, Tells::English), list(OTHERS, Tells::Other), list(SHARED, Tells::Shared)];
    lists.into_iter().flatten().collect()
});

/// Those that are written at work where English is. Among all that it knows it confuses short English with small languages.
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    use Lang::{Cat, Ces, Dan, Deu, Eng, Fin, Fra, Hrv, Hun, Ita, Nld, Nob, Pol, Por, Ron, Slk, Spa, Swe, Tur};
    let known = [Cat, Ces, Dan, Deu, Eng, Fin, Fra, Hrv, Hun, Ita, Nld, Nob, Pol, Por, Ron, Slk, Spa, Swe, Tur];
    Detector::with_allowlist(known.to_vec())
});

/// The language of most of a text. `None` where nothing in it tells.
#[must_use]
pub fn of(text: &str) -> Option<Language> {
    let (latin, others) = letters(text);
    if latin == 0 && others == 0 {
        return None;
    }
    if others > latin {
        return Some(Language::Other);
    }
    let told = Told::by(text);
    if let Some(language) = told.language() {
        return Some(language);
    }
    if latin < LETTERS {
        return told.is_shared().then_some(Language::English);
    }
    let info = DETECTOR.detect(head(text, SHOWN)).filter(whatlang::Info::is_reliable)?;
    Some(if info.lang() == Lang::Eng { Language::English } else { Language::Other })
}

/// Latin letters, and those of other scripts by how much they say.
fn letters(text: &str) -> (usize, usize) {
    let mut count = (0, 0);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        if is_latin(c) {
            count.0 += 1;
        } else if is_ideograph(c) || matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}') {
            count.1 += OF_A_SYLLABLE;
        } else {
            count.1 += 1;
        }
    }
    count
}

/// How many words tell what.
#[derive(Default)]
struct Told {
    words: usize,
    english: usize,
    other: usize,
    shared: usize,
}

impl Told {
    fn by(text: &str) -> Self {
        let mut told = Self::default();
        let mut small = String::new();
        for word in text.split(|c: char| !(c.is_alphabetic() || c == '\'')) {
            let word = word.trim_matches('\'');
            if word.is_empty() {
                continue;
            }
            told.words += 1;
            small.clear();
            small.extend(word.chars().flat_map(char::to_lowercase));
            match WORDS.get(small.as_str()) {
                Some(Tells::English) => told.english += 1,
                Some(Tells::Other) => told.other += 1,
                Some(Tells::Shared) => told.shared += 1,
                None => {}
            }
        }
        told
    }

    fn language(&self) -> Option<Language> {
        let enough = |count: usize| count * ONE_OF >= self.words;
        if self.english > self.other && enough(self.english) {
            Some(Language::English)
        } else if self.other > self.english && enough(self.other) {
            Some(Language::Other)
        } else {
            None
        }
    }

    /// Whether most words are frequent in English, and none is foreign.
    fn is_shared(&self) -> bool {
        self.other == 0 && (self.english + self.shared) * 2 > self.words
    }
}

#[cfg(test)]
mod tests;
