//! The phrases that the room knows, read once.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    grammar::{self, Rule},
    pattern::{Pattern, Reader, Set},
};

/// Every phrase file with patterns.
const PATTERNS: [&str; 9] = [
    include_str!("phrases/critical.txt"),
    include_str!("phrases/farewell.txt"),
    include_str!("phrases/high.txt"),
    include_str!("phrases/loose.txt"),
    include_str!("phrases/strain.txt"),
    include_str!("phrases/german.txt"),
    include_str!("phrases/others.txt"),
    include_str!("phrases/guards.txt"),
    include_str!("phrases/concepts.txt"),
];

pub(super) struct Lexicon {
    words: HashMap<&'static str, u16>,
    /// What is written for what: "cant" for "can not".
    spellings: HashMap<&'static str, Vec<u16>>,
    /// Words that are known again though a letter is wrong.
    keys: Vec<(Vec<char>, u16)>,
    /// Words that look like one of those and are none.
    not_keys: Set,
    anchored: Vec<Vec<usize>>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) rules: Vec<Rule>,
    /// The concept of a denial that is none.
    pub(super) undenied: Option<u16>,
    pub(super) filling: Set,
    pub(super) joining: Set,
    pub(super) denying: Set,
    pub(super) writer: Set,
    /// Whatever names the writer, also as object or owner.
    pub(super) own: Set,
    /// Forms of verbs that speak of a third.
    pub(super) third: Set,
    pub(super) reader: Set,
    pub(super) others: Set,
    pub(super) other_pronouns: Set,
    pub(super) subjects: Set,
    pub(super) laughing: u16,
    /// What a sentence of the writer begins with that leaves out who speaks.
    pub(super) dropped: Set,
    /// What a thing is named with.
    pub(super) determiners: Set,
    /// What follows "I'd" and "I'll" where the apostrophe is left out.
    pub(super) would_verbs: Set,
    pub(super) will_verbs: Set,
    /// Lines of the phrase files that could not be read.
    #[cfg(test)]
    pub(super) faults: Vec<&'static str>,
}

/// The phrases.
pub(super) fn lexicon() -> &'static Lexicon {
    static READ: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);
    &READ
}

impl Lexicon {
    fn read() -> Self {
        let mut reader = Reader::default();
        let laughing = reader.number("<laugh>");
        reader.classes(include_str!("phrases/classes.txt"));
        for file in PATTERNS {
            reader.patterns(file);
        }
        let rules = grammar::read(&mut reader, include_str!("phrases/grammar.txt"));
        let mut spellings = HashMap::new();
        for line in
            include_str!("phrases/spellings.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let Some((written, meant)) = line.split_once(" = ") else {
                reader.faults.push(line);
                continue;
            };
            let meant: Vec<u16> = meant.split_whitespace().map(|word| reader.number(word)).collect();
            spellings.extend(written.split_whitespace().map(|written| (written, meant.clone())));
        }
        let class = |name: &str| reader.classes.get(name).cloned().unwrap_or_default();
        let keys = class("key");
        let common = class("common");
        let mut anchored = vec![Vec::new(); reader.words.len() + 2];
        for (place, pattern) in reader.patterns.iter().enumerate() {
            for word in pattern.anchor(&common).unwrap_or_default().words() {
                anchored[usize::from(word)].push(place);
            }
        }
        Self {
            keys: reader.words.iter().filter(|(_, n)| keys.has(**n)).map(|(w, n)| (w.chars().collect(), *n)).collect(),
            not_keys: class("notkey"),
            filling: class("filling"),
            joining: class("joining"),
            denying: class("denying"),
            writer: class("writer"),
            own: class("self"),
            third: class("third"),
            reader: class("reader"),
            others: class("others"),
            other_pronouns: class("pronouns"),
            subjects: class("subjects"),
            dropped: class("dropped"),
            determiners: class("determiner"),
            would_verbs: class("wouldverb"),
            will_verbs: class("willverb"),
            laughing,
            anchored,
            spellings,
            undenied: reader.concept("undenied"),
            rules,
            patterns: reader.patterns,
            words: reader.words,
            #[cfg(test)]
            faults: reader.faults,
        }
    }

    /// The patterns that are worth trying where this word stands.
    pub(super) fn anchored(&self, word: u16) -> &[usize] {
        if word == 0 { &[] } else { self.anchored.get(usize::from(word)).map_or(&[], Vec::as_slice) }
    }

    pub(super) fn spelling(&self, word: &str) -> Option<&[u16]> {
        self.spellings.get(word).map(Vec::as_slice)
    }

    pub(super) fn is_key(&self, word: u16) -> bool {
        self.keys.iter().any(|(_, number)| *number == word)
    }

    pub(super) fn word(&self, word: &str) -> Option<u16> {
        self.words.get(word).copied()
    }

    /// The key word that this is but for a slip, or letters hidden behind marks.
    pub(super) fn key(&self, letters: &[char]) -> Option<u16> {
        let hidden = letters.iter().any(|c| !c.is_alphanumeric());
        let (Some(first), true) = (letters.first(), hidden || (6..=14).contains(&letters.len())) else { return None };
        let mut text = String::new();
        text.extend(letters);
        if self.word(&text).is_some_and(|word| self.not_keys.has(word)) {
            return None;
        }
        let fits = |key: &[char]| {
            if hidden {
                return key.len() == letters.len()
                    && key.iter().zip(letters).all(|(k, c)| k == c || !c.is_alphanumeric() && *c != '\'');
            }
            let most = if key.starts_with(&['s', 'u', 'i', 'c']) { 2 } else { 1 };
            key.first() == Some(first) && key.len() >= 6 && super::letters::near(key, letters, most)
        };
        self.keys.iter().filter(|(key, _)| fits(key)).map(|(_, number)| *number).min()
    }
}
