//! What is answered where somebody is in danger: fixed words, which no model and no choice touches, with telephone numbers.
//!
//! The words are the same each time. Who reads them may read them twice, and finds the number where it was.

mod resources;
#[cfg(test)]
mod tests;

use attune_analysis::text::crisis::Level;

use crate::country::Country;
use crate::hearing::Heard;
use crate::reply::{Reply, SupportType};
use crate::state::{Safety, State};
use crate::tone::Tone;

pub use resources::{Resource, Resources, ResourcesError};

/// So many numbers stand in an answer; the help page has all.
const MOST_LINES: usize = 4;

const CRITICAL: &str = "Thank you for telling me this. It sounds as if you may be in danger, and I am only a program. Please speak to a \
                        person now.";
const CRITICAL_END: &str = "If there is something near you with which you could hurt yourself, please put distance between you and it. \
                            Go where other people are, or ask somebody to stay with you.";
const HIGH: &str = "What you write sounds very hard, and you should not be alone with it. I am a program. There are people who listen \
                    and know what helps, and you can talk to one of them today.";
const HIGH_END: &str = "You could also tell somebody near you how bad it is, in the words that you wrote here. If you come to be in danger, \
                        the emergency number is the right one.";
const ANOTHER: &str = "It is good that you take this seriously. If they may be in danger at this moment, call the emergency number, and \
                       stay with them or on the line, if that is safe for you.";
const ANOTHER_END: &str = "You may ask them directly whether they think of ending their life; asking does not put the thought into \
                           anybody's head. The people at these numbers also advise those who worry about somebody.";
const GO_ON: &str = "You can go on writing here, and the help button stays where it is.";

/// The fixed words for a level: of high and critical, else none.
#[must_use]
pub fn crisis_reply(level: Level, country: Option<Country>, resources: &Resources) -> Option<Reply> {
    let (begin, end) = match level {
        Level::Critical => (CRITICAL, CRITICAL_END),
        Level::High => (HIGH, HIGH_END),
        Level::None | Level::Low | Level::Moderate => return None,
    };
    Some(fixed(begin, end, country, resources))
}

/// How much the writer is in danger: by what they write, and by what it says to what they were asked.
#[must_use]
pub fn level(state: &State, heard: &Heard) -> Level {
    let answered = match state.safety() {
        Safety::Asked => unsafe_by(heard),
        Safety::Direct => thinks_of_it(heard),
        Safety::Quiet | Safety::Told => Level::None,
    };
    heard.crisis.level.max(answered)
}

/// What comes before every other answer, and before any model: the fixed words, where the writer or somebody they tell of is in
/// danger, or where they were asked and their answer says so. The state notes it, and asks the next time.
pub fn urgent(state: &mut State, heard: &Heard, country: Option<Country>, resources: &Resources) -> Option<Reply> {
    if let Some(reply) = crisis_reply(level(state, heard), country, resources) {
        state.note_danger(heard);
        return Some(reply);
    }
    if heard.another {
        state.note_turn();
        return Some(fixed(ANOTHER, ANOTHER_END, country, resources));
    }
    None
}

/// How an answer to "are you safe" is taken: a no, and not knowing, as danger.
fn unsafe_by(heard: &Heard) -> Level {
    match heard.says_safe.or(heard.agrees) {
        Some(true) => Level::None,
        Some(false) => Level::High,
        None if heard.unsure || heard.tone == Some(Tone::Guarded) => Level::High,
        None => Level::None,
    }
}

/// How an answer to "do you think of ending your life" is taken: a yes as what it is, and not knowing as danger.
fn thinks_of_it(heard: &Heard) -> Level {
    match heard.agrees {
        Some(true) => Level::Critical,
        Some(false) => Level::None,
        None if heard.unsure || heard.tone == Some(Tone::Guarded) || heard.hint => Level::High,
        None => Level::None,
    }
}

fn fixed(begin: &str, end: &str, country: Option<Country>, resources: &Resources) -> Reply {
    let lines: Vec<String> = resources.of(country).into_iter().take(MOST_LINES).map(line).collect();
    let mut text = format!("{begin}\n\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&format!("\n{end} {GO_ON}"));
    Reply { text, support: SupportType::CrisisResponse, asked: None, remember: Vec::new() }
}

/// One service in one line.
fn line(resource: &Resource) -> String {
    let Resource { name, number, text, url, hours, .. } = resource;
    let call = number.as_ref().map(|number| format!("call {number}"));
    let message = text.as_ref().map(|text| format!("text {text}"));
    let ways: Vec<String> = [call, message, url.clone()].into_iter().flatten().collect();
    format!("{name}: {} ({hours})", ways.join(", or "))
}
