//! `POST /analyze`: what a client sends is analysed at once, by the same analyzers that the agent runs, and may be kept as
//! a session. What is sent is looked at in memory; features are all that is stored.

mod answer;
mod body;
mod content;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod heart;
mod json;
mod keep;
mod limits;
mod media;
mod memory;
mod motion;
mod multipart;
mod repeats;
mod request;
pub(crate) mod routes;
mod series;
mod work;

pub(crate) use keep::record_context;
#[cfg(test)]
pub(crate) use keep::{Kept, keep};
pub(crate) use repeats::Repeats;
pub(crate) use routes::Desk;
