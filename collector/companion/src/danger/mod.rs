//! How much somebody is in danger who talks with the companion.
//!
//! The rules for messages come first ([`attune_analysis::text::crisis`]). They are made for what is written among colleagues, where
//! most of what looks like a sign is none, so they let go of a joke, a film, a half sentence. A talk is another place: who
//! writes here writes to somebody who listens, mostly about themselves, and what is wrong costs them a look at some telephone numbers.
//! So phrases are added that speak for themselves, and few things speak against them: a denial in their clause, a tale, the past.
//!
//! What may mean danger and may not ("nobody would miss me") raises no level. It is a hint, and the companion asks directly.
//!
//! What is taken back is little: "I can't go on like this, I need fewer projects" asks for something at work, and says so.

use std::sync::LazyLock;

use attune_analysis::text::Crisis;
use attune_analysis::text::crisis::{Level, look};

use crate::words::{Lists, Phrase, Words};

/// What is looked at of a text by these phrases; the rules for messages look at more of it.
const MOST_BYTES: usize = 16 * 1024;
/// So far before a phrase a denial counts, in words.
const DENIAL_REACHES: usize = 6;
/// The kinds of sign that are of strain alone, where they stand beside a wish for something at work.
const OF_STRAIN: [&str; 3] = ["breaking", "cannot_go_on", "worthless"];

/// What is known of danger from one text.
pub(crate) struct Danger {
    /// That of the writer.
    pub(crate) crisis: Crisis,
    /// Whether somebody else is in danger, and the writer tells of them.
    pub(crate) another: bool,
    /// Whether something may mean danger and may not, so that it is asked.
    pub(crate) hint: bool,
}

/// What is a sign, and how grave a one.
struct Sign {
    level: Level,
    kind: &'static str,
    phrase: Phrase,
}

struct Known {
    signs: Vec<Sign>,
    both: Vec<(Phrase, Phrase)>,
    lists: Lists,
    asks: Lists,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::read(include_str!("said.txt"), include_str!("asked.txt")));

impl Known {
    fn read(said: &'static str, asked: &'static str) -> Self {
        let lines = || said.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
        let signs = lines().filter_map(|(name, phrases)| {
            let (level, kind) = name.split_once(' ')?;
            let level = if level == "critical" { Level::Critical } else { Level::High };
            Some(phrases.split('|').map(move |phrase| Sign { level, kind, phrase: Phrase::new(phrase.trim()) }))
        });
        let pairs = lines().filter(|(name, _)| *name == "both").flat_map(|(_, pairs)| pairs.split('|'));
        let both = pairs.filter_map(|pair| {
            let (first, second) = pair.split_once('&')?;
            Some((Phrase::new(first.trim()), Phrase::new(second.trim())))
        });
        Self {
            signs: signs.flatten().collect(),
            both: both.collect(),
            lists: Lists::read(said),
            asks: Lists::read(asked),
        }
    }
}

/// The danger in a text. `stress`: how likely the network finds it that the writer is under stress.
pub(crate) fn heard(text: &str, stress: Option<f64>) -> Danger {
    let known = &*KNOWN;
    let words = &own(text);
    let mut crisis = look(text, stress);
    let of_strain = crisis.indicators.iter().all(|kind| OF_STRAIN.contains(kind));
    if crisis.level == Level::High && of_strain && asks_for_something_at_work(known, words) {
        crisis.level = Level::Moderate;
    }
    let is_of_a_thing = crisis.indicators.iter().all(|kind| *kind == "wish_to_die") && is_of_a_thing(known, words);
    if crisis.level == Level::Critical && is_of_a_thing {
        crisis = Crisis::default();
    }
    let (mut another, mut hint) = (false, false);
    for sentence in words.sentences() {
        let stands = |list: &str| known.lists.of(list).iter().any(|phrase| phrase.stands_in(sentence));
        let told = stands("tale") || stands("past");
        let light = told || stands("speech");
        for sign in &known.signs {
            if !light && means_it(known, sentence, &sign.phrase) {
                add(&mut crisis, sign.level, sign.kind);
            }
        }
        let both = |(first, second): &(Phrase, Phrase)| first.stands_in(sentence) && second.stands_in(sentence);
        if !told && known.both.iter().any(both) {
            add(&mut crisis, Level::Critical, "plan");
        }
        hint |= !light && known.lists.of("hint").iter().any(|phrase| means_it(known, sentence, phrase));
        another |= !told && stands("another") && stands("who") && !is_own(sentence);
    }
    let quiet = crisis.level < Level::High;
    Danger { another: another && quiet, hint: hint && quiet, crisis }
}

