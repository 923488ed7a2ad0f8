//! What the companion is told of a person before it answers.

use crate::country::Country;
use crate::memory::Remembered;
use crate::problem::Problem;
use crate::severity::Severity;

/// What is known of a person, each part with their consent to it, else empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Context {
    /// What their own figures show, and how much of it.
    pub concerns: Vec<(Problem, Severity)>,
    /// What was remembered of earlier talks, the newest last.
    pub remembered: Vec<Remembered>,
    /// Where they are.
    pub country: Option<Country>,
    /// Which of several fitting lines are said; one number a talk.
    pub seed: u64,
}

impl Context {
    /// How grave a concern is, where there is one about this.
    pub(crate) fn severity(&self, problem: Problem) -> Option<Severity> {
        self.concerns.iter().filter(|(of, _)| *of == problem).map(|(_, severity)| *severity).max()
    }
}
