//! What around a word says that it is somebody's name.

use std::sync::LazyLock;

use super::lists::{Lists, Words};
use super::view::{Shape, View, Word};

/// What stands before a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cue {
    /// "Mr", "Dr."
    Title,
    /// "Hi", "Dear", "thanks"
    Greeting,
    /// "my name is"
    Named,
    /// "ask", "according to"
    Ask,
    /// "--", "Best regards,"
    Signature,
    /// "Anna and"
    And,
}

/// The words, by what they say of a name beside them.
struct Cues {
    titles: Words,
    small_titles: Words,
    greetings: Words,
    asks: Words,
    asks_to: Words,
    said: Words,
    did: Words,
    human: Words,
    done: Words,
    relations: Words,
    labels: Words,
    is: Words,
    roles: Words,
    closings: Words,
    places: Words,
}

static CUES: LazyLock<Cues> = LazyLock::new(|| Cues::read(&mut Lists::read(LISTS)));
const LISTS: &str = include_str!("cues.txt");

impl Cues {
    fn read(lists: &mut Lists) -> Self {
        Self {
            titles: lists.take("title"),
            small_titles: lists.take("small_title"),
            greetings: lists.take("greeting"),
            asks: lists.take("ask"),
            asks_to: lists.take("ask_to"),
            said: lists.take("said"),
            did: lists.take("did"),
            human: lists.take("human"),
            done: lists.take("done"),
            relations: lists.take("relation"),
            labels: lists.take("label"),
            is: lists.take("is"),
            roles: lists.take("role"),
            closings: lists.take("closing"),
            places: lists.take("place"),
        }
    }
}

pub(super) fn is_title(folded: &str) -> bool {
    CUES.titles.contains(folded)
}

pub(super) fn greets(folded: &str) -> bool {
    CUES.greetings.contains(folded) || CUES.closings.contains(folded)
}

/// What stands before a word says it is a name.
pub(super) fn before(view: &View<'_>, at: usize) -> Option<Cue> {
    let gap = view.gap_before(at);
    if signs(view, at, gap) {
        return Some(Cue::Signature);
    }
    let word = view.before(at)?;
    if matches!(gap, " " | ". " | ".") && word.is_in(&CUES.titles) {
        let great = word.shape != Shape::Lower || word.is_in(&CUES.small_titles);
        // "hr" and "it" are departments where they are written in capitals.
        if great
            && !(word.shape == Shape::Caps && word.folded == "hr")
            && !(word.is_one_of(&["miss", "don", "pan", "sister", "father", "nurse", "bay", "ing"])
                && word.shape == Shape::Lower)
        {
            return Some(Cue::Title);
        }
    }
    if matches!(gap, " " | ", " | "  ") && greeted(view, at - 1) {
        return Some(Cue::Greeting);
    }
    if named(view, at, gap) {
        return Some(Cue::Named);
    }
    if gap == " " && word.is_in(&CUES.asks) {
        return Some(Cue::Ask);
    }
    if matches!(gap, ": " | ":") && word.is_in(&CUES.labels) {
        return Some(Cue::Named);
    }
    if gap == " " && word.is_in(&CUES.relations) && word.shape == Shape::Lower {
        return Some(Cue::Ask);
    }
    if gap == " " && word.folded == "by" && view.before(at - 1).is_some_and(|verb| verb.is_in(&CUES.done)) {
        return Some(Cue::Ask);
    }
    if gap == " "
        && word.is_one_of(&["to", "with", "by", "from"])
        && view.before(at - 1).is_some_and(|verb| verb.is_in(&CUES.asks_to))
    {
        return Some(Cue::Ask);
    }
    let and = gap == " " && word.is_one_of(&["and", "und", "et", "y", "e", "or", "i"]);
    and.then_some(Cue::And)
}

/// Whether a title stands before that lets a name be written small.
pub(super) fn before_small(view: &View<'_>, at: usize) -> bool {
    view.before(at).is_some_and(|word| word.is_one_of(&["mr", "mrs", "ms", "mx", "dr", "prof"]))
}

