//! What is asked of a model and what comes back, whoever made it.

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The person.
    Person,
    /// The model, or the companion before it.
    Model,
}

/// What one side said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    /// Who said it.
    pub(crate) role: Role,
    /// What was said.
    pub(crate) text: String,
}

/// All that a model is given.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Prompt {
    /// What it is told of itself and of its task.
    pub(crate) system: String,
    /// The talk, oldest first. The last is the person's.
    pub(crate) turns: Vec<Turn>,
    /// The most tokens of its answer.
    pub(crate) most_tokens: u32,
}

impl Prompt {
    /// Bytes of text in it.
    pub(crate) fn bytes(&self) -> usize {
        self.system.len() + self.turns.iter().map(|turn| turn.text.len()).sum::<usize>()
    }

    /// The turns as the wire wants them: the person first, and each side once in turn.
    pub(super) fn alternating(&self) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::with_capacity(self.turns.len());
        for turn in self.turns.iter().skip_while(|turn| turn.role == Role::Model) {
            match turns.last_mut() {
                Some(last) if last.role == turn.role => {
                    last.text.push_str("\n\n");
                    last.text.push_str(&turn.text);
                }
                _ => turns.push(turn.clone()),
            }
        }
        turns
    }
}

/// What a request is made of besides its prompt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Manner<'a> {
    /// Which model.
    pub(crate) model: &'a str,
    /// How freely it answers, where that is set.
    pub(crate) temperature: Option<f64>,
    /// Whether the endpoint is asked to say what was used.
    pub(crate) says_usage: bool,
    /// Whether the most tokens are told by OpenAI's newer name.
    pub(crate) completion_tokens: bool,
}

/// A request but for its host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wire {
    /// Behind the path of the endpoint.
    pub(crate) path: String,
    /// JSON.
    pub(crate) body: Vec<u8>,
}

/// Tokens of one request.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Usage {
    /// Of the prompt.
    pub tokens_in: u64,
    /// Of the answer.
    pub tokens_out: u64,
}

/// How an answer ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Finish {
    /// It was said.
    Whole,
    /// It met the most tokens.
    Length,
    /// The model or its keeper would not say it.
    Withheld,
}

/// What one event of a stream tells, as far as it does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Told {
    pub(super) text: String,
    pub(super) tokens_in: Option<u64>,
    pub(super) tokens_out: Option<u64>,
    pub(super) finish: Option<Finish>,
    /// Nothing comes behind it.
    pub(super) is_last: bool,
}