/// The words of a text, without what stands in quotation marks: that is another's, unless nothing else is left. A mark that
/// has no other is an inch.
fn own(text: &str) -> Words {
    let text = &text[..text.floor_char_boundary(MOST_BYTES)];
    let parts: Vec<&str> = text.split(['"', '\u{201c}', '\u{201d}', '\u{201e}']).collect();
    if parts.len() % 2 == 1 {
        let unquoted: Vec<&str> = parts.into_iter().step_by(2).collect();
        let words = Words::of(&unquoted.join(" , "));
        if words.count() > 0 {
            return words;
        }
    }
    Words::of(text)
}

fn add(crisis: &mut Crisis, level: Level, kind: &'static str) {
    crisis.level = crisis.level.max(level);
    if !crisis.indicators.contains(&kind) {
        crisis.indicators.push(kind);
    }
}

/// Whether a phrase stands in a sentence and is not denied where it stands.
fn means_it(known: &Known, sentence: &str, phrase: &Phrase) -> bool {
    phrase.places(sentence).any(|place| {
        let before = &sentence[..=place];
        let clause = before.rfind(" , ").map_or(before, |comma| &before[comma + 2..]);
        // Of "I am fine but I want to" only what follows counts.
        let clause = clause.rfind(" but ").map_or(clause, |but| &clause[but + 4..]);
        let start = clause.rmatch_indices(' ').nth(DENIAL_REACHES).map_or(0, |(start, _)| start);
        let near = &clause[start..];
        let in_list = |list: &str| known.lists.of(list).iter().any(|phrase| phrase.stands_in(near));
        (!in_list("denied") || in_list("undenied")) && !is_of_a_third(known, &sentence[..place], phrase)
    })
}

/// Whether the last one who is named before a phrase is another, and the phrase itself names nobody.
fn is_of_a_third(known: &Known, before: &str, phrase: &Phrase) -> bool {
    let is_in = |list: &str, word: &str| {
        let mut words = known.lists.of(list).iter().filter_map(|phrase| phrase.words().next());
        words.any(|known| known == word)
    };
    let names_the_writer = phrase.words().any(|word| matches!(word, "i" | "im" | "ill" | "me" | "my" | "myself"));
    let last = before.split_whitespace().rev().find(|word| is_in("writer", word) || is_in("third", word));
    !names_the_writer && last.is_some_and(|last| is_in("third", last))
}

/// Whether the writer says that they themselves are the one.
fn is_own(sentence: &str) -> bool {
    [" i want to die ", " kill myself ", " i am suicidal ", " im suicidal "].iter().any(|own| sentence.contains(own))
}

/// Whether somebody wants something of work that can be had: fewer projects, another team, an end to a task.
fn asks_for_something_at_work(known: &Known, words: &Words) -> bool {
    let stands = |sentence: &str, list: &str| known.asks.of(list).iter().any(|phrase| phrase.stands_in(sentence));
    words.sentences().any(|sentence| stands(sentence, "asks") && stands(sentence, "for_work"))
        && !words.sentences().any(|sentence| stands(sentence, "grave"))
}

/// Whether what comes to its end is a thing.
fn is_of_a_thing(known: &Known, words: &Words) -> bool {
    let stands = |sentence: &str, list: &str| known.asks.of(list).iter().any(|phrase| phrase.stands_in(sentence));
    words.sentences().any(|sentence| stands(sentence, "thing_ends") && stands(sentence, "thing"))
        && !words.sentences().any(|sentence| stands(sentence, "own_life"))
}

#[cfg(test)]
mod tests;
