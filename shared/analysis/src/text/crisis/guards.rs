//! What speaks against a sign: what stands around it in its sentence, beside it, or in the whole message.

use std::collections::HashMap;

use super::{
    Level,
    lexicon::Lexicon,
    matching::Found,
    pattern::Says,
    words::{Subject, Word},
};

/// What else is read of a message beside its signs.
pub(super) struct Around<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Word],
    /// By kind, where, in the order of the message.
    contexts: HashMap<&'static str, Vec<Found>>,
    laughs: bool,
    /// Behind this what stands in quotation marks is the writer's own.
    own_words: Option<usize>,
    /// From here it is meant in earnest, after what would have made a joke or a tale of it.
    earnest: Option<usize>,
}

/// How many words may stand between a denial and what it denies.
const DENIAL_REACHES: usize = 2;
/// What makes a joke or a tale of a sign.
const LIGHT: [&str; 8] = ["media", "training", "imagined", "past", "trivial", "hyperbole", "technical", "sport"];

impl<'a> Around<'a> {
    /// `found` in the order of the message.
    pub(super) fn new(lexicon: &'a Lexicon, words: &'a [Word], found: &[Found]) -> Self {
        let mut contexts: HashMap<&'static str, Vec<Found>> = HashMap::new();
        for one in found {
            let pattern = &lexicon.patterns[one.pattern];
            if pattern.says == Says::Context {
                contexts.entry(pattern.kind).or_default().push(*one);
            }
        }
        let of = |kind: &str| contexts.get(kind).map(Vec::as_slice).unwrap_or_default();
        let laugh = words.iter().position(|word| word.number == lexicon.laughing);
        let light = LIGHT.into_iter().filter_map(|kind| of(kind).first()).map(|first| first.from).chain(laugh).min();
        let earnest =
            light.and_then(|light| of("earnest").iter().map(|earnest| earnest.from).find(|from| *from >= light));
        let own_words = of("own_words").iter().filter(|own| !words[own.from].quoted).map(|own| own.to).min();
        Self { lexicon, words, laughs: laugh.is_some(), own_words, earnest, contexts }
    }

    /// Whether the message holds this.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.contexts.contains_key(kind)
    }

    /// Somebody else is in danger, and the writer speaks of it as of something that is.
    pub(super) fn another_is_meant(&self) -> bool {
        let danger = self
            .of("other_danger")
            .iter()
            .any(|found| !self.covered(found) && !self.beside("media", found, 0) && !self.beside("past", found, 0));
        danger && (self.is("seeks_help") || self.is("owned") || self.is("close")) && !self.is("training")
    }

    fn of(&self, kind: &str) -> &[Found] {
        self.contexts.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those in a sign's sentence, or so many sentences away.
    fn near(&self, kind: &str, sign: &Found, reach: u32) -> &[Found] {
        let all = self.of(kind);
        let (first, last) = (sign.sentence.saturating_sub(reach), sign.sentence.saturating_add(reach));
        let from = all.partition_point(|found| found.sentence < first);
        let to = all.partition_point(|found| found.sentence <= last);
        &all[from..to]
    }

    fn beside(&self, kind: &str, sign: &Found, reach: u32) -> bool {
        !self.near(kind, sign, reach).is_empty()
    }

    fn covered(&self, sign: &Found) -> bool {
        self.near("mask", sign, 0).iter().any(|mask| mask.from < sign.to && sign.from < mask.to)
    }

    /// Denied by an odd number of denials before it.
    fn denied(&self, sign: &Found) -> bool {
        let mut from = sign.from;
        let mut denied = false;
        let denials = self.near("denial", sign, 0);
        let before =
            |from: usize| denials.iter().filter(move |d| d.from < from && d.to <= from + 1).max_by_key(|d| d.to);
        while let Some(denial) = before(from) {
            let between = self.words.get(denial.to..=from).unwrap_or_default();
            if from.saturating_sub(denial.to) > DENIAL_REACHES || between.iter().any(|word| word.begins) {
                break;
            }
            denied = !denied;
            from = denial.from;
        }
        denied
    }

    /// In another's mouth: in quotation marks, or after "he says".
    fn said_by_another(&self, sign: &Found) -> bool {
        let quoted = self.words[sign.from..sign.to].iter().all(|word| word.quoted);
        if quoted {
            return self.own_words.is_none_or(|own| own > sign.from);
        }
        // "Everybody says so, but I": what follows is the writer's own.
        let but = self.lexicon.word("but");
        let goes_on = |to: usize| self.words[to..sign.from].iter().all(|word| Some(word.number) != but);
        self.near("reported", sign, 0).iter().any(|found| found.to <= sign.from && goes_on(found.to))
    }

    /// Said of the last one named, who is another.
    fn of_another(&self, sign: &Found) -> bool {
        let inside = &self.words[sign.from..sign.to];
        let own = inside.iter().any(|word| self.lexicon.own.has(word.number));
        if own {
            return false;
        }
        let before = self.words[..sign.from].iter().rev().take_while(|word| word.sentence == sign.sentence);
        let (mut of_own, mut third) = (false, false);
        for word in before {
            of_own |= self.lexicon.own.has(word.number);
            third |= self.lexicon.third.has(word.number);
        }
        let begins = inside.first().is_some_and(|word| word.begins);
        inside.first().is_some_and(|word| word.subject == Subject::Other) || third && !of_own && !begins
    }

    /// Somebody who reads is spoken to, and the writer not named.
    fn asked(&self, sign: &Found) -> bool {
        let inside = &self.words[sign.from..sign.to];
        let writer = inside.iter().any(|word| self.lexicon.own.has(word.number));
        !writer
            && (self.beside("asking", sign, 0) || inside.first().is_some_and(|word| word.subject == Subject::Reader))
    }

    /// What remains of a sign's level.
    pub(super) fn outweigh(&self, sign: &Found, level: Level, steady: bool) -> Level {
        let kind = self.lexicon.patterns[sign.pattern].kind;
        if self.covered(sign) || self.denied(sign) || self.said_by_another(sign) {
            return Level::None;
        }
        let parting = ["affairs", "farewell", "absence", "apology", "last_time"].contains(&kind);
        if !parting && self.of_another(sign) || self.asked(sign) {
            return Level::None;
        }
        if self.earnest.is_some_and(|earnest| earnest <= sign.to) {
            return level;
        }
        // Songs are chosen for a funeral too.
        let told = ["training", "imagined"].iter().any(|kind| self.beside(kind, sign, 0))
            || kind != "affairs" && self.beside("media", sign, 0);
        let over = self.beside("past", sign, 0) || self.is("recovered");
        let listed = self.is("listed");
        if told || over && !self.is("still") || listed {
            return Level::None;
        }
        let trivial = self.beside("trivial", sign, 0);
        let joking = self.beside("hyperbole", sign, 0) || self.laughs && trivial;
        if !steady {
            let harmless = ["media", "technical", "business", "sport"].iter().any(|kind| self.beside(kind, sign, 1));
            if harmless || joking || trivial || self.laughs {
                return Level::None;
            }
        }
        if joking {
            return Level::None;
        }
        if self.laughs || trivial && level < Level::High {
            return level.min(Level::Moderate);
        }
        if trivial && steady { level.min(Level::Moderate) } else { level }
    }
}
