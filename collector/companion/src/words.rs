//! What somebody wrote as words in small letters, and whether phrases stand in it.
//!
//! A sentence is its words with single blanks, one at each end; a comma and the like is a word of its own, so that no phrase
//! reaches over it. Apostrophes fall away: "don't" is `dont`, in what is written and in the phrases.

use attune_analysis::text::normalise::own_words;

/// What is looked at of a text; the rest stays unread. The rules for messages look for danger in more of it.
const MOST_BYTES: usize = 16 * 1024;
/// So many sentences are told apart; what follows is one with the last: whatever is sent, the time is bounded.
const MOST_SENTENCES: usize = 400;
/// What ends a clause, as a word.
const CLAUSE_ENDS: &str = ", ";

/// A text in words.
pub(crate) struct Words {
    sentences: Vec<String>,
    count: u32,
}

impl Words {
    /// Those of a text, without what it quotes, and without links and code.
    pub(crate) fn of(text: &str) -> Self {
        let text = own_words(&text[..text.floor_char_boundary(MOST_BYTES)]);
        let mut words = Self { sentences: Vec::new(), count: 0 };
        let mut sentence = String::from(" ");
        let mut in_word = false;
        for c in text.chars().chain(['\n']) {
            if c == '\'' {
                continue;
            }
            if c.is_alphanumeric() {
                words.count += u32::from(!in_word);
                in_word = true;
                sentence.extend(c.to_lowercase());
                continue;
            }
            if std::mem::take(&mut in_word) {
                sentence.push(' ');
            }
            match c {
                '.' | '!' | '?' | ';' | '\n' | '\u{2026}'
                    if sentence.len() > 1 && words.sentences.len() + 1 < MOST_SENTENCES =>
                {
                    words.sentences.push(std::mem::replace(&mut sentence, String::from(" ")));
                }
                ',' | ':' | '(' | ')' | '\u{2013}' | '\u{2014}'
                    if sentence.len() > 1 && !sentence.ends_with(CLAUSE_ENDS) =>
                {
                    sentence.push_str(CLAUSE_ENDS);
                }
                _ => {}
            }
        }
        if sentence.len() > 1 {
            words.sentences.push(sentence);
        }
        words
    }

    /// How many words there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The sentences, in order.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(String::as_str)
    }

    /// How many of these phrases stand in it.
    pub(crate) fn hits(&self, phrases: &[Phrase]) -> usize {
        phrases.iter().filter(|phrase| self.sentences().any(|sentence| phrase.stands_in(sentence))).count()
    }

    /// Whether one of these phrases stands in it.
    pub(crate) fn has(&self, phrases: &[Phrase]) -> bool {
        self.sentences().any(|sentence| phrases.iter().any(|phrase| phrase.stands_in(sentence)))
    }

    /// Whether it begins with one of these phrases.
    pub(crate) fn begins(&self, phrases: &[Phrase]) -> bool {
        self.sentences.first().is_some_and(|first| phrases.iter().any(|phrase| first.starts_with(phrase.0.as_str())))
    }

    /// Whether its first clause is one of these phrases, and nothing more.
    pub(crate) fn says_only(&self, phrases: &[Phrase]) -> bool {
        let clause = self.sentences.first().and_then(|first| first.split(CLAUSE_ENDS).next()).unwrap_or_default();
        phrases.iter().any(|phrase| phrase.0.trim() == clause.trim())
    }
}

/// Words that stand beside each other. Written with a star behind, the last may go on: `overload*`.
pub(crate) struct Phrase(String);

impl Phrase {
    /// As it is written in a list.
    pub(crate) fn new(written: &str) -> Self {
        Self(match written.strip_suffix('*') {
            Some(stem) => format!(" {stem}"),
            None => format!(" {written} "),
        })
    }

    /// Whether it stands in a sentence.
    pub(crate) fn stands_in(&self, sentence: &str) -> bool {
        sentence.contains(&self.0)
    }

    /// Where in a sentence it begins, each time that it stands there.
    pub(crate) fn places<'a>(&'a self, sentence: &'a str) -> impl Iterator<Item = usize> + 'a {
        sentence.match_indices(self.0.as_str()).map(|(place, _)| place)
    }

    /// Its words.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split_whitespace()
    }
}

/// Lists of phrases by name, as a file has them: `name = one phrase | another`. A line that begins with `#` says something.
pub(crate) struct Lists(Vec<(&'static str, Vec<Phrase>)>);

impl Lists {
    /// Those of a file. A name that stands in several lines has the phrases of all.
    pub(crate) fn read(text: &'static str) -> Self {
        let mut lists: Vec<(&'static str, Vec<Phrase>)> = Vec::new();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (name, phrases) in lines.filter_map(|line| line.split_once(" = ")) {
            let phrases = phrases.split('|').map(str::trim).map(Phrase::new);
            match lists.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => known.extend(phrases),
                None => lists.push((name, phrases.collect())),
            }
        }
        Self(lists)
    }

    /// The phrases under a name.
    pub(crate) fn of(&self, name: &str) -> &[Phrase] {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, phrases)| phrases.as_slice()).unwrap_or_default()
    }

    /// The names, in the order of the file.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<String> {
        Words::of(text).sentences().map(str::to_owned).collect()
    }

    #[test]
    fn a_sentence_is_small_words_without_apostrophes_and_a_comma_is_one_of_them() {
        assert_eq!(sentences("I Don\u{2019}t know, honestly! Self-harm?"), [" i dont know , honestly ", " self harm "]);
        assert_eq!(sentences(" ,;. \u{1f642} \n"), Vec::<String>::new());
        assert_eq!(Words::of("One, two: three").count(), 3);
    }

    #[test]
    fn a_phrase_stands_in_whole_words_and_one_with_a_star_may_go_on() {
        let words = Words::of("They overloaded us with work, and the payroll is late.");
        assert!(words.has(&[Phrase::new("overload*")]) && words.has(&[Phrase::new("with work")]));
        assert!(!words.has(&[Phrase::new("overload")]) && !words.has(&[Phrase::new("pay")]));
        assert!(!words.has(&[Phrase::new("work and")]), "no phrase reaches over a comma");
        assert!(words.begins(&[Phrase::new("they")]) && !words.begins(&[Phrase::new("work")]));
        let short = Words::of("I do, always.");
        assert!(short.says_only(&[Phrase::new("i do")]) && !short.says_only(&[Phrase::new("i")]));
        assert!(!Words::of("").says_only(&[Phrase::new("i do")]));
    }

    #[test]
    fn however_many_sentences_there_are_the_last_is_read() {
        let text = "So. ".repeat(2000) + "It is the workload.";
        let words = Words::of(&text);
        assert_eq!(words.sentences().count(), MOST_SENTENCES);
        assert!(words.has(&[Phrase::new("the workload")]) && words.count() == 2004);
    }

    #[test]
    fn a_list_in_several_lines_is_one() {
        let lists = Lists::read("# said\na = one | two\nb = three\na = four\n");
        assert_eq!(lists.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((lists.of("a").len(), lists.of("b").len(), lists.of("c").len()), (3, 1, 0));
    }
}
