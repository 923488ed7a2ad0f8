//! What the companion hears in what somebody writes: kinds only, none of their words.
//!
//! Phrases decide, which anybody can read in the lists beside this file; where they tell nothing of how an answer sounds, the network
//! for text may. What is heard chooses the next sentence. It is no finding about a person, and is not kept as one.

use std::sync::LazyLock;

use attune_analysis::text::crisis::Level;
use attune_analysis::text::language::{self, Language};
use attune_analysis::text::{Crisis, Sentiment, TextEmotion, TextScores};

use crate::danger;
use crate::named::named;
use crate::problem::Problem;
use crate::tone::Tone;
use crate::words::{Lists, Words};

named! {
    /// What somebody is about with what they write; MindPulse's words.
    pub enum Intent {
        /// They begin.
        Greeting = "greeting",
        /// They want to end.
        Closing = "closing",
        /// They ask for something.
        SeekingHelp = "seeking_help",
        /// They say how it is for them.
        EmotionalExpression = "emotional_expression",
        /// Anything else.
        GeneralSupport = "general_support",
    }
}

named! {
    /// What somebody asks for.
    pub enum Wants {
        /// Something to try.
        Advice = "advice",
        /// Somebody who listens.
        Listening = "listening",
        /// Where help may be found.
        Resources = "resources",
    }
}

named! {
    /// Kinds of people, things and times that are named.
    pub enum Entity {
        /// Whom somebody reports to.
        Manager = "manager",
        /// Somebody they work with.
        Colleague = "colleague",
        /// Those they belong to at work.
        Team = "team",
        /// Human resources, or the works council.
        Hr = "hr",
        /// Whom they work for.
        Customer = "customer",
        /// Their family.
        Family = "family",
        /// A friend.
        Friend = "friend",
        /// Somebody whose work it is to help.
        Doctor = "doctor",
        /// A date that is due.
        Deadline = "deadline",
        /// A meeting.
        Meeting = "meeting",
        /// A project.
        Project = "project",
        /// A review.
        Review = "review",
        /// Their contract, or what they earn.
        Contract = "contract",
        /// Their home.
        Home = "home",
        /// Evenings and nights.
        Night = "night",
        /// A weekend.
        Weekend = "weekend",
        /// Mornings.
        Morning = "morning",
    }
}

/// What is heard in one text.
#[derive(Clone, PartialEq, Debug)]
pub struct Heard {
    /// What the network says of it, where it could be asked.
    pub scores: Option<TextScores>,
    /// How much the writer is in danger.
    pub crisis: Crisis,
    /// Whether somebody else is, of whom they tell.
    pub another: bool,
    /// Whether something in it may mean danger and may not. No level comes of it: it is asked.
    pub hint: bool,
    /// What they are about.
    pub intent: Intent,
    /// What they ask for.
    pub wants: Option<Wants>,
    /// Kinds of what they name.
    pub entities: Vec<Entity>,
    /// What it is about, what is said most plainly first; at most three.
    pub problems: Vec<Problem>,
    /// What it sounds like.
    pub tone: Option<Tone>,
    /// Whether it begins with a yes or a no.
    pub agrees: Option<bool>,
    /// Whether it begins with not knowing.
    pub unsure: bool,
    /// Whether they say of themselves that they are safe.
    pub says_safe: Option<bool>,
    /// Whether they ask who answers, or who reads along.
    pub asks_about_us: bool,
    /// How many words there are.
    pub words: u32,
    /// Whether it is in a language that is not known here.
    pub foreign: bool,
    /// How much it matters that this is remembered within the talk, in [0,1]; MindPulse's formula. Without scores it is a half,
    /// raised by the level alone.
    pub importance: f64,
}

/// A text of so few words may be a greeting or a goodbye.
const SHORT: u32 = 12;
const MOST_PROBLEMS: usize = 3;
/// From here on an emotion of the network says how an answer sounds.
const LIKELY: f64 = 0.6;

struct Known {
    problems: Lists,
    tones: Lists,
    intents: Lists,
    entities: Lists,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| Known {
    problems: Lists::read(include_str!("problems.txt")),
    tones: Lists::read(include_str!("tones.txt")),
    intents: Lists::read(include_str!("intents.txt")),
    entities: Lists::read(include_str!("entities.txt")),
});