fn greeted(view: &View<'_>, at: usize) -> bool {
    let word = &view.words[at];
    let you = word.is_one_of(&["you", "there"])
        && view.before(at).is_some_and(|word| word.is_one_of(&["thank", "hi", "hello", "hey"]));
    let again = word.is_one_of(&["again", "much"]) && view.before(at).is_some_and(|word| word.is_in(&CUES.greetings));
    let lets = |word: &Word| word.is_in(&CUES.greetings) && !word.is_genitive();
    let begins = word.opens
        || view.before(at).is_none_or(|before| {
            before.is_one_of(&["good", "guten", "many", "so", "oh", "and", "ok", "sehr"])
                || !view.gap(at - 1).trim().is_empty()
        });
    lets(word) && begins || you || again
}

fn named(view: &View<'_>, at: usize, gap: &str) -> bool {
    if !matches!(gap, " " | ": " | ", " | " \"") {
        return false;
    }
    let back = |by: usize| at.checked_sub(by).and_then(|at| view.word(at)).map_or("", |word| word.folded.as_str());
    matches!(
        (back(3), back(2), back(1)),
        (_, "name", "is" | "ist")
            | ("je", "m", "appelle")
            | (_, "me", "llamo" | "llama")
            | (_, "mi", "chiamo")
            | (_, "ich", "heisse")
            | (_, "mein", "name")
            | (_, "somebody" | "someone" | "guy" | "colleague", "called" | "named")
            | (_, "it" | "its", "me")
            | (_, "my", "names")
    ) || back(1) == "name" && view.before(at).is_some_and(Word::is_genitive)
        || back(1) == "name" && gap == ": "
        || matches!(back(1), "mappelle" | "nazywam")
        || back(1) == "sie" && back(2) == "nazywam"
}

/// Whether a name would sign here: behind a dash that opens a line, or behind a closing.
fn signs(view: &View<'_>, at: usize, gap: &str) -> bool {
    let line = gap.rsplit('\n').next().unwrap_or(gap);
    let own_line = line.len() < gap.len() || at == 0;
    let dashed =
        own_line && matches!(line.trim(), "-" | "--" | "---" | "–" | "—" | "~" | "/") && line_ends(view, at, 3);
    let Some(word) = view.before(at) else { return dashed };
    let closing = word.is_in(&CUES.closings)
        && (gap.contains('\n') || matches!(gap, ", " | " - " | " – " | "! "))
        && line_ends(view, at, 3);
    dashed || closing
}

/// Whether the line ends within so many words from this one.
pub(super) fn line_ends(view: &View<'_>, at: usize, words: usize) -> bool {
    (at..at + words).any(|last| {
        let gap = view.gap(last);
        last + 1 >= view.words.len() || gap.contains('\n')
    })
}

pub(super) fn opens_line(view: &View<'_>, at: usize) -> bool {
    let gap = view.gap_before(at);
    at == 0 || gap.contains('\n') || gap.contains(':')
}

fn behind<'a>(view: &'a View<'_>, at: usize) -> Option<&'a Word> {
    let plain = view.gap(at) == " " && !view.words[at].is_genitive();
    view.word(at + 1).filter(|_| plain)
}

/// "Mark said", "Hope wants"
pub(super) fn said_behind(view: &View<'_>, at: usize) -> bool {
    let month = is_month(&view.words[at].folded);
    let described = view.before(at).is_some_and(|before| is_determiner(before) && view.gap_before(at) == " ");
    !described && behind(view, at).is_some_and(|word| word.is_in(&CUES.said) || word.is_in(&CUES.did) && !month)
}

/// Only what people do with words.
pub(super) fn strictly_said_behind(view: &View<'_>, at: usize) -> bool {
    let described = view
        .before(at)
        .is_some_and(|before| (is_determiner(before) || before.shape == Shape::Capital) && view.gap_before(at) == " ");
    !described && behind(view, at).is_some_and(|word| word.is_in(&CUES.said) || word.is_in(&CUES.human))
}

