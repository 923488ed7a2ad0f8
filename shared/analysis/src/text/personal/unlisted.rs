//! Names that no list has: written as names within a sentence, and no words that are known.
//!
//! What is taken for one here is only read as one, never stored as one: a tool or a place among them does no harm there.

use std::collections::HashSet;
use std::ops::Range;

use super::cues;
use super::found::{Found, Kind};
use super::names::{Class, class, is_thing};
use super::view::{Shape, View, Word};

const SHORTEST: usize = 3;
/// So many words with a capital, most of a sentence, make a title of it.
const TITLE: usize = 3;
/// What is made of a word by one of these is a word.
const ENDS: [&str; 13] =
    ["ing", "tion", "ment", "ness", "ship", "ware", "ung", "heit", "keit", "schaft", "ismus", "ish", "ese"];

/// Adds them, without a value. `is_word`: whether something is a word that is known.
pub(super) fn find(view: &View<'_>, is_word: &dyn Fn(&str) -> bool, found: &mut Vec<Found>) {
    let small: HashSet<&str> =
        view.words.iter().filter(|word| word.shape == Shape::Lower).map(|word| word.folded.as_str()).collect();
    let is_name = |at: usize| {
        let word = &view.words[at];
        !small.contains(word.folded.as_str()) && is_written_so(view, at) && may_be(view, word, is_word)
    };
    for sentence in sentences(view) {
        let capitals = sentence.clone().filter(|at| view.words[*at].shape == Shape::Capital).count();
        if capitals >= TITLE && capitals * 2 > sentence.len() {
            continue;
        }
        for at in sentence.filter(|at| is_name(*at)) {
            let Word { start, end, .. } = view.words[at];
            found.push(Found { start, end, kind: Kind::Person, value: String::new() });
        }
    }
}

/// The words of each sentence.
fn sentences(view: &View<'_>) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = view.words.get(from..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().skip(1).position(|word| word.opens).map_or(rest.len(), |more| more + 1);
        from += length;
        Some(from - length..from)
    })
}

/// With a capital behind a small word or a name, as nothing is written that has a determiner or stands in a place; at the beginning,
/// where every word has a capital, only before what people do.
fn is_written_so(view: &View<'_>, at: usize) -> bool {
    let word = &view.words[at];
    if word.shape != Shape::Capital || !ends_plainly(&view.text[word.full_end..]) {
        return false;
    }
    let glued = view.text[..word.start].chars().next_back().is_some_and(|before| !matches!(before, ' ' | '\n' | '('));
    if glued {
        return false;
    }
    if word.opens {
        return cues::did_behind(view, at);
    }
    let Some(before) = view.before(at).filter(|_| view.gap_before(at) == " ") else { return true };
    // "I am angry that Anna was left alone"
    let joins = before.folded == "that" && cues::did_behind(view, at);
    joins || !(cues::is_determiner(before) || cues::is_place(before))
}

/// Whether a word ends here, and no address, number or file goes on.
fn ends_plainly(behind: &str) -> bool {
    let mut letters = behind.chars();
    match letters.next() {
        None => true,
        Some('.' | ',' | ':' | '!' | '?' | ';' | ')' | '…') => {
            letters.next().is_none_or(|next| !next.is_alphanumeric())
        }
        Some(first) => first.is_whitespace(),
    }
}

fn may_be(view: &View<'_>, word: &Word, is_word: &dyn Fn(&str) -> bool) -> bool {
    let written = &view.text[word.start..word.end];
    let known = || written.split(['-', '‐', '‑']).all(is_word);
    word.folded.chars().count() >= SHORTEST
        && matches!(class(&word.folded), Class::Unknown | Class::Given | Class::Family)
        && !is_thing(&word.folded)
        && !ENDS.iter().any(|end| word.folded.ends_with(end))
        && !known()
}

#[cfg(test)]
mod tests {
    use crate::text::personal::with_one_name;

    const WORDS: &str =
        "it that ask about the release with is late and said we will move to in friday monday berlin team";

    fn read(text: &str) -> String {
        with_one_name(text, "Anna", &|word| WORDS.split(' ').any(|known| known == word.to_lowercase()))
    }

    #[test]
    fn what_is_written_as_a_name_and_is_no_word_is_read_as_the_one_name() {
        assert_eq!(read("we ask Nokuthula about the release"), "we ask Anna about the release");
        assert_eq!(read("the release is late, Tlalli, and we ask Ikechukwu's team"), {
            "the release is late, Anna, and we ask Anna's team"
        });
        assert_eq!(read("Thandolwethu is late"), "Anna is late");
        assert_eq!(read("it is late that Thandolwethu will move"), "it is late that Anna will move");
        assert_eq!(read("we ask Nokuthula Ikechukwu about the release"), "we ask Anna about the release");
    }

    #[test]
    fn what_only_has_a_capital_is_left_as_it_is() {
        for text in [
            "Nokuthula",
            "we will ask on Friday",
            "the Nokuthula is late",
            "we will move to Kubernetes",
            "we will move in Zwickau",
            "ask NOKUTHULA about the release",
            "ask nokuThula about the release",
            "ask @Nokuthula about the release",
            "ask #Nokuthula, Nokuthula.py and Nokuthula_2",
            "ask about Refactoring",
            "About The Nokuthula Release Team",
            "ask nokuthula about Nokuthula",
            "ask Nokuthula2 about the release",
        ] {
            assert_eq!(read(text), text);
        }
    }
}
