//! Every answer of a model is read by rules before anybody else reads it.
//!
//! A stream is shown sentence by sentence: each is held until it has ended, judged by the rules that need no more than it
//! ([`Checker::sentence`]), and only then shown. The first sentences wait until there are letters enough to tell the language. The whole is
//! judged at its end ([`Checker::whole`]): its length, its subject, whether it goes in circles. Where a rule is broken the request is
//! cut at once, and what was shown of the answer is taken back (`answer`). So nobody is shown a sentence that broke a rule; what may be
//! taken back are sentences that were fit by themselves.
//!
//! | rules | module |
//! |---|---|
//! | role, persona, diagnosis, secrecy, deeds, harmful advice, unkindness, other people, instructions: patterns of words | `pattern` over `rules/` |
//! | names that nobody gave it, placeholders that stand for nobody | the scanners of personal details |
//! | numbers that nobody gave it | `figures` |
//! | markup, links, unseen signs | `markup` |
//! | our own words in its mouth | `overlap` |
//! | going in circles | `repeats` |
//! | about something else | `subject` |
//! | another language | `attune_analysis::text::language` |
//!
//! Where a sentence ends is found by `sentences`, the words of one by `words`.
//!
//! An answer is judged with its placeholders in. The rules are a net with holes, and how wide they are is measured (`evaluation`): a model
//! that means to deceive can word things as no pattern has them. What holds without the net: a model is given nothing about others, can
//! do nothing, and in a crisis is not asked.

mod figures;
mod markup;
mod overlap;
mod pattern;
mod repeats;
mod rule;
mod sentences;
mod subject;
#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

use attune_analysis::text::language::{self, Language};
use attune_analysis::text::personal;

pub use rule::Rule;
pub(crate) use sentences::Sentences;

use figures::Figures;
use overlap::Runs;
use pattern::Patterns;
use subject::Subject;
use words::{Word, words};

use crate::prompt::instructions;

/// Letters and sentences of an answer; it was asked for 90 words. Points within a sentence count, too.
const LONGEST: usize = 1_200;
const MOST_SENTENCES: usize = 28;
/// Letters of the longest sentence.
const LONGEST_SENTENCE: usize = 500;
/// Fewer letters tell no language.
const LETTERS_OF_LANGUAGE: usize = 25;

/// The rules that are patterns of words, in the order in which they are looked for.
static PATTERNS: LazyLock<[(Rule, Patterns); 9]> = LazyLock::new(|| {
    [
        (Rule::Instructions, Patterns::read(include_str!("rules/instructions.txt"))),
        (Rule::Others, Patterns::read(include_str!("rules/others.txt"))),
        (Rule::Confidential, Patterns::read(include_str!("rules/confidential.txt"))),
        (Rule::Unsafe, Patterns::read(include_str!("rules/unsafe.txt"))),
        (Rule::Diagnosis, Patterns::read(include_str!("rules/diagnosis.txt"))),
        (Rule::Deeds, Patterns::read(include_str!("rules/deeds.txt"))),
        (Rule::Unkind, Patterns::read(include_str!("rules/unkind.txt"))),
        (Rule::Persona, Patterns::read(include_str!("rules/persona.txt"))),
        (Rule::Role, Patterns::read(include_str!("rules/role.txt"))),
    ]
});
static INSTRUCTIONS: LazyLock<Runs> = LazyLock::new(|| Runs::of(&instructions()));
const SUBJECT: &str = include_str!("rules/subject.txt");

/// What an answer is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// All that the model was given of the talk and of records, names taken out.
    pub(crate) all: &'a str,
    /// The answer before.
    pub(crate) before: Option<&'a str>,
    /// Addresses that may be named.
    pub(crate) links: &'a [String],
}

/// Judges one answer.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    figures: Figures,
    subject: Subject,
    before: Vec<Word>,
    links: &'a [String],
}

impl<'a> Checker<'a> {
    pub(crate) fn new(given: Given<'a>) -> Self {
        Self {
            figures: Figures::of(given.all),
            subject: Subject::new(SUBJECT, &words(given.all)),
            before: given.before.map(words).unwrap_or_default(),
            links: given.links,
        }
    }

    /// What one sentence breaks.
    pub(crate) fn sentence(&self, sentence: &str) -> Option<Rule> {
        if sentence.chars().count() > LONGEST_SENTENCE {
            return Some(Rule::Length);
        }
        if markup::is_in(sentence, self.links) {
            return Some(Rule::Markup);
        }
        let words = words(sentence);
        let broken = PATTERNS.iter().find(|(rule, patterns)| patterns.lie_in(&words, *rule == Rule::Role));
        if let Some((rule, _)) = broken {
            return Some(*rule);
        }
        if self.figures.are_exceeded_by(sentence) {
            return Some(Rule::Figures);
        }
        if INSTRUCTIONS.lie_in(&words) {
            return Some(Rule::Instructions);
        }
        if !personal::scrub(sentence).replaced.is_empty() {
            return Some(Rule::Others);
        }
        None
    }

    /// What the first of its sentences breaks that breaks anything. For who has all of an answer.
    pub(crate) fn by_sentences(&self, text: &str) -> Option<Rule> {
        let mut sentences = Sentences::default();
        let ended = sentences.feed(text);
        ended.into_iter().chain(sentences.end()).find_map(|sentence| self.sentence(sentence.trim()))
    }

    /// Whether an answer is too long already, whatever else comes.
    pub(crate) fn is_too_long(text: &str) -> bool {
        text.chars().count() > LONGEST
    }

    /// What the whole of an answer breaks, whose sentences are fit.
    pub(crate) fn whole(&self, text: &str) -> Option<Rule> {
        let words = words(text);
        if words.is_empty() {
            return Some(Rule::Empty);
        }
        let sentences = words.last().map_or(0, |word| word.sentence + 1);
        if Self::is_too_long(text) || sentences > MOST_SENTENCES {
            return Some(Rule::Length);
        }
        if speaks_otherwise(text) {
            return Some(Rule::Language);
        }
        if repeats::is_in(&words) || repeats::is_same(&words, &self.before) {
            return Some(Rule::Repeats);
        }
        if INSTRUCTIONS.lie_in(&words) {
            return Some(Rule::Instructions);
        }
        self.subject.is_missed_by(text, &words).then_some(Rule::Subject)
    }
}

/// Whether there are letters enough to tell in which language a text is.
pub(crate) fn tells_language(text: &str) -> bool {
    text.chars().filter(|letter| letter.is_alphabetic()).count() >= LETTERS_OF_LANGUAGE
}

/// Whether a text is in another language than English.
pub(crate) fn speaks_otherwise(text: &str) -> bool {
    language::of(text) == Some(Language::Other)
}
