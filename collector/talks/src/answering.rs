//! The seam by which a language model answers: what it is asked, how what it says comes out, and what it asks before text leaves.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use attune_analysis::text::Reading;

/// Who said a line of a talk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// The person.
    ByPerson,
    /// Whoever answers them.
    ByUs,
}

/// A line of a talk.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// By whom.
    pub said: Said,
    /// What.
    pub text: String,
    /// How much it weighs among others, 0 to 1: by it the less important go first where there is no room for all.
    pub importance: f32,
}

/// What an answer is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was said before, the oldest first.
    pub history: Vec<Line>,
    /// What the person wrote.
    pub text: String,
    /// What was read of it.
    pub reading: Reading,
    /// What is remembered of earlier talks, of who allowed that.
    pub remembered: Vec<String>,
    /// Names by which the person is known here: none of them leaves.
    pub names: Vec<String>,
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Which support it gives: `listening`, `advice`, `resources` or `validation`.
    pub support: &'static str,
}

/// Why a model does not answer; the built-in companion does then. It never carries a word of a talk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unanswered {
    /// None could be reached, or all failed.
    #[error("no language model answered")]
    Failed,
    /// The person does not agree to it any more, or has asked as often as they may.
    #[error("text may not leave")]
    Refused,
    /// What it said was nothing that may be shown.
    #[error("the answer did not pass what is looked at in each")]
    Unfit,
}

/// An answer, once it is there.
pub type Answered<'a> = Pin<Box<dyn Future<Output = Result<Answer, Unanswered>> + Send + 'a>>;

/// Whether text may leave, once that is on record.
type Leaving = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Where what is said comes out, and who is asked before text leaves.
#[derive(Clone)]
pub struct Out {
    say: Arc<dyn Fn(&str) + Send + Sync>,
    take_back: Arc<dyn Fn() + Send + Sync>,
    leave: Arc<dyn Fn(String, u64) -> Leaving + Send + Sync>,
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Out(..)")
    }
}

impl Out {
    /// One that hands on what is said and taken back, and asks whether so many bytes may leave for an endpoint of a name.
    pub(crate) fn new(
        say: impl Fn(&str) + Send + Sync + 'static,
        take_back: impl Fn() + Send + Sync + 'static,
        leave: impl Fn(String, u64) -> Leaving + Send + Sync + 'static,
    ) -> Self {
        Self { say: Arc::new(say), take_back: Arc::new(take_back), leave: Arc::new(leave) }
    }

    /// Says a piece, which is shown at once: it has passed all that is looked at in an answer.
    pub fn say(&self, piece: &str) {
        (self.say)(piece);
    }

    /// Takes back all that was said: what is said from then on stands in its place.
    pub fn take_back(&self) {
        (self.take_back)();
    }

    /// Asks whether text of so many bytes may leave for an endpoint of a name, and has that on record before it does. Whoever is told no
    /// sends nothing.
    pub async fn may_leave(&self, endpoint: &str, bytes: u64) -> bool {
        (self.leave)(endpoint.to_owned(), bytes).await
    }
}

/// Who answers by a language model. Dropped before its end, an answer asks for nothing more: what is on its way is cut.
pub trait Answering: fmt::Debug + Send + Sync {
    /// Answers, piece by piece.
    fn answer<'a>(&'a self, asked: &'a Asked, out: &'a Out) -> Answered<'a>;
}
