//! A message as words by number: spellings resolved, sentences and clauses told apart, whose doing each is.

use super::{
    letters::{Raw, fold, leet, twin},
    lexicon::Lexicon,
    torn,
};

/// Whom the last subject before a word means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Subject {
    Nobody,
    Writer,
    Reader,
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    /// Zero: a word that no phrase holds.
    pub(super) number: u16,
    pub(super) sentence: u32,
    /// First of its clause.
    pub(super) begins: bool,
    pub(super) quoted: bool,
    pub(super) subject: Subject,
}

/// A sentence that never ends is cut.
const LONGEST_SENTENCE: usize = 120;
/// More words in quotation marks are a letter, not a quotation.
const LONGEST_QUOTATION: usize = 80;

pub(super) fn read(lexicon: &Lexicon, text: &str) -> Vec<Word> {
    let raw = torn::mend(lexicon, raw(text));
    let (my, own_self) = (['m', 'y'], ['s', 'e', 'l', 'f']);
    let mut line = Line::default();
    for (place, piece) in raw.iter().enumerate() {
        match piece {
            Raw::Word(letters, _) => {
                // "my self" is one word.
                let before = place.checked_sub(2).and_then(|before| raw.get(before));
                let halves = letters == &own_self && matches!(before, Some(Raw::Word(half, _)) if half == &my);
                if halves && let (Some(last), Some(myself)) = (line.words.last_mut(), lexicon.word("myself")) {
                    last.number = myself;
                    continue;
                }
                let unmarked = unmarked(lexicon, letters, &raw[place + 1..]);
                for number in unmarked.unwrap_or_else(|| resolve(lexicon, letters)) {
                    line.word(number);
                }
            }
            Raw::Blank(_, true) => {
                let goes_on = matches!(raw.get(place + 1), Some(Raw::Word(_, false))) && !line.begins;
                if !goes_on {
                    line.ends();
                }
            }
            Raw::Blank(..) => {}
            Raw::Mark(mark) => line.mark(lexicon, *mark, &raw, place),
        }
    }
    let mut words = line.words;
    if words.iter().all(|word| word.quoted) {
        words.iter_mut().for_each(|word| word.quoted = false);
    }
    subjects(lexicon, &mut words);
    words
}

#[derive(Default)]
struct Line {
    words: Vec<Word>,
    sentence: u32,
    length: usize,
    begins: bool,
    double: Option<usize>,
    single: Option<usize>,
}

impl Line {
    fn word(&mut self, number: u16) {
        if self.length >= LONGEST_SENTENCE {
            self.ends();
        }
        let begins = self.begins || self.length == 0;
        self.words.push(Word { number, sentence: self.sentence, begins, quoted: false, subject: Subject::Nobody });
        self.begins = false;
        self.length += 1;
    }

    fn ends(&mut self) {
        if self.length > 0 {
            self.sentence += 1;
            self.length = 0;
        }
        self.begins = true;
    }

    fn quotation(words: &mut [Word], from: Option<usize>) {
        let Some(said) = from.and_then(|from| words.get_mut(from..)) else { return };
        if said.len() <= LONGEST_QUOTATION {
            said.iter_mut().for_each(|word| word.quoted = true);
        }
    }

    fn mark(&mut self, lexicon: &Lexicon, mark: char, raw: &[Raw], place: usize) {
        let next = raw.get(place + 1);
        let before = place.checked_sub(1).and_then(|before| raw.get(before));
        match mark {
            '.' | '\u{2026}' => {
                let more = matches!(before, Some(Raw::Mark('.'))) || mark == '\u{2026}';
                let after = if matches!(next, Some(Raw::Blank(..))) { raw.get(place + 2) } else { next };
                if more && matches!(after, Some(Raw::Word(_, false))) {
                    self.begins = true;
                } else if !matches!(next, Some(Raw::Word(_, false) | Raw::Mark('.'))) {
                    self.ends();
                }
            }
            '!' | '?' | ';' | '\u{3002}' | '\u{ff1f}' => self.ends(),
            ',' | ':' | '-' | '\u{2013}' | '\u{2014}' | '(' | ')' | '/' | '|' => {
                let hyphen = mark == '-' && matches!((before, next), (Some(Raw::Word(..)), Some(Raw::Word(..))));
                self.begins |= !hyphen && mark != '/';
            }
            '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => {
                match self.double.take() {
                    Some(from) => Self::quotation(&mut self.words, Some(from)),
                    None => self.double = Some(self.words.len()),
                }
                self.begins = true;
            }
            '\'' => {
                if self.single.is_some() && matches!(before, Some(Raw::Word(..) | Raw::Mark('.' | '!' | '?' | ','))) {
                    Self::quotation(&mut self.words, self.single.take());
                } else if matches!(next, Some(Raw::Word(..))) && !matches!(before, Some(Raw::Word(..))) {
                    self.single = Some(self.words.len());
                    self.begins = true;
                }
            }
            '\u{1f602}' | '\u{1f923}' | '\u{1f605}' | '\u{1f606}' | '\u{1f639}' | '\u{1f480}' => {
                self.word(lexicon.laughing);
                self.begins = true;
            }
            other if u32::from(other) > 0x2190 => self.ends(),
            _ => {}
        }
    }
}

