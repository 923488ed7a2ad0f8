//! Patterns over words: how the phrase files are written and read, and how a pattern is laid over a sentence.
//!
//! | written | stands for |
//! |---|---|
//! | `word`, `a/b`, `@class` | one word of these |
//! | `word?` | the same, or nothing |
//! | `(a b\|c)` | one of these, each a piece of a pattern; empty: nothing |
//! | `~2` | up to two words that neither deny nor name another subject |
//! | `!a/b` | what follows is none of these |
//! | `I` | the writer as subject: said, or left out at the beginning of a clause |
//! | `^`, `$` | the beginning, the end of a clause |
//!
//! What a line with `concept` finds is no sign of its own: `grammar.txt` says which are one together ([`super::meaning`]).
//!
//! Between the words of a pattern up to three filling words ("just", "so", "really") may stand.

use std::collections::HashMap;

use super::Level;

/// How a pattern tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// A sign of the writer of this level. An unsteady one has a harmless sense beside certain words.
    Sign(Level, bool),
    /// Says nothing alone and much beside another.
    Hint,
    /// Why a sign is none, or what else is read.
    Context,
    /// One of those, by number, that are a sign together.
    Concept(u16),
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// One of these words; the second: it may be missing.
    Word(Set, bool),
    Gap(usize),
    Unless(Set),
    /// One of these.
    Choice(Vec<Way>),
    Writer,
    Begins,
    Ends,
}

/// One of the pieces of a choice.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) pieces: Vec<Piece>,
    pub(super) opening: Opening,
}

/// Words by number, as bits.
#[derive(Clone, Default, Debug)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub(super) fn insert(&mut self, word: u16) {
        let place = usize::from(word) / 64;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] |= 1 << (word % 64);
    }

    pub(super) fn has(&self, word: u16) -> bool {
        self.0.get(usize::from(word) / 64).is_some_and(|bits| bits >> (word % 64) & 1 == 1)
    }

    fn extend(&mut self, other: &Set) {
        (0..u16::MAX).take(other.0.len() * 64).filter(|word| other.has(*word)).for_each(|word| self.insert(word));
    }

    pub(super) fn words(&self) -> impl Iterator<Item = u16> {
        (0..u16::MAX).take(self.0.len() * 64).filter(|word| self.has(*word))
    }

    fn len(&self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }
}

#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) kind: &'static str,
    pub(super) says: Says,
    pub(super) pieces: Vec<Piece>,
    opening: Opening,
}

/// With which words pieces begin elsewhere than where a clause begins: whether it is worth laying them there.
#[derive(Clone, Default, Debug)]
pub(super) struct Opening {
    words: Set,
    /// With any.
    any: bool,
}

impl Opening {
    /// Whether they may begin with this word, where no clause begins.
    pub(super) fn has(&self, word: u16) -> bool {
        self.any || self.words.has(word)
    }

    /// Whether they may begin where no word is left.
    pub(super) fn is_any(&self) -> bool {
        self.any
    }

    /// Adds what these pieces begin with; whether they can be passed over without a word.
    fn add(&mut self, pieces: &[Piece], writer: &Set) -> bool {
        for piece in pieces {
            let passed = match piece {
                Piece::Word(set, maybe) => {
                    self.words.extend(set);
                    *maybe
                }
                // Each way is looked at, also behind one that is empty.
                Piece::Choice(ways) => ways.iter().filter(|way| self.add(&way.pieces, writer)).count() > 0,
                Piece::Unless(_) => true,
                Piece::Writer => {
                    self.words.extend(writer);
                    false
                }
                Piece::Begins => false,
                Piece::Gap(_) | Piece::Ends => {
                    self.any = true;
                    false
                }
            };
            if !passed {
                return false;
            }
        }
        true
    }
}

impl Pattern {
    /// The words by which a sentence is found in which this is worth trying.
    /// `common`: words that stand in every sentence and lead to nothing.
    pub(super) fn anchor(&self, common: &Set) -> Option<Set> {
        anchor(&self.pieces, common)
    }

    /// What a rule over concepts says. It is laid nowhere.
    pub(super) fn of_rule(kind: &'static str, says: Says) -> Self {
        Self { kind, says, pieces: Vec::new(), opening: Opening::default() }
    }

    /// Whether it may begin with this word, where no clause begins.
    pub(super) fn opens(&self, word: u16) -> bool {
        self.opening.has(word)
    }
}

/// The fewest words of which one must be there.
fn anchor(pieces: &[Piece], common: &Set) -> Option<Set> {
    const COMMON: u32 = 60;
    let words = pieces.iter().filter_map(|piece| match piece {
        Piece::Word(set, false) => Some(set.clone()),
        Piece::Choice(ways) => ways.iter().try_fold(Set::default(), |mut all, way| {
            all.extend(&anchor(&way.pieces, common)?);
            Some(all)
        }),
        _ => None,
    });
    words.min_by_key(|set| set.words().map(|word| if common.has(word) { COMMON } else { 1 }).sum::<u32>())
}

/// Reads phrase files; each word that occurs gets a number.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) words: HashMap<&'static str, u16>,
    pub(super) classes: HashMap<&'static str, Set>,
    pub(super) patterns: Vec<Pattern>,
    /// By number.
    concepts: Vec<&'static str>,
    /// Lines that are not as they should be: there are none, a test says.
    pub(super) faults: Vec<&'static str>,
}

