//! A pattern laid over the words of a sentence.

use std::cell::Cell;

use super::{
    lexicon::Lexicon,
    pattern::{Pattern, Piece, Way},
    words::{Subject, Word},
};

/// How far before the word by which a pattern was found it may begin.
const BEFORE: usize = 14;
const MOST_FILLING: usize = 3;
/// So many comparisons for a sentence, and so many for a message: whatever is sent, the time is bounded.
const STEPS_OF_SENTENCE: u32 = 60_000;
const STEPS: u32 = 1_500_000;

/// Where a pattern was found: the words from the first to before the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) pattern: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) sentence: u32,
}

/// All that is found in these words, in their order.
pub(super) fn find(lexicon: &Lexicon, words: &[Word]) -> Vec<Found> {
    let mut all = Vec::new();
    let (mut sentence, mut spent) = (0, 0);
    let steps = Cell::new(0);
    for (place, word) in words.iter().enumerate() {
        if word.sentence != sentence {
            sentence = word.sentence;
            spent += steps.replace(0);
        }
        let first = words[..place].iter().rev().take(BEFORE).take_while(|w| w.sentence == word.sentence).count();
        for &pattern in lexicon.anchored(word.number) {
            if steps.get() > STEPS_OF_SENTENCE || spent > STEPS {
                break;
            }
            let found = (place - first..=place).find_map(|from| {
                let laid = &lexicon.patterns[pattern];
                if !(words[from].begins || laid.opens(words[from].number)) {
                    return None;
                }
                let to = lay(lexicon, words, laid, from, &steps)?;
                (to > place).then_some(Found { pattern, from, to, sentence: word.sentence })
            });
            if let Some(found) = found
                && all.last() != Some(&found)
            {
                all.push(found);
            }
        }
    }
    all.sort_by_key(|found| (found.from, found.to, found.pattern));
    all.dedup();
    all
}

fn lay(lexicon: &Lexicon, words: &[Word], pattern: &Pattern, from: usize, steps: &Cell<u32>) -> Option<usize> {
    let laid = Laid { lexicon, words, sentence: words[from].sentence, from, steps };
    laid.rest(&Rest { pieces: &pattern.pieces, then: None }, from, 0)
}

/// What of a pattern is still to be laid: these pieces, then those behind the group they stand in.
struct Rest<'a> {
    pieces: &'a [Piece],
    then: Option<&'a Rest<'a>>,
}

struct Laid<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Word],
    sentence: u32,
    from: usize,
    steps: &'a Cell<u32>,
}

impl Laid<'_> {
    fn at(&self, place: usize) -> Option<&Word> {
        self.words.get(place).filter(|word| word.sentence == self.sentence)
    }

    fn fills(&self, place: usize) -> bool {
        self.at(place).is_some_and(|word| self.lexicon.filling.has(word.number))
    }

    /// Where the pattern ends whose remaining pieces begin here; `filling` words were passed over just before.
    fn rest(&self, rest: &Rest, place: usize, filling: usize) -> Option<usize> {
        let Some((piece, after)) = rest.pieces.split_first() else {
            return rest.then.map_or(Some(place - filling), |then| self.rest(then, place, filling));
        };
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > STEPS_OF_SENTENCE {
            return None;
        }
        let after = &Rest { pieces: after, then: rest.then };
        let word = self.at(place);
        let laid = match piece {
            Piece::Word(set, maybe) => {
                let here = word.filter(|w| set.has(w.number)).and_then(|_| self.rest(after, place + 1, 0));
                here.or_else(|| maybe.then(|| self.rest(after, place, filling)).flatten())
            }
            Piece::Choice(ways) => {
                let worth = |way: &&Way| match word {
                    Some(w) => w.begins || way.opening.has(w.number) || self.lexicon.filling.has(w.number),
                    None => way.opening.is_any(),
                };
                let way = |way: &Way| self.rest(&Rest { pieces: &way.pieces, then: Some(after) }, place, filling);
                return ways.iter().filter(worth).find_map(way);
            }
            Piece::Gap(most) => return self.gap(after, place, *most),
            Piece::Unless(set) => {
                // Nor behind words that only fill.
                let mut next = place;
                while self.fills(next) && next < place + MOST_FILLING {
                    next += 1;
                }
                let stands = (place..=next).any(|place| self.at(place).is_some_and(|word| set.has(word.number)));
                return if stands { None } else { self.rest(after, place, filling) };
            }
            Piece::Writer => {
                let said =
                    word.filter(|w| self.lexicon.writer.has(w.number)).and_then(|_| self.rest(after, place + 1, 0));
                let left_out = || {
                    let may = word.is_some_and(|w| w.begins && !matches!(w.subject, Subject::Other | Subject::Reader));
                    if may { self.rest(after, place, filling) } else { None }
                };
                said.or_else(left_out)
            }
            Piece::Begins => word.filter(|w| w.begins).and_then(|_| self.rest(after, place, filling)),
            Piece::Ends => {
                let ends = word.is_none_or(|w| w.begins || self.lexicon.joining.has(w.number));
                if ends { self.rest(after, place, filling) } else { None }
            }
        };
        let first = place == self.from && !matches!(word, Some(w) if w.begins);
        if laid.is_some() || first || filling >= MOST_FILLING || !self.fills(place) {
            return laid;
        }
        self.rest(rest, place + 1, filling + 1)
    }

    fn gap(&self, after: &Rest, place: usize, most: usize) -> Option<usize> {
        for passed in 0..=most {
            if let Some(end) = self.rest(after, place + passed, 0) {
                return Some(end);
            }
            let word = self.at(place + passed)?;
            if self.lexicon.denying.has(word.number) || self.lexicon.subjects.has(word.number) {
                return None;
            }
        }
        None
    }
}
