//! What the companion answers.

use serde::{Deserialize, Serialize};

use crate::memory::Remembered;
use crate::named::named;

named! {
    /// What an answer is meant to be for the person; MindPulse's words.
    pub enum SupportType {
        /// Somebody listens.
        Listening = "listening",
        /// Something to try.
        Advice = "advice",
        /// Where help may be found.
        Resources = "resources",
        /// What was said is taken up.
        Validation = "validation",
        /// The fixed words for danger.
        CrisisResponse = "crisis_response",
        /// What was said before is come back to.
        FollowUp = "follow_up",
    }
}

/// A question of the bank, by a number that is made of its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct QuestionId(pub u32);

/// One answer: a few sentences, at most one question among them.
#[derive(Clone, PartialEq, Debug)]
pub struct Reply {
    /// What the person reads.
    pub text: String,
    /// What it is meant to be.
    pub support: SupportType,
    /// The question in it.
    pub asked: Option<QuestionId>,
    /// What could be remembered of it. Proposals: who keeps them asks the person first.
    pub remember: Vec<Remembered>,
}
