//! Which words are names, which may be, and which are none.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold::fold;
use super::lists::{Lists, Words};
use super::view::{Shape, Word};

struct Names {
    given: Words,
    family: Words,
    common: HashSet<String>,
    ambiguous: HashMap<&'static str, Class>,
    everyday: Words,
    /// Names that are words of some language where they are written small.
    words_when_small: Words,
    things: Words,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::read(&mut Lists::read(AMBIGUOUS)));
const AMBIGUOUS: &str = include_str!("names.txt");

impl Names {
    fn read(lists: &mut Lists) -> Self {
        let everyday = lists.take("everyday");
        let classes = [
            (Class::Trade, lists.take("trade")),
            (Class::Rarely, lists.take("rarely")),
            (Class::Everyday, everyday.clone()),
        ];
        Self {
            given: include_str!("given.txt").split_ascii_whitespace().collect(),
            family: include_str!("family.txt").split_ascii_whitespace().collect(),
            common: include_str!("common.txt").split_whitespace().map(fold).collect(),
            ambiguous: classes
                .into_iter()
                .flat_map(|(class, words)| words.into_iter().map(move |word| (word, class)))
                .collect(),
            everyday,
            words_when_small: lists.take("word_when_small"),
            things: lists.take("thing"),
        }
    }
}

/// What a word is as a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Class {
    /// A given name and hardly anything else.
    Given,
    /// A family name and hardly anything else.
    Family,
    /// A family name that is a word as well ("Baker").
    Trade,
    /// A given name that is an everyday word as well ("Will").
    Everyday,
    /// A name that is far oftener a month, a place or a thing ("May").
    Rarely,
    /// A word that is no name.
    Common,
    /// Nothing is known of it.
    Unknown,
    /// It is a name elsewhere in the text.
    Told,
}

pub(super) fn class(folded: &str) -> Class {
    if let Some(class) = NAMES.ambiguous.get(folded) {
        return *class;
    }
    if known(&NAMES.given, folded) {
        return Class::Given;
    }
    if known(&NAMES.family, folded) {
        return Class::Family;
    }
    if NAMES.common.contains(folded) {
        return Class::Common;
    }
    if is_built_as_family(folded) { Class::Family } else { Class::Unknown }
}

/// Itself, without its hyphens ("Ji-woo"), or by each of its parts ("Jean-Pierre", "Smith-Jones").
fn known(list: &Words, folded: &str) -> bool {
    let both = |part: &str| NAMES.given.contains(part) || NAMES.family.contains(part);
    list.contains(folded)
        || folded.contains('-')
            && (list.contains(folded.replace('-', "").as_str())
                || folded.split('-').next().is_some_and(|part| list.contains(part)) && folded.split('-').all(both))
}

/// Endings that hardly any word has that is not a family name.
const FAMILY_ENDS: [&str; 24] = [
    "opoulos", "oglu", "shvili", "adze", "enko", "escu", "owski", "ewski", "inski", "owska", "ewska", "inska", "wicz",
    "czyk", "sson", "dottir", "ovic", "evic", "akis", "idis", "iadis", "yan", "quist", "czak",
];

fn is_built_as_family(folded: &str) -> bool {
    let ends = folded.len() >= 7 && FAMILY_ENDS.iter().any(|end| folded.ends_with(end));
    folded.is_ascii() && (ends || folded.len() >= 6 && folded.starts_with("mc"))
}

/// Whether a word is one of those that stand anywhere and name nobody.
pub(super) fn is_common(folded: &str) -> bool {
    NAMES.common.contains(folded) || NAMES.everyday.contains(folded)
}

/// Whether it is a tool, a maker or the like.
pub(super) fn is_thing(folded: &str) -> bool {
    NAMES.things.contains(folded)
}

/// Whether a name that is written small is one without anything beside it that says so.
pub(super) fn is_known_small(word: &Word) -> bool {
    let folded = word.folded.as_str();
    let ambiguous = NAMES.words_when_small.contains(folded);
    word.shape == Shape::Lower && folded.len() >= 4 && !ambiguous && !NAMES.common.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::personal::lists::assert_all_is_read;

    #[test]
    fn every_line_of_the_lists_is_read() {
        let mut lists = Lists::read(AMBIGUOUS);
        let names = Names::read(&mut lists);
        let of = |class: Class| {
            let words = names.ambiguous.iter().filter(move |(_, one)| **one == class);
            words.map(|(word, _)| *word).collect::<Words>()
        };
        let read = [&of(Class::Trade), &of(Class::Rarely), &names.everyday, &names.words_when_small, &names.things];
        assert_all_is_read(AMBIGUOUS, &lists, &read);
    }
}