/// What is heard in a text, beside what the network says of it.
#[must_use]
pub fn hear(text: &str, scores: Option<&TextScores>) -> Heard {
    let known = &*KNOWN;
    let words = Words::of(text);
    let stress = scores.map(|scores| if scores.stress.label { scores.stress.score } else { 1.0 - scores.stress.score });
    let danger::Danger { crisis, another, hint } = danger::heard(text, stress);
    let problems = problems(known, &words);
    let tone = tone(known, &words, scores);
    let wants = Wants::ALL.iter().copied().rev().find(|wants| words.has(known.intents.of(wants.name())));
    let intent = intent(known, &words, &problems, wants, tone);
    let importance = importance(scores, crisis.level);
    let of_kind = |kind: &&Entity| words.has(known.entities.of(kind.name()));
    Heard {
        scores: scores.copied(),
        crisis,
        another,
        hint,
        intent,
        wants,
        entities: Entity::ALL.iter().filter(of_kind).copied().collect(),
        problems,
        tone,
        agrees: agrees(known, &words),
        unsure: words.begins(known.intents.of("unsure")),
        says_safe: says_safe(known, &words),
        asks_about_us: words.has(known.intents.of("about_us")),
        words: words.count(),
        foreign: language::of(text) == Some(Language::Other),
        importance,
    }
}

impl Heard {
    /// Whether somebody else is to be told, by MindPulse's rule: critical, or high with more than three flags so far.
    #[must_use]
    pub fn escalation_needed(&self, flags_so_far: usize) -> bool {
        match self.crisis.level {
            Level::Critical => true,
            Level::High => flags_so_far > 3,
            Level::None | Level::Low | Level::Moderate => false,
        }
    }
}

fn problems(known: &Known, words: &Words) -> Vec<Problem> {
    let hits = |problem: &Problem| words.hits(known.problems.of(problem.name()));
    let mut found: Vec<(usize, bool, Problem)> = Problem::ALL
        .iter()
        .map(|problem| (hits(problem), !problem.is_often_named(), *problem))
        .filter(|(hits, ..)| *hits > 0)
        .collect();
    // Of equal ones those that are named for themselves, then those that stand later in the list: they are the narrower ones.
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().take(MOST_PROBLEMS).map(|(.., problem)| problem).collect()
}

fn tone(known: &Known, words: &Words, scores: Option<&TextScores>) -> Option<Tone> {
    let hits = |tone: Tone| words.hits(known.tones.of(tone.name()));
    let most = Tone::ALL.iter().map(|tone| (hits(*tone), *tone)).filter(|(hits, _)| *hits > 0);
    // Of equal ones the first: who is worn out and a little hopeful is answered as worn out.
    let said = most.fold(None, |best: Option<(usize, Tone)>, one| match best {
        Some(best) if best.0 >= one.0 => Some(best),
        _ => Some(one),
    });
    said.map(|(_, tone)| tone).or_else(|| by_network(scores?))
}

fn by_network(scores: &TextScores) -> Option<Tone> {
    if scores.emotion.score < LIKELY {
        return None;
    }
    match scores.emotion.label {
        TextEmotion::Sadness => Some(Tone::Weary),
        TextEmotion::Anger => Some(Tone::Angry),
        TextEmotion::Fear => Some(Tone::Worried),
        TextEmotion::Joy | TextEmotion::Love if scores.sentiment.label == Sentiment::Positive => Some(Tone::Content),
        TextEmotion::Joy | TextEmotion::Love | TextEmotion::Surprise | TextEmotion::None => None,
    }
}

fn intent(known: &Known, words: &Words, problems: &[Problem], wants: Option<Wants>, tone: Option<Tone>) -> Intent {
    let short = words.count() <= SHORT;
    if short && words.has(known.intents.of("closing")) {
        Intent::Closing
    } else if short && problems.is_empty() && wants.is_none() && words.begins(known.intents.of("greeting")) {
        Intent::Greeting
    } else if wants.is_some() || words.has(known.intents.of("helping")) {
        Intent::SeekingHelp
    } else if tone.is_some() || words.has(known.intents.of("feeling")) {
        Intent::EmotionalExpression
    } else {
        Intent::GeneralSupport
    }
}

/// Whether a text begins with a yes or a no; a no is looked for first, for "not really, but I could" is one. "I don't" is one where nothing
/// follows: who doesn't know has said neither, also where that begins as a no does ("no idea").
fn agrees(known: &Known, words: &Words) -> Option<bool> {
    if words.begins(known.intents.of("unsure")) {
        return None;
    }
    let begins =
        |list: &str, alone: &str| words.begins(known.intents.of(list)) || words.says_only(known.intents.of(alone));
    if begins("no", "short_no") { Some(false) } else { begins("yes", "short_yes").then_some(true) }
}

fn says_safe(known: &Known, words: &Words) -> Option<bool> {
    if words.has(known.intents.of("not_safe")) {
        Some(false)
    } else {
        words.has(known.intents.of("safe")).then_some(true)
    }
}

fn importance(scores: Option<&TextScores>, level: Level) -> f64 {
    let mean = scores.map_or(0.5, |scores| {
        ((scores.sentiment.score - 0.5).abs() * 2.0 + scores.emotion.score + scores.stress.score) / 3.0
    });
    let factor = match level {
        Level::None => 1.0,
        Level::Low => 1.2,
        Level::Moderate => 1.5,
        Level::High => 1.8,
        Level::Critical => 2.0,
    };
    (mean * factor).min(1.0)
}

#[cfg(test)]
mod tests;
