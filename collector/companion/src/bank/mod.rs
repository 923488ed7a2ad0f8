//! The bank: everything that the companion can say, but for the fixed words of danger.
//!
//! `bank/` holds a file for each problem and one for what is said whatever a talk is about. Every sentence is written by hand and stands
//! once; tests hold that each problem is complete, that a question is one and nothing else is, and that certain words are nowhere:
//! diagnoses, promises, comfort that can't be kept.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::problem::Problem;
use crate::severity::Severity;
use crate::tone::Tone;

/// The files, a problem each; in which order does not matter.
const FILES: [&str; 25] = [
    include_str!("../../bank/balance.toml"),
    include_str!("../../bank/change.toml"),
    include_str!("../../bank/conflict.toml"),
    include_str!("../../bank/deadlines.toml"),
    include_str!("../../bank/growth.toml"),
    include_str!("../../bank/interruptions.toml"),
    include_str!("../../bank/isolation.toml"),
    include_str!("../../bank/leave_not_taken.toml"),
    include_str!("../../bank/long_hours.toml"),
    include_str!("../../bank/loss.toml"),
    include_str!("../../bank/low_mood.toml"),
    include_str!("../../bank/manager.toml"),
    include_str!("../../bank/meetings.toml"),
    include_str!("../../bank/motivation.toml"),
    include_str!("../../bank/pay.toml"),
    include_str!("../../bank/performance.toml"),
    include_str!("../../bank/recognition.toml"),
    include_str!("../../bank/settling_in.toml"),
    include_str!("../../bank/sick_leave.toml"),
    include_str!("../../bank/sleep.toml"),
    include_str!("../../bank/unclear_role.toml"),
    include_str!("../../bank/uneven_hours.toml"),
    include_str!("../../bank/unfair_treatment.toml"),
    include_str!("../../bank/workload.toml"),
    include_str!("../../bank/worry.toml"),
];
const SHARED: &str = include_str!("../../bank/shared.toml");

/// All lines.
#[derive(Debug)]
pub(crate) struct Bank {
    problems: Vec<OfProblem>,
    pub(crate) shared: Shared,
}

/// What is said where it is about one problem.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfProblem {
    problem: Problem,
    /// That it was heard.
    pub(crate) heard: Vec<String>,
    opening: Opening,
    pub(crate) ask: Ask,
    plan: Plan,
    weary: Answer,
    angry: Answer,
    worried: Answer,
    resigned: Answer,
    guarded: Answer,
    hopeful: Answer,
    content: Answer,
}

/// How a talk begins about something that a figure shows.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Opening {
    moderate: String,
    significant: String,
    severe: String,
}

/// The key questions.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    pub(crate) first: Vec<String>,
    /// Those that are asked where it weighs more, or later in a talk.
    pub(crate) deeper: Vec<String>,
}

/// Small things to try, and one that takes others.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Plan {
    small: Vec<String>,
    larger: Vec<String>,
}

/// What is said to one kind of answer.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) reflect: String,
    pub(crate) follow: String,
}

/// What is said to one kind of answer, whatever it is about.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfTone {
    /// What it tells, as a part of a sentence.
    pub(crate) tells: String,
    pub(crate) reflect: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Tones {
    weary: OfTone,
    angry: OfTone,
    worried: OfTone,
    resigned: OfTone,
    guarded: OfTone,
    hopeful: OfTone,
    content: OfTone,
}

