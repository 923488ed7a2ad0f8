//! What is written down of each request, and who may refuse it: the seam to who stores.
//!
//! Nothing leaves before it is on record: `leaves` is asked before each try, and whoever refuses there (no consent, a limit, a database
//! that does not write) keeps it here. Of what was asked and answered the record holds sizes, never a word.

use crate::shape::Usage;

/// A request that is about to leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Egress<'a> {
    /// To which endpoint.
    pub endpoint: &'a str,
    /// To which model.
    pub model: &'a str,
    /// Bytes of text in it.
    pub bytes: u64,
    /// Personal details that were taken out of it.
    pub details: u32,
    /// Which try of this turn it is, from 1 on.
    pub request: u32,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spent {
    /// Of which endpoint.
    pub endpoint: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Tokens.
    pub usage: Usage,
    /// The endpoint did not say how many tokens: they are reckoned by the length of the text.
    pub is_estimated: bool,
    /// What it cost, in millionths of the currency.
    pub micros: u64,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its answer was shown.
    Shown,
    /// Its answer was not fit to be shown.
    Unfit,
    /// It failed.
    Failed,
    /// The person stopped it.
    Stopped,
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Unfit => "unfit",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// Why nothing may leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The person has not agreed, or no more.
    #[error("the person does not agree that text goes to a model")]
    Consent,
    /// A limit of the person or the organisation is reached.
    #[error("a limit of the day is reached")]
    Limit,
    /// It could not be written down.
    #[error("what leaves cannot be written down")]
    Unwritten,
}

/// Who writes down and may refuse.
pub trait Ledger: Send + Sync {
    /// A request is about to leave. Written down, and durable, before this returns.
    fn leaves(&self, egress: Egress<'_>) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// What became of it.
    fn came(&self, spent: Spent) -> impl Future<Output = ()> + Send;
}
