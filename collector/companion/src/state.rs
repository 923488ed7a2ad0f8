//! What is known of a talk between two sentences: where it stands, what was said, and none of the person's words.

use serde::{Deserialize, Serialize};

use crate::hearing::{Heard, Wants};
use crate::named::named;
use crate::problem::Problem;
use crate::tone::Tone;

/// So many lines are known to have been said; of more the oldest are forgotten.
const MOST_SAID: usize = 1000;
/// So many answers are known by how they sounded.
const MOST_TONES: usize = 12;
/// The form in which a state is kept.
const VERSION: u8 = 1;

named! {
    /// Where a talk stands.
    pub enum Stage {
        /// It has not yet found what it is about.
        Opening = "opening",
        /// Questions, one at a time.
        Exploring = "exploring",
        /// What was said is put together.
        Reflecting = "reflecting",
        /// Something small to try.
        Planning = "planning",
        /// What else there is, and goodbye.
        Closing = "closing",
    }
}

/// What the last question was for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Waiting {
    /// Nothing in particular.
    Open,
    /// Whether the talk is to be about this.
    Begin,
    /// Whether it was understood.
    Check,
    /// Whether they want to look for something to try.
    Offer,
    /// Whether a plan fits.
    Fit,
    /// Whether there is something else.
    Else,
}

/// What was asked about safety since the fixed words were last said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Safety {
    /// There was no danger, or it has been spoken of.
    Quiet,
    /// The fixed words were said; the question is due.
    Told,
    /// Whether they are safe was asked.
    Asked,
    /// After a hint it was asked whether they think of ending their life.
    Direct,
}

/// A talk's state. Kept by whoever holds the talk; its form has a version, and a form that is not known is refused.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct State {
    kept: Kept,
}

/// The form in which it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    version: u8,
    pub(crate) stage: Stage,
    pub(crate) subject: Option<Problem>,
    /// What the talk has been about, in order.
    pub(crate) talked: Vec<Problem>,
    /// What was offered as a subject, and not yet taken up.
    pub(crate) offered: Option<Problem>,
    pub(crate) waiting: Waiting,
    safety: Safety,
    turns: u32,
    /// Turns since this subject was begun.
    pub(crate) step: u32,
    /// Plans that were turned down since then.
    pub(crate) declined: u32,
    /// A plan that was proposed or taken, by the number of its line.
    pub(crate) plan: Option<u32>,
    pub(crate) took_plan: bool,
    /// How often it was asked directly: not with every hint.
    pub(crate) direct: u8,
    pub(crate) wants: Option<Wants>,
    /// How the answers sounded since the subject was begun, the newest last.
    tones: Vec<Tone>,
    /// The lines that were said, by number, the newest last.
    said: Vec<u32>,
    pub(crate) begun: bool,
    pub(crate) ended: bool,
}

/// Why a kept state is not taken; reads after "failed to ...".
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StateError {
    /// It is of a later program.
    #[error("read the state of a talk: version {0} is not known here")]
    Version(u8),
    /// It is longer than one can become.
    #[error("read the state of a talk: it is too long")]
    TooLong,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            version: VERSION,
            stage: Stage::Opening,
            subject: None,
            talked: Vec::new(),
            offered: None,
            waiting: Waiting::Open,
            safety: Safety::Quiet,
            turns: 0,
            step: 0,
            declined: 0,
            plan: None,
            took_plan: false,
            direct: 0,
            wants: None,
            tones: Vec::new(),
            said: Vec::new(),
            begun: false,
            ended: false,
        }
    }
}

impl TryFrom<Kept> for State {
    type Error = StateError;

    fn try_from(kept: Kept) -> Result<Self, StateError> {
        if kept.version != VERSION {
            return Err(StateError::Version(kept.version));
        }
        let fits =
            kept.said.len() <= MOST_SAID && kept.tones.len() <= MOST_TONES && kept.talked.len() <= Problem::ALL.len();
        if fits { Ok(Self { kept }) } else { Err(StateError::TooLong) }
    }
}

impl From<State> for Kept {
    fn from(state: State) -> Self {
        state.kept
    }
}