/// What somebody did follows, or what they are.
pub(super) fn did_behind(view: &View<'_>, at: usize) -> bool {
    is_behind(view, at) || behind(view, at).is_some_and(|word| word.is_in(&CUES.said) || word.is_in(&CUES.did))
}

/// "Mark is", "Will will"; not "Mark it" and "Can you".
pub(super) fn is_behind(view: &View<'_>, at: usize) -> bool {
    behind(view, at).is_some_and(|word| word.shape == Shape::Lower && word.is_in(&CUES.is))
}

/// "Tom (QA)"
pub(super) fn role_behind(view: &View<'_>, at: usize) -> bool {
    let closes = |at: usize| view.gap(at).starts_with([')', '/', ',']);
    view.gap(at) == " (" && view.word(at + 1).is_some_and(|word| word.is_in(&CUES.roles)) && closes(at + 1)
}

/// What stands before a place or a tool.
pub(super) fn is_place(word: &Word) -> bool {
    word.shape == Shape::Lower && word.is_in(&CUES.places)
}

pub(super) fn is_determiner(word: &Word) -> bool {
    !word.is_genitive()
        && word.is_one_of(&[
            "the", "a", "an", "this", "that", "our", "my", "your", "their", "no", "of", "every", "each", "some", "new",
            "der", "die", "das",
        ])
}

/// What one is asked or told of.
pub(super) fn is_matter(folded: &str) -> bool {
    matches!(folded, "about" | "to" | "that" | "if" | "whether" | "for" | "when" | "why" | "how" | "what")
}

/// Notions, of which one says what they are.
pub(super) fn is_notion(folded: &str) -> bool {
    matches!(
        folded,
        "hope"
            | "grace"
            | "faith"
            | "joy"
            | "dawn"
            | "eve"
            | "bill"
            | "mark"
            | "chase"
            | "grant"
            | "amber"
            | "ivy"
            | "violet"
            | "lance"
            | "ruby"
    )
}

/// What follows the name of who is spoken to: "Will, can you".
pub(super) fn is_addressing(word: &Word) -> bool {
    word.is_one_of(&[
        "can", "could", "please", "pls", "you", "your", "do", "are", "did", "have", "would", "will", "when", "where",
        "what", "how", "thanks", "i", "im", "we", "its",
    ])
}

/// A month as part of a date: "in May", "5 May", "early May".
pub(super) fn is_dated(view: &View<'_>, at: usize) -> bool {
    is_month(&view.words[at].folded)
        && view.before(at).is_some_and(|before| {
            let when = [
                "in", "of", "by", "until", "till", "since", "from", "early", "late", "mid", "last", "next", "this",
                "every", "to", "on",
            ];
            before.is_one_of(&when) || before.folded.starts_with(|first: char| first.is_ascii_digit())
        })
}

pub(super) fn is_month(folded: &str) -> bool {
    matches!(folded, "may" | "april" | "june" | "august" | "mai" | "summer" | "autumn")
}

/// What has letters for names: "plan B. Then".
pub(super) fn is_lettered(folded: &str) -> bool {
    matches!(
        folded,
        "plan"
            | "vitamin"
            | "section"
            | "appendix"
            | "class"
            | "type"
            | "grade"
            | "option"
            | "part"
            | "table"
            | "figure"
            | "room"
            | "level"
            | "hepatitis"
            | "team"
            | "block"
            | "phase"
            | "step"
            | "point"
            | "wing"
            | "gate"
            | "and"
            | "or"
            | "than"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::personal::lists::assert_all_is_read;

    #[test]
    fn every_line_of_the_lists_is_read() {
        let mut lists = Lists::read(LISTS);
        let cues = Cues::read(&mut lists);
        let read = [
            &cues.titles,
            &cues.small_titles,
            &cues.greetings,
            &cues.asks,
            &cues.asks_to,
            &cues.said,
            &cues.did,
            &cues.human,
            &cues.done,
            &cues.relations,
            &cues.labels,
            &cues.is,
            &cues.roles,
            &cues.closings,
            &cues.places,
        ];
        assert_all_is_read(LISTS, &lists, &read);
    }
}
