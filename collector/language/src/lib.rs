//! Language models behind the talks: asked, bounded, and read before anybody else reads them.
//!
//! A talk has an answer without any model: the built-in companion's. Where the organisation names endpoints, and the person agrees, a
//! model answers in its place; where none does, or none does so fitly, the companion's answer stands there after all. Crises come
//! here never: they are answered by fixed words before.
//!
//! | module | |
//! |---|---|
//! | `shape` | three shapes on the wire, pure: OpenAI's (Mistral, Ollama, llama.cpp, vLLM), Anthropic's, Gemini's |
//! | `endpoint` | endpoints as the organisation writes them down, where they are, their keys |
//! | `connect` | one connection a request: no redirect, no proxy, nothing sent again by itself; dropped, it is cut |
//! | `send` | one request within its times; why it failed, whether it may be repeated, how long is waited before |
//! | `breaker` | an endpoint that fails is left alone for a while |
//! | `order` | all endpoints, in the order in which they are asked |
//! | `names` | names and personal details out of what leaves, and back into what comes |
//! | `prompt` | what a model is told: instructions, a council of perspectives, data as data, as much of the talk as fits |
//! | `validate` | the rules by which each answer is read before it is shown |
//! | `answer` | a turn from beginning to end; tasks, as the report of a talk |
//! | `ledger`, `limits`, `costs` | the seam to who stores: what leaves is on record before it does, what it cost, how much a day |
//! | `evaluation` | made-up turns and attacks, and what comes out of them |
//!
//! | who meets it | what holds |
//! |---|---|
//! | the maker of a model, and who is between | the talk of somebody without a name: names, addresses and numbers are taken out before; TLS, but on this machine or a way that is said to be nobody else's; nothing without a record of it |
//! | a person without consent, or over a limit of the day | whoever keeps the ledger refuses, and nothing leaves |
//! | a profile that is strict | only endpoints on the organisation's list are asked |
//! | an endpoint that is down, loading, slow, limited, cut, talking nonsense | times to connect, to begin, to go on and to end; asked again only where it surely did not work; the next one, then the companion |
//! | one that never ends, or sends a line without end | bounds on lines, events and the whole |
//! | one that names another address | it is not followed |
//! | whoever stops an answer, or goes away | the connection is cut, also before the first word; what it cost up to there is counted |
//! | a text that gives orders, written by the person, in HR's data or kept from before | signs that mark turns are made harmless, data stands behind bars; what an answer does all the same is read by the rules; there is nothing of others that it could tell |
//! | an answer that diagnoses, promises, invents, harms, flatters itself to be somebody | is cut and taken back, asked for anew once, and then it is the companion's |
//! | who reads logs and errors | names of endpoints and of rules; not a word of anybody, nor of what an endpoint wrote |

mod answer;
mod breaker;
mod connect;
mod costs;
mod endpoint;
pub mod evaluation;
mod ledger;
mod limits;
mod names;
mod order;
mod prompt;
mod send;
mod shape;
#[cfg(test)]
mod tests;
mod validate;

pub use answer::{Answered, Asked, By, Shown, Task, Why};
pub use endpoint::{EndpointSettings, EndpointsFile};
pub use ledger::{Egress, Ledger, Outcome, Refusal, Spent};
pub use limits::{Limits, Used};
pub use order::{Language, Standing};
pub use prompt::{Figure, Grounds, Past};
pub use shape::{Role, Shape, Usage};
pub use validate::Rule;
