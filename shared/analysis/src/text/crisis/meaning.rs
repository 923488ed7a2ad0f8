//! What concepts mean together, so that a sign is found that no phrase was written for: a wish, an end, oneself.
//!
//! A rule names concepts. They stand in one sentence, in any order, near each other and apart. Whose doing it is and how often it is
//! denied decides whether they mean it; what else speaks against a sign is weighed as of any other.

use std::ops::Range;

use super::{
    grammar::Rule,
    lexicon::Lexicon,
    matching::Found,
    pattern::{Says, Set},
    words::{Subject, Word},
};

/// How many words the concepts of a sign may span, and how far before them a denial and the writer are looked for.
const SPAN: usize = 16;
const BACK: usize = 6;
/// So many places of a concept in a sentence are looked at: whatever is sent, the time is bounded.
const MOST: usize = 16;

/// What was found, with the signs that its concepts are together in their place.
pub(super) fn join(lexicon: &Lexicon, words: &[Word], found: Vec<Found>) -> Vec<Found> {
    let mut all = Vec::with_capacity(found.len());
    let mut hits = Vec::new();
    for one in found {
        match lexicon.patterns[one.pattern].says {
            Says::Concept(concept) => {
                hits.push(Hit { concept, from: one.from, to: one.to, sentence: one.sentence });
            }
            _ => all.push(one),
        }
    }
    for hits in hits.chunk_by(|a, b| a.sentence == b.sentence) {
        let sentence = Sentence::new(lexicon, words, hits);
        all.extend(lexicon.rules.iter().filter_map(|rule| sentence.meant(rule)));
    }
    all.sort_by_key(|found| (found.from, found.to, found.pattern));
    all
}

/// A concept, and the words that say it.
#[derive(Clone, Copy)]
struct Hit {
    concept: u16,
    from: usize,
    to: usize,
    sentence: u32,
}

impl Hit {
    fn has(&self, place: usize) -> bool {
        (self.from..self.to).contains(&place)
    }
}

struct Sentence<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Word],
    hits: &'a [Hit],
    there: Set,
}

impl<'a> Sentence<'a> {
    fn new(lexicon: &'a Lexicon, words: &'a [Word], hits: &'a [Hit]) -> Self {
        let mut there = Set::default();
        hits.iter().for_each(|hit| there.insert(hit.concept));
        Self { lexicon, words, hits, there }
    }

    fn meant(&self, rule: &Rule) -> Option<Found> {
        let is_there = |concept: &u16| self.there.has(*concept);
        if rule.barred.iter().any(is_there) || !rule.needed.iter().all(|concepts| concepts.iter().any(is_there)) {
            return None;
        }
        let (first, others) = rule.needed.split_first()?;
        self.of(first).find_map(|head| self.around(rule, head, others))
    }

    fn of(&self, concepts: &[u16]) -> impl Iterator<Item = Hit> {
        self.hits.iter().copied().filter(move |hit| concepts.contains(&hit.concept)).take(MOST)
    }

    /// The sign that this first concept is with those nearest to it.
    fn around(&self, rule: &Rule, head: Hit, others: &[Vec<u16>]) -> Option<Found> {
        let mut chosen = vec![head];
        for concepts in others {
            let apart = |hit: &Hit| chosen.iter().all(|one| hit.to <= one.from || one.to <= hit.from);
            let nearest = self.of(concepts).filter(apart).min_by_key(|hit| hit.from.abs_diff(head.from))?;
            chosen.push(nearest);
        }
        let from = chosen.iter().map(|hit| hit.from).min()?;
        let to = chosen.iter().map(|hit| hit.to).max()?;
        if to - from > SPAN || rule.bare && self.names_a_thing(from..to, &chosen) {
            return None;
        }
        let start = self.clause(from);
        let is_denial = |place: usize| {
            let counted = || chosen.iter().all(|hit| !hit.has(place)) && !self.is_undenied(place);
            self.lexicon.denying.has(self.words[place].number) && counted()
        };
        let until = if rule.denied_before { head.from } else { to };
        let denied = (start..until).filter(|place| is_denial(*place)).count() % 2 == 1;
        if denied != rule.denied || rule.of_writer && !self.is_of_writer(start, head, &chosen) {
            return None;
        }
        let begins = |place: &usize| self.lexicon.writer.has(self.words[*place].number) || is_denial(*place);
        let from = (start..from).find(begins).unwrap_or(from);
        Some(Found { pattern: rule.pattern, from, to, sentence: head.sentence })
    }

    /// Where the clause begins in which a place stands, or so many words before.
    fn clause(&self, place: usize) -> usize {
        let mut start = place;
        while start > 0 && place - start < BACK && !self.words[start].begins {
            start -= 1;
        }
        start
    }

    /// Whether a denial is none, for what it denies is one too: "can't stop".
    fn is_undenied(&self, place: usize) -> bool {
        self.hits.iter().any(|hit| Some(hit.concept) == self.lexicon.undenied && hit.has(place))
    }

    /// Whether the writer is the subject, said or left out, and nobody else is named last before one of the concepts.
    fn is_of_writer(&self, start: usize, head: Hit, chosen: &[Hit]) -> bool {
        let first = &self.words[self.clause(head.from)];
        let said = match self.words[head.from].subject {
            Subject::Writer => true,
            Subject::Nobody => first.begins && self.lexicon.dropped.has(first.number),
            Subject::Reader | Subject::Other => false,
        };
        said && !self.names_another(start..head.from, chosen)
            && chosen.iter().all(|hit| {
                let from = if hit.from < head.from { self.clause(hit.from) } else { head.from };
                !self.names_another(from..hit.from, chosen)
            })
    }

    /// Whether a thing is named that is none of the concepts: "I want my old phone to die".
    fn names_a_thing(&self, mut places: Range<usize>, chosen: &[Hit]) -> bool {
        let of_a_concept = |place: usize| chosen.iter().any(|hit| hit.has(place) || hit.from == place + 1);
        places.any(|place| self.lexicon.determiners.has(self.words[place].number) && !of_a_concept(place))
    }

    fn names_another(&self, places: Range<usize>, chosen: &[Hit]) -> bool {
        for place in places.rev().filter(|place| chosen.iter().all(|hit| !hit.has(*place))) {
            let number = self.words[place].number;
            if self.lexicon.own.has(number) || self.lexicon.joining.has(number) {
                return false;
            }
            if self.lexicon.others.has(number) || self.lexicon.other_pronouns.has(number) {
                return true;
            }
        }
        false
    }
}