impl State {
    /// Where the talk stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.kept.stage
    }

    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Option<Problem> {
        self.kept.subject
    }

    /// Everything that it has been about, in order.
    #[must_use]
    pub fn talked(&self) -> &[Problem] {
        &self.kept.talked
    }

    /// How often the person has written.
    #[must_use]
    pub fn turns(&self) -> u32 {
        self.kept.turns
    }

    /// Whether goodbye was said. Whoever writes again goes on.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.kept.ended
    }

    /// Whether the next answer is the companion's own, whoever else could give it: the fixed words were said, or it was
    /// asked directly, and what comes next is fixed, too.
    #[must_use]
    pub fn follows_up(&self) -> bool {
        self.kept.safety != Safety::Quiet
    }

    /// Keeps in step with a turn that somebody else answered: a model.
    pub fn passed(&mut self, heard: &Heard) {
        self.note_turn();
        self.hear(heard);
        self.kept.step += 1;
        self.kept.safety = Safety::Quiet;
        self.kept.waiting = Waiting::Open;
        if self.kept.stage == Stage::Opening {
            self.kept.stage = Stage::Exploring;
        }
    }

    /// Somebody was asked how they are since the fixed words were said: what they answer to it is heard as an answer to that.
    pub fn asked_how(&mut self) {
        self.kept.safety = Safety::Asked;
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(crate) fn kept_mut(&mut self) -> &mut Kept {
        &mut self.kept
    }

    pub(crate) fn safety(&self) -> Safety {
        self.kept.safety
    }

    pub(crate) fn set_safety(&mut self, safety: Safety) {
        self.kept.safety = safety;
    }

    /// One more turn of the person.
    pub(crate) fn note_turn(&mut self) {
        self.kept.turns = self.kept.turns.saturating_add(1);
        self.kept.begun = true;
    }

    /// The fixed words were said. What the talk is about stays known.
    pub(crate) fn note_danger(&mut self, heard: &Heard) {
        self.note_turn();
        self.hear(heard);
        self.kept.safety = Safety::Told;
    }

    /// Takes in what was heard: what it is about, how it sounds, what is wanted.
    pub(crate) fn hear(&mut self, heard: &Heard) {
        if let Some(wants) = heard.wants {
            self.kept.wants = Some(wants);
        }
        let named = heard.problems.first().copied();
        let is_new = |problem: &Problem| !self.kept.talked.contains(problem);
        match (self.kept.subject, named) {
            (None, Some(problem)) => self.begin(problem),
            (Some(subject), _) if !heard.problems.contains(&subject) => {
                // A subject is left for another once it has been looked at, and at once where the talk looks for one; never for what is named in passing.
                let open = self.kept.step >= 2 && self.kept.stage == Stage::Exploring
                    || matches!(self.kept.stage, Stage::Opening | Stage::Closing);
                let other = |problem: &Problem| is_new(problem) && !problem.is_often_named();
                if open && let Some(problem) = heard.problems.iter().copied().find(other) {
                    self.begin(problem);
                }
            }
            _ => {}
        }
        if let Some(tone) = heard.tone {
            self.kept.tones.push(tone);
            if self.kept.tones.len() > MOST_TONES {
                self.kept.tones.remove(0);
            }
        }
    }

    /// The talk is about this now.
    pub(crate) fn begin(&mut self, problem: Problem) {
        self.kept.subject = Some(problem);
        if !self.kept.talked.contains(&problem) {
            self.kept.talked.push(problem);
        }
        self.kept.offered = None;
        self.kept.step = 0;
        self.kept.declined = 0;
        self.kept.tones.clear();
    }

    /// How the answers sounded most since the subject was begun: at most two, what was most often heard first.
    pub(crate) fn main_tones(&self) -> Vec<Tone> {
        let count = |tone: Tone| self.kept.tones.iter().filter(|heard| **heard == tone).count();
        let mut tones: Vec<(usize, Tone)> =
            Tone::ALL.iter().map(|tone| (count(*tone), *tone)).filter(|(count, _)| *count > 0).collect();
        tones.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        tones.into_iter().take(2).map(|(_, tone)| tone).collect()
    }

    /// How often the last answers, one after the other, sounded like this.
    pub(crate) fn in_a_row(&self, tone: Tone) -> usize {
        self.kept.tones.iter().rev().take_while(|heard| **heard == tone).count()
    }

    pub(crate) fn has_said(&self, line: u32) -> bool {
        self.kept.said.contains(&line)
    }

    /// How many lines were said.
    pub(crate) fn lines(&self) -> usize {
        self.kept.said.len()
    }

    pub(crate) fn say(&mut self, line: u32) {
        self.kept.said.push(line);
        if self.kept.said.len() > MOST_SAID {
            self.kept.said.remove(0);
        }
    }

    /// Forgets the older half of what was said: who writes on after every line of a kind is answered all the same.
    pub(crate) fn forget_half(&mut self) {
        let half = self.kept.said.len().div_ceil(2);
        self.kept.said.drain(..half);
    }
}

#[cfg(test)]
mod tests;