/// The text in pieces. Lines that quote another's mail stay out.
fn raw(text: &str) -> Vec<Raw> {
    let mut all: Vec<Raw> = Vec::new();
    let mut folded = Vec::new();
    for line in text.split_inclusive(['\n', '\r', '\u{2028}']) {
        if line.trim_start().starts_with('>') {
            continue;
        }
        for letter in line.chars() {
            folded.clear();
            fold(letter, &mut folded);
            if letter == '\u{308}'
                && let Some(Raw::Word(letters, _)) = all.last_mut()
                && matches!(letters.last(), Some('a' | 'o' | 'u'))
            {
                letters.push('e');
                continue;
            }
            for &small in &folded {
                push(&mut all, small, letter.is_uppercase());
            }
        }
    }
    for piece in &mut all {
        if let Raw::Word(letters, _) = piece
            && letters.iter().any(char::is_ascii_alphabetic)
        {
            letters.iter_mut().for_each(|letter| *letter = twin(*letter));
        }
    }
    join_marks(all)
}

fn push(all: &mut Vec<Raw>, small: char, capital: bool) {
    if small.is_alphanumeric() {
        if let Some(Raw::Word(letters, _)) = all.last_mut() {
            letters.push(small);
        } else {
            all.push(Raw::Word(vec![small], capital));
        }
    } else if small.is_whitespace() {
        let ends = matches!(small, '\n' | '\r' | '\u{2028}');
        if let Some(Raw::Blank(count, line)) = all.last_mut() {
            *count += 1;
            *line |= ends;
        } else {
            all.push(Raw::Blank(1, ends));
        }
    } else {
        all.push(Raw::Mark(small));
    }
}

/// Apostrophes and marks that hide a letter, between letters, are part of the word.
fn join_marks(raw: Vec<Raw>) -> Vec<Raw> {
    let mut all: Vec<Raw> = Vec::with_capacity(raw.len());
    let mut raw = raw.into_iter().peekable();
    while let Some(piece) = raw.next() {
        if let (Raw::Mark(mark @ ('\'' | '*' | '@' | '$' | '!' | '#' | '|')), Some(Raw::Word(..))) =
            (&piece, raw.peek())
            && let Some(Raw::Word(letters, _)) = all.last_mut()
            && letters.len() < 20
        {
            letters.push(*mark);
            if let Some(Raw::Word(more, _)) = raw.next() {
                letters.extend(more);
            }
        } else if let (Raw::Mark('\''), Some(Raw::Word(letters, _))) = (&piece, all.last_mut())
            && letters.ends_with(&['i', 'n'])
            && letters.len() > 3
        {
            letters.push('g');
        } else if let (Raw::Mark('*'), Some(Raw::Mark('*')), Some(Raw::Word(..))) = (&piece, raw.peek(), all.last()) {
            // "d**", "k**l": as many letters as marks.
            let mut marks = vec!['*'];
            while raw.next_if(|next| *next == Raw::Mark('*')).is_some() {
                marks.push('*');
            }
            let more = match raw.next_if(|next| matches!(next, Raw::Word(..))) {
                Some(Raw::Word(more, _)) => more,
                _ => Vec::new(),
            };
            if let Some(Raw::Word(letters, _)) = all.last_mut() {
                letters.extend(marks.into_iter().chain(more));
            }
        } else {
            all.push(piece);
        }
    }
    all
}