/// What is said whatever a talk is about; `shared.toml` has them under the same names.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shared {
    pub(crate) greeting: Vec<String>,
    pub(crate) who: Vec<String>,
    pub(crate) invite: Vec<String>,
    pub(crate) returning: Vec<String>,
    pub(crate) talked: Vec<String>,
    pub(crate) since: Vec<String>,
    pub(crate) tried: Vec<String>,
    pub(crate) went: Vec<String>,
    pub(crate) noticed: Vec<String>,
    pub(crate) begin_there: Vec<String>,
    pub(crate) acknowledge: Vec<String>,
    pub(crate) explore: Vec<String>,
    pub(crate) check: Vec<String>,
    pub(crate) summary: Vec<String>,
    pub(crate) summary_open: Vec<String>,
    pub(crate) offer: Vec<String>,
    pub(crate) lead: Vec<String>,
    pub(crate) fit: Vec<String>,
    pub(crate) accepted: Vec<String>,
    pub(crate) declined: Vec<String>,
    pub(crate) no_more_ideas: Vec<String>,
    pub(crate) anything_else: Vec<String>,
    pub(crate) goodbye: Vec<String>,
    pub(crate) taking_along: Vec<String>,
    pub(crate) listening: Vec<String>,
    pub(crate) listening_on: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) which_help: Vec<String>,
    pub(crate) about_us: Vec<String>,
    pub(crate) go_on: Vec<String>,
    pub(crate) directly: Vec<String>,
    pub(crate) thoughts: Vec<String>,
    pub(crate) safe_now: Vec<String>,
    pub(crate) safe_yes: Vec<String>,
    pub(crate) company: Vec<String>,
    pub(crate) help_stays: Vec<String>,
    pub(crate) still_here: Vec<String>,
    pub(crate) enough: Vec<String>,
    pub(crate) empty: Vec<String>,
    pub(crate) write_again: Vec<String>,
    pub(crate) foreign: Vec<String>,
    pub(crate) in_english: Vec<String>,
    /// What is told by answers that sound like none of the kinds, as a part of a sentence.
    pub(crate) nothing_told: String,
    pub(crate) glad: Vec<String>,
    tone: Tones,
}

/// The bank.
pub(crate) fn bank() -> &'static Bank {
    static READ: LazyLock<Bank> = LazyLock::new(|| Bank {
        problems: FILES.iter().map(|file| toml::from_str(file).expect("a test reads every file")).collect(),
        shared: toml::from_str(SHARED).expect("a test reads this file"),
    });
    &READ
}

/// The small plans that there are for a problem, then the larger one.
#[must_use]
pub fn plans(problem: Problem) -> Vec<&'static str> {
    bank().of(problem).map(OfProblem::plans).unwrap_or_default()
}

impl Bank {
    /// What is said about a problem. A test holds that there is a file for each.
    pub(crate) fn of(&self, problem: Problem) -> Option<&OfProblem> {
        self.problems.iter().find(|of| of.problem == problem)
    }
}

impl OfProblem {
    /// How a talk about it begins.
    pub(crate) fn opening(&self, severity: Severity) -> &str {
        match severity {
            Severity::Moderate => &self.opening.moderate,
            Severity::Significant => &self.opening.significant,
            Severity::Severe => &self.opening.severe,
        }
    }

    /// What is said to an answer of this kind.
    pub(crate) fn answer(&self, tone: Tone) -> &Answer {
        match tone {
            Tone::Weary => &self.weary,
            Tone::Angry => &self.angry,
            Tone::Worried => &self.worried,
            Tone::Resigned => &self.resigned,
            Tone::Guarded => &self.guarded,
            Tone::Hopeful => &self.hopeful,
            Tone::Content => &self.content,
        }
    }

    /// The small plans, then the larger one.
    pub(crate) fn plans(&self) -> Vec<&str> {
        self.plan.small.iter().chain(&self.plan.larger).map(String::as_str).collect()
    }
}

impl Shared {
    /// What is said to an answer of this kind, whatever it is about.
    pub(crate) fn of(&self, tone: Tone) -> &OfTone {
        match tone {
            Tone::Weary => &self.tone.weary,
            Tone::Angry => &self.tone.angry,
            Tone::Worried => &self.tone.worried,
            Tone::Resigned => &self.tone.resigned,
            Tone::Guarded => &self.tone.guarded,
            Tone::Hopeful => &self.tone.hopeful,
            Tone::Content => &self.tone.content,
        }
    }
}

#[cfg(test)]
mod tests;