impl Reader {
    pub(super) fn number(&mut self, word: &'static str) -> u16 {
        let next = u16::try_from(self.words.len() + 1).unwrap_or(u16::MAX);
        *self.words.entry(word).or_insert(next)
    }

    /// The number of a concept that has been read.
    pub(super) fn concept(&self, name: &str) -> Option<u16> {
        self.concepts.iter().position(|known| *known == name).and_then(|place| u16::try_from(place).ok())
    }

    /// `name = word word @class`, a line each; the same name again adds to it.
    pub(super) fn classes(&mut self, text: &'static str) {
        for line in lines(text) {
            let Some((name, words)) = line.split_once(" = ") else {
                self.faults.push(line);
                continue;
            };
            let mut set = self.classes.get(name).cloned().unwrap_or_default();
            for word in words.split_whitespace() {
                if !self.add(&mut set, word) {
                    self.faults.push(line);
                }
            }
            self.classes.insert(name, set);
        }
    }

    /// `level kind | pattern`, a line each.
    pub(super) fn patterns(&mut self, text: &'static str) {
        for line in lines(text) {
            if self.line(line).is_none() {
                self.faults.push(line);
            }
        }
    }

    fn line(&mut self, line: &'static str) -> Option<()> {
        let (mut says, kind, body) = head(line)?;
        if let Says::Concept(number) = &mut says {
            *number = self.concept(kind).or_else(|| {
                self.concepts.push(kind);
                self.concept(kind)
            })?;
        }
        let mut pieces = Vec::new();
        let mut rest = body;
        while let Some((before, after)) = rest.split_once('(') {
            self.pieces(before, &mut pieces)?;
            let (group, after) = after.split_once(')')?;
            let piece = self.group(group)?;
            pieces.push(piece);
            rest = after;
        }
        self.pieces(rest, &mut pieces)?;
        anchor(&pieces, &Set::default())?;
        let opening = self.opening(&pieces)?;
        self.patterns.push(Pattern { kind, says, pieces, opening });
        Some(())
    }

    fn pieces(&mut self, text: &'static str, pieces: &mut Vec<Piece>) -> Option<()> {
        for part in text.split_whitespace() {
            let piece = self.piece(part)?;
            pieces.push(piece);
        }
        Some(())
    }

    /// Single words become one piece.
    fn group(&mut self, text: &'static str) -> Option<Piece> {
        let mut single = Set::default();
        let mut ways = Vec::new();
        let mut empty = false;
        for way in text.split('|') {
            let mut pieces = Vec::new();
            self.pieces(way, &mut pieces)?;
            match pieces.as_slice() {
                [] => empty = true,
                [Piece::Word(set, false)] => single.extend(set),
                _ => ways.push(self.way(pieces)?),
            }
        }
        if ways.is_empty() {
            return Some(Piece::Word(single, empty));
        }
        if single.len() > 0 {
            ways.push(self.way(vec![Piece::Word(single, false)])?);
        }
        if empty {
            ways.push(self.way(Vec::new())?);
        }
        Some(Piece::Choice(ways))
    }

    fn way(&self, pieces: Vec<Piece>) -> Option<Way> {
        let opening = self.opening(&pieces)?;
        Some(Way { pieces, opening })
    }

    fn opening(&self, pieces: &[Piece]) -> Option<Opening> {
        let mut opening = Opening::default();
        let passed = opening.add(pieces, self.classes.get("writer")?);
        opening.any |= passed;
        Some(opening)
    }

    fn piece(&mut self, part: &'static str) -> Option<Piece> {
        match part {
            "I" => return Some(Piece::Writer),
            "^" => return Some(Piece::Begins),
            "$" => return Some(Piece::Ends),
            _ => {}
        }
        if let Some(count) = part.strip_prefix('~') {
            return count.parse().ok().map(Piece::Gap);
        }
        let unless = part.strip_prefix('!');
        let maybe = part.strip_suffix('?');
        let mut set = Set::default();
        for word in unless.or(maybe).unwrap_or(part).split('/') {
            if !self.add(&mut set, word) {
                return None;
            }
        }
        Some(if unless.is_some() { Piece::Unless(set) } else { Piece::Word(set, maybe.is_some()) })
    }

    fn add(&mut self, set: &mut Set, word: &'static str) -> bool {
        if let Some(class) = word.strip_prefix('@') {
            let Some(class) = self.classes.get(class) else { return false };
            set.extend(class);
            return true;
        }
        if word.is_empty()
            || !word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '<' || c == '>')
        {
            return false;
        }
        set.insert(self.number(word));
        true
    }
}

/// What a line says, of what kind, and the rest of it.
pub(super) fn head(line: &'static str) -> Option<(Says, &'static str, &'static str)> {
    let (head, body) = line.split_once(" | ")?;
    let (level, kind) = head.split_once(' ')?;
    let steady = !level.ends_with('?');
    let says = match level.trim_end_matches('?') {
        "critical" => Says::Sign(Level::Critical, steady),
        "high" => Says::Sign(Level::High, steady),
        "moderate" => Says::Sign(Level::Moderate, steady),
        "low" => Says::Sign(Level::Low, steady),
        "hint" => Says::Hint,
        "context" => Says::Context,
        "concept" => Says::Concept(0),
        _ => return None,
    };
    Some((says, kind.trim(), body))
}

pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
