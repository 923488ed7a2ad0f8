//! The agent: senses on the person's own device, and lets only features leave.
//!
//! Sources give samples ([`sensors`]), analyzers turn them into a record for each modality and ten-second window
//! ([`pipeline`]), the policy gate leaves of a record what may be kept ([`gate`]), the [`outbox`] keeps it sealed until
//! the collector has it, and the [`uplink`] sends it. Capture, analysis and keeping are plain threads with bounded
//! channels; tokio is for the uplink only.

pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
mod error;
pub mod features;
pub mod files;
pub mod gate;
pub mod identity;
pub mod journal;
mod keeper;
pub mod lines;
mod logging;
pub mod outbox;
mod output;
pub mod pipeline;
pub mod place;
pub mod recording;
pub mod run;
pub mod schedule;
pub mod sensors;
pub mod status;
pub mod stop;
pub mod uplink;
pub mod wearables;

pub use error::AgentError;
