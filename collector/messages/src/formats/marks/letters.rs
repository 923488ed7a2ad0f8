//! Letters of a text, from which marks are taken.

use super::emoji;
use super::links;

/// The name of a channel by its id, where it is known.
pub(in crate::formats) type Channels<'a> = &'a dyn Fn(&str) -> Option<String>;

#[derive(Clone, Copy)]
struct Letter {
    sign: char,
    /// It is itself and never a mark: it stood in code, or was escaped.
    is_plain: bool,
}

/// A text on its way from marks to words.
#[derive(Default)]
pub(super) struct Letters(Vec<Letter>);

impl Letters {
    /// Adds a text in which marks may stand; its bare links are out.
    pub(super) fn text(&mut self, text: &str) {
        self.0.extend(links::without(text).chars().map(|sign| Letter { sign, is_plain: false }));
    }

    /// Adds a text without marks.
    pub(super) fn plain(&mut self, text: &str) {
        self.0.extend(text.chars().map(|sign| Letter { sign, is_plain: true }));
    }

    /// Ends a line.
    pub(super) fn line(&mut self) {
        self.plain("\n");
    }

    /// What stands last.
    pub(super) fn last(&self) -> Option<char> {
        self.0.last().map(|letter| letter.sign)
    }

    /// Takes pairs of a mark away that stand around words of one line. Within words it is a mark only where `inside` says so.
    pub(super) fn unmark(&mut self, mark: &str, inside: bool) {
        let mark: Vec<char> = mark.chars().collect();
        let width = mark.len();
        let mut gone = vec![false; self.0.len()];
        let mut opened: Option<usize> = None;
        let mut at = 0;
        while at < self.0.len() {
            if self.0[at].sign == '\n' {
                opened = None;
            }
            if !self.is_mark(at, &mark) {
                at += 1;
                continue;
            }
            let (before, after) = (at.checked_sub(1).map(|at| self.0[at].sign), self.sign(at + width));
            let is_word = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
            let is_blank = |sign: Option<char>| sign.is_none_or(char::is_whitespace);
            let closes = !is_blank(before) && (inside || !is_word(after));
            let opens = !is_blank(after) && (inside || !is_word(before));
            match opened {
                Some(first) if closes && first + width < at => {
                    gone[first..first + width].fill(true);
                    gone[at..at + width].fill(true);
                    opened = None;
                }
                _ if opens => opened = Some(at),
                _ => {}
            }
            at += width;
        }
        let mut gone = gone.into_iter();
        self.0.retain(|_| !gone.next().unwrap_or(false));
    }

    fn sign(&self, at: usize) -> Option<char> {
        self.0.get(at).map(|letter| letter.sign)
    }

    fn is_mark(&self, at: usize, mark: &[char]) -> bool {
        mark.iter()
            .enumerate()
            .all(|(place, sign)| self.0.get(at + place).is_some_and(|letter| !letter.is_plain && letter.sign == *sign))
    }

    /// Puts signs in the place of short names of emoji, and takes own ones out.
    pub(super) fn emoji(&mut self) {
        let letters = std::mem::take(&mut self.0);
        let mut at = 0;
        while at < letters.len() {
            let name = name_at(&letters, at, self.0.last().map(|letter| letter.sign));
            match name {
                Some((length, sign)) => {
                    self.plain(&sign.unwrap_or_default());
                    at += length;
                }
                None => {
                    self.0.push(letters[at]);
                    at += 1;
                }
            }
        }
    }

    /// The text, with blanks at the ends of lines as they are.
    pub(super) fn finish(self) -> String {
        self.0.into_iter().map(|letter| letter.sign).collect()
    }
}

/// The short name between colons that begins here, as how long it is with them, and its sign; without a sign it is an own one.
fn name_at(letters: &[Letter], at: usize, before: Option<char>) -> Option<(usize, Option<String>)> {
    let colon = |at: usize| letters.get(at).is_some_and(|letter| letter.sign == ':' && !letter.is_plain);
    if !colon(at) || before == Some(':') {
        return None;
    }
    let name = |from: usize| -> Option<String> {
        let within = letters.get(from..)?.iter().take(emoji::LONGEST);
        let name: String = within.map(|letter| letter.sign).take_while(|sign| emoji::is_of_name(*sign)).collect();
        (!name.is_empty() && colon(from + name.len())).then_some(name)
    };
    let first = name(at + 1)?;
    let mut length = first.len() + 2;
    let mut whole = first.to_lowercase();
    if colon(at + length)
        && let Some(tone) = name(at + length + 1).filter(|tone| tone.starts_with("skin-tone-"))
    {
        whole = format!("{whole}::{tone}");
        length += tone.len() + 2;
    }
    let sign = emoji::named(&whole);
    let follows_a_word = before.is_some_and(char::is_alphanumeric);
    let goes_on = letters.get(at + length).is_some_and(|letter| letter.sign.is_alphanumeric());
    let is_number = first.bytes().all(|letter| letter.is_ascii_digit());
    // `10:100:5` is a number, and `a:b:c` a path.
    let is_name = match sign {
        Some(_) => !((is_number || first.len() == 1) && follows_a_word),
        None => first.bytes().any(|letter| letter.is_ascii_alphabetic()) && !follows_a_word && !goes_on,
    };
    is_name.then_some((length, sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmarked(text: &str, mark: &str, inside: bool) -> String {
        let mut letters = Letters::default();
        letters.text(text);
        letters.unmark(mark, inside);
        letters.finish()
    }

    #[test]
    fn a_mark_is_one_around_words_and_none_within() {
        assert_eq!(unmarked("*really* tired, *so*.", "*", false), "really tired, so.");
        for text in ["2*3*4", "a * b * c", "* one\n* two", "*", "**", "a*"] {
            assert_eq!(unmarked(text, "*", false), text, "{text}");
        }
        assert_eq!(unmarked("my_long_file_name _is_ here", "_", false), "my_long_file_name is here");
        assert_eq!(unmarked("un**believ**able", "**", true), "unbelievable");
        assert_eq!(unmarked("*one\ntwo*", "*", false), "*one\ntwo*");
    }

    #[test]
    fn text_of_nothing_but_marks_takes_no_longer_than_other_text() {
        let begun = std::time::Instant::now();
        for text in ["* a".repeat(300_000), "*".repeat(900_000), ":a".repeat(400_000)] {
            let mut letters = Letters::default();
            letters.text(&text);
            letters.emoji();
            letters.unmark("*", false);
            assert!(!letters.finish().is_empty());
        }
        assert!(begun.elapsed().as_secs() < 60);
    }

    #[test]
    fn short_names_are_told_from_times_and_paths() {
        let signs = |text: &str| {
            let mut letters = Letters::default();
            letters.text(text);
            letters.emoji();
            letters.finish()
        };
        assert_eq!(signs("done :tada::+1::skin-tone-3: :party-parrot:!"), "done \u{1f389}\u{1f44d}\u{1f3fc} !");
        for text in ["at 10:30:15", "10:100:5", "std::vec::Vec", "note: see:", "a:b:c", "::", ":"] {
            assert_eq!(signs(text), text);
        }
    }
}
