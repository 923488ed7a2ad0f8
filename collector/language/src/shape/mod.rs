//! Three shapes on the wire: how a prompt is asked and how the answer is read. Pure: bytes in, bytes out.
//!
//! | shape | module |
//! |---|---|
//! | OpenAI's, and of all who copy it | `openai` |
//! | Anthropic's | `anthropic` |
//! | Gemini's | `gemini` |
//!
//! All three stream by server-sent events (`events`). An answer counts as whole only where the model said that it had finished: a stream
//! that ends without is cut, however fluent. What an endpoint says of its errors is read by kind (`fault`) and forgotten.

mod anthropic;
mod events;
mod fault;
mod gemini;
mod openai;
mod reader;
#[cfg(test)]
mod tests;
mod types;

use serde::{Deserialize, Serialize};

pub(crate) use fault::{Fault, of_error, of_status};
pub(crate) use reader::Reader;
pub(crate) use types::{Finish, Manner, Prompt, Turn, Wire};
pub use types::{Role, Usage};

/// How an endpoint is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// OpenAI's chat completions; Mistral, Ollama, llama.cpp and vLLM speak them, too.
    #[default]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini's.
    Gemini,
}

impl Shape {
    /// The request for a prompt.
    pub(crate) fn request(self, prompt: &Prompt, manner: Manner<'_>) -> Wire {
        match self {
            Self::OpenAi => openai::request(prompt, manner),
            Self::Anthropic => anthropic::request(prompt, manner),
            Self::Gemini => gemini::request(prompt, manner),
        }
    }

    /// The header that carries a key, and what stands before the key in it.
    pub(crate) const fn key_header(self) -> (&'static str, &'static str) {
        match self {
            Self::OpenAi => ("authorization", "Bearer "),
            Self::Anthropic => ("x-api-key", ""),
            Self::Gemini => ("x-goog-api-key", ""),
        }
    }

    /// Headers that are always there.
    pub(crate) const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Anthropic => &[("anthropic-version", "2023-06-01")],
            Self::OpenAi | Self::Gemini => &[],
        }
    }

    /// Reads an answer: a stream of events, or one body.
    pub(crate) fn reader(self, is_stream: bool) -> Reader {
        let read = match self {
            Self::OpenAi => openai::read,
            Self::Anthropic => anthropic::read,
            Self::Gemini => gemini::read,
        };
        Reader::new(read, is_stream)
    }
}
