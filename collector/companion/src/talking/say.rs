//! An answer while it is put together: lines of the bank that were not said in this talk, and at most one question.

use crate::bank::{Bank, OfProblem, bank};
use crate::memory::{Remembered, RememberedKind};
use crate::problem::Problem;
use crate::reply::{QuestionId, Reply, SupportType};
use crate::state::{Kept, State, Waiting};

/// The most that an answer proposes to remember.
const MOST_REMEMBERED: usize = 4;

/// An answer, and the talk in which it is given.
pub(super) struct Say<'a> {
    pub(super) state: &'a mut State,
    pub(super) bank: &'static Bank,
    seed: u64,
    parts: Vec<String>,
    asked: Option<QuestionId>,
    support: SupportType,
    remember: Vec<Remembered>,
}

impl<'a> Say<'a> {
    pub(super) fn new(state: &'a mut State, seed: u64) -> Self {
        Self {
            state,
            bank: bank(),
            seed,
            parts: Vec::new(),
            asked: None,
            support: SupportType::Listening,
            remember: Vec::new(),
        }
    }

    pub(super) fn kept(&mut self) -> &mut Kept {
        self.state.kept_mut()
    }

    /// What the bank has on what the talk is about.
    pub(super) fn of_subject(&self) -> Option<&'static OfProblem> {
        self.bank.of(self.state.subject()?)
    }

    pub(super) fn means(&mut self, support: SupportType) {
        self.support = support;
    }

    /// Says one of these lines that was not said yet. Whether there was one.
    pub(super) fn line(&mut self, lines: &[String]) -> bool {
        self.filled(lines, str::to_owned)
    }

    /// Says this line, unless it was said.
    pub(super) fn this(&mut self, line: &str) -> bool {
        self.one_of(vec![line.to_owned()])
    }

    /// The same with words put into a line; what was not said yet is looked for among the whole sentences.
    pub(super) fn filled(&mut self, lines: &[String], fill: impl Fn(&str) -> String) -> bool {
        self.one_of(lines.iter().map(|line| fill(line)).collect())
    }

    fn one_of(&mut self, lines: Vec<String>) -> bool {
        let Some((line, number)) = self.choose(lines) else { return false };
        self.state.say(number);
        self.parts.push(line);
        true
    }

    /// Asks one of these questions that was not asked yet. Whether a question is asked now.
    pub(super) fn ask(&mut self, questions: &[String], waiting: Waiting) -> bool {
        if self.asked.is_some() {
            return true;
        }
        let Some((question, number)) = self.choose(questions.to_vec()) else { return false };
        self.state.say(number);
        self.parts.push(question);
        self.asked = Some(QuestionId(number));
        self.kept().waiting = waiting;
        true
    }

    /// A line that was not said, by chance of the seed: the same state and seed give the same answer.
    fn choose(&self, lines: Vec<String>) -> Option<(String, u32)> {
        let numbered = lines.into_iter().map(|line| (number(&line), line));
        let mut unsaid: Vec<(u32, String)> = numbered.filter(|(number, _)| !self.state.has_said(*number)).collect();
        let draw = mixed(self.seed ^ u64::from(self.state.turns()), self.state.lines());
        let place = usize::try_from(draw % u64::try_from(unsaid.len().max(1)).ok()?).ok()?;
        (!unsaid.is_empty()).then(|| unsaid.swap_remove(place)).map(|(number, line)| (line, number))
    }

    /// Proposes something to be remembered.
    pub(super) fn remember(&mut self, kind: RememberedKind, problem: Option<Problem>, words: &str) {
        if self.remember.len() < MOST_REMEMBERED {
            self.remember.push(Remembered::new(kind, problem, words));
        }
    }

    /// The answer. Somebody who has heard every line is answered with one that they heard long ago.
    pub(super) fn done(mut self) -> Reply {
        let shared = &self.bank.shared;
        if self.parts.is_empty() && !self.line(&shared.listening_on) && !self.line(&shared.still_here) {
            self.state.forget_half();
            self.line(&shared.acknowledge);
            self.ask(&shared.explore, Waiting::Open);
        }
        let Self { parts, asked, support, remember, .. } = self;
        Reply { text: parts.join(" "), support, asked, remember }
    }
}

/// A line's number: FNV-1a of its text. A test holds that no two lines of the bank have the same.
pub(super) fn number(line: &str) -> u32 {
    line.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A number that looks like chance, by SplitMix64.
fn mixed(seed: u64, lines: usize) -> u64 {
    let start = seed.wrapping_add(u64::try_from(lines).unwrap_or_default().wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (start ^ (start >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
