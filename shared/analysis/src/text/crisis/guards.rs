//! What speaks against a sign: what stands around it in its sentence, beside it, or in the whole message.

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
    /// By kind, where.
    contexts: Vec<(&'static str, Found)>,
    laughs: bool,
}

/// How many words may stand between a denial and what it denies.
const DENIAL_REACHES: usize = 2;

impl<'a> Around<'a> {
    pub(super) fn new(lexicon: &'a Lexicon, words: &'a [Word], found: &[Found]) -> Self {
        let contexts = found.iter().filter_map(|found| {
            let pattern = &lexicon.patterns[found.pattern];
            (pattern.says == Says::Context).then_some((pattern.kind, *found))
        });
        let laughs = words.iter().any(|word| word.number == lexicon.laughing);
        Self { lexicon, words, contexts: contexts.collect(), laughs }
    }

    /// Whether the message holds this.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.contexts.iter().any(|(one, _)| *one == kind)
    }

    /// Somebody else is in danger, and the writer speaks of it as of something that is.
    pub(super) fn another_is_meant(&self) -> bool {
        let danger = self
            .of("other_danger")
            .any(|found| !self.covered(found) && !self.beside("media", found, 0) && !self.beside("past", found, 0));
        danger && (self.is("seeks_help") || self.is("owned") || self.is("close")) && !self.is("training")
    }

    fn of(&self, kind: &str) -> impl Iterator<Item = &Found> {
        self.contexts.iter().filter(move |(one, _)| *one == kind).map(|(_, found)| found)
    }

    /// In its sentence, or so many sentences away.
    fn beside(&self, kind: &str, sign: &Found, reach: u32) -> bool {
        self.of(kind).any(|found| found.sentence.abs_diff(sign.sentence) <= reach)
    }

    fn covered(&self, sign: &Found) -> bool {
        self.of("mask").any(|mask| mask.from < sign.to && sign.from < mask.to)
    }

    /// Denied by an odd number of denials before it.
    fn denied(&self, sign: &Found) -> bool {
        let mut from = sign.from;
        let mut denied = false;
        while let Some(denial) = self.of("denial").filter(|d| d.from < from && d.to <= from + 1).max_by_key(|d| d.to) {
            let between = self.words.get(denial.to..=from).unwrap_or_default();
            let far = from.saturating_sub(denial.to) > DENIAL_REACHES || between.iter().any(|word| word.begins);
            if denial.sentence != sign.sentence || far {
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
            return !self.of("own_words").any(|own| own.to <= sign.from && !self.words[own.from].quoted);
        }
        self.of("reported").any(|found| found.sentence == sign.sentence && found.to <= sign.from)
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

    /// Said in earnest, after what would have made a joke or a tale of it.
    fn in_earnest(&self, sign: &Found) -> bool {
        const LIGHT: [&str; 8] =
            ["media", "training", "imagined", "past", "trivial", "hyperbole", "technical", "sport"];
        let light = self.contexts.iter().filter(|(kind, _)| LIGHT.contains(kind)).map(|(_, found)| found.from);
        let laugh = self.words.iter().position(|word| word.number == self.lexicon.laughing);
        let first = light.chain(laugh).min();
        self.of("earnest").any(|earnest| earnest.from <= sign.to && first.is_some_and(|first| first <= earnest.from))
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
        if self.in_earnest(sign) {
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