/// The numbers of the words that a word stands for.
fn resolve(lexicon: &Lexicon, letters: &[char]) -> Vec<u16> {
    const LONGEST: usize = 40;
    if letters.len() > LONGEST {
        return vec![0];
    }
    let word: String = letters.iter().collect();
    if let Some(known) = known(lexicon, &word) {
        return known;
    }
    if let Some(short) = shortened(lexicon, &word) {
        return short;
    }
    let doubled = letters.windows(2).any(|pair| pair[0] == pair[1]);
    for most in [2, 1].into_iter().filter(|_| doubled) {
        let fewer = fewer(letters, most);
        if fewer.len() < letters.len()
            && let Some(known) = known(lexicon, &fewer.iter().collect::<String>())
        {
            return known;
        }
    }
    let marked = letters.iter().any(|c| !c.is_alphabetic() && *c != '\'');
    if marked && letters.iter().any(|c| c.is_alphabetic()) {
        let plain: Vec<char> = letters.iter().map(|c| leet(*c)).collect();
        if plain.iter().all(|c| c.is_alphabetic())
            && let Some(known) = known(lexicon, &plain.iter().collect::<String>())
        {
            return known;
        }
        if letters.iter().any(|c| !c.is_alphanumeric())
            && let Some(key) = lexicon.key(letters)
        {
            return vec![key];
        }
        return letters
            .split(|c| !c.is_alphanumeric())
            .filter(|part| !part.is_empty())
            .map(|part| lexicon.word(&part.iter().collect::<String>()).unwrap_or(0))
            .collect();
    }
    vec![lexicon.key(letters).unwrap_or(0)]
}

fn known(lexicon: &Lexicon, word: &str) -> Option<Vec<u16>> {
    lexicon.spelling(word).map(<[u16]>::to_vec).or_else(|| lexicon.word(word).map(|number| vec![number]))
}

/// "n't", "'m" and the like.
fn shortened(lexicon: &Lexicon, word: &str) -> Option<Vec<u16>> {
    let (stem, tail) = word.rsplit_once('\'')?;
    let stem_of = |stem: &str| known(lexicon, stem).unwrap_or_else(|| vec![0]);
    let with = |stem: &str, tail: &str| {
        let mut all = stem_of(stem);
        all.push(lexicon.word(tail).unwrap_or(0));
        Some(all)
    };
    match tail {
        "t" if stem.ends_with('n') => with(stem.strip_suffix('n')?, "not"),
        "m" => with(stem, "am"),
        "re" => with(stem, "are"),
        "ve" => with(stem, "have"),
        "ll" => with(stem, "will"),
        "d" => with(stem, "would"),
        "s" => with(stem, "is"),
        _ => known(lexicon, &word.replace('\'', "")),
    }
}

/// "id rather", "ill be": without their apostrophe they are other words, and what follows tells.
fn unmarked(lexicon: &Lexicon, letters: &[char], behind: &[Raw]) -> Option<Vec<u16>> {
    let (verbs, short) = match letters {
        ['i', 'd'] => (&lexicon.would_verbs, "would"),
        ['i', 'l', 'l'] => (&lexicon.will_verbs, "will"),
        _ => return None,
    };
    let [Raw::Blank(_, false), Raw::Word(next, _), ..] = behind else { return None };
    let next = lexicon.word(&next.iter().collect::<String>())?;
    let both = [lexicon.word("i")?, lexicon.word(short)?];
    verbs.has(next).then(|| both.to_vec())
}

/// At most so many of the same letter one after the other.
fn fewer(letters: &[char], most: usize) -> Vec<char> {
    let mut all: Vec<char> = Vec::with_capacity(letters.len());
    for &letter in letters {
        if all.iter().rev().take_while(|c| **c == letter).count() < most {
            all.push(letter);
        }
    }
    all
}

fn subjects(lexicon: &Lexicon, words: &mut [Word]) {
    let mut sentence = u32::MAX;
    let mut subject = Subject::Nobody;
    for word in words {
        if word.sentence != sentence {
            sentence = word.sentence;
            subject = Subject::Nobody;
        }
        if lexicon.writer.has(word.number) {
            subject = Subject::Writer;
        } else if lexicon.reader.has(word.number) {
            subject = Subject::Reader;
        } else if lexicon.other_pronouns.has(word.number)
            || subject != Subject::Writer && lexicon.others.has(word.number)
        {
            subject = Subject::Other;
        }
        word.subject = subject;
    }
}
