//! The companion: a program that listens to people at work, asks one thing at a time, and knows when to hand over.
//!
//! It works without any language model, on the machine where the talk lies. What it says stands word for word in `bank/`, written by hand;
//! rules choose the lines. It does no I/O, reads no clock, draws no chance but from a seed, and keeps no word of a person.
//!
//! | module | |
//! |---|---|
//! | `hearing` | what is heard in a text: what it is about, how it sounds, what is asked for; kinds only |
//! | `danger` | how much somebody is in danger, by the rules for messages and by phrases that speak for themselves in a talk |
//! | `crisis` | the fixed answers to danger, and telephone numbers by country |
//! | `bank` | all other lines: by problem, severity and kind of answer |
//! | `talking` | what is answered, from where the talk stands and what was heard |
//! | `state` | where a talk stands, in a form that can be kept |
//! | `memory` | what is proposed to be remembered |
//! | `problem`, `severity`, `tone`, `country`, `context`, `reply` | what all of these speak of |
//! | `words`, `named` | texts as words and lists of phrases; enums with names |
//! | `about` | what this says it is |
//!
//! | who meets it | what holds |
//! |---|---|
//! | somebody in danger | the fixed words with numbers come before everything else, in every stage, also where a model would answer; then they are asked whether they are safe, and a no, or not knowing, brings the words again |
//! | somebody who tells of another in danger | fixed words of their own |
//! | who asks for a diagnosis, a promise, a verdict on others | the bank has no line for it, and a test looks for the words |
//! | who asks who reads along | it says that it is a program, and where it stands what is kept; it promises nothing about it |
//! | who writes in another language, nothing, a megabyte, or what nobody sees | is told so, or is read up to a bound; no answer takes words out of what was written |
//! | who writes without end | is answered; what was said is bounded, and a line returns only when all of its kind were said |
//! | who corrects what is remembered into something else | their sentence is said back to them alone, in one line, without a question in it |
//! | who keeps the state | learns what a talk was about and how answers sounded, no word of it: it is sealed like the talk itself |

mod about;
mod bank;
mod context;
mod country;
mod crisis;
mod danger;
mod hearing;
mod memory;
mod named;
mod problem;
mod reply;
mod severity;
mod state;
mod talking;
mod tone;
mod words;

pub use about::{says_what_it_is, says_what_it_is_to_nobody_known};
pub use bank::plans;
pub use context::Context;
pub use country::{Country, NoCountry};
pub use crisis::{Resource, Resources, ResourcesError, crisis_reply, level, urgent};
pub use hearing::{Entity, Heard, Intent, Wants, hear};
pub use memory::{MOST_WORDS, Remembered, RememberedKind};
pub use problem::Problem;
pub use reply::{QuestionId, Reply, SupportType};
pub use severity::Severity;
pub use state::{Stage, State, StateError};
pub use talking::{answer, open};
pub use tone::Tone;
