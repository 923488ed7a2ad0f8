//! The agent: senses on the person's own device, and lets only features leave.
//!
//! Sources give samples ([`sensors`]), which lie on the [`timeline`] of a run; analyzers turn them into a record for
//! each modality and ten-second window ([`pipeline`]), the policy gate leaves of a record what may be kept
//! ([`keeping`]), the [`outbox`] keeps it sealed until the collector has it, and the [`uplink`] sends it. Capture,
//! analysis and keeping are plain threads with bounded channels; tokio is for the uplink only.

pub mod check_in;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod enrolment;
mod error;
pub mod features;
pub mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod given;
pub mod governor;
pub mod guard;
pub mod identity;
pub mod keeping;
pub mod messages;
pub mod new_key;
pub mod outbox;
mod output;
pub mod own;
pub mod page;
pub mod person;
pub mod pipeline;
pub mod run;
pub mod sensors;
pub mod service;
pub mod stop;
mod summed;
pub mod timeline;
pub mod token;
pub mod uplink;

pub use error::AgentError;
