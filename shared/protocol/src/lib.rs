//! What an Attune agent and a collector say to each other.
//!
//! The [`registry`] is the one table of features that may ever be derived, kept or sent; a [`record::Record`] holds the
//! features of one modality over one ten-second window; a [`batch::Batch`] carries records signed by their device;
//! an [`ack::Ack`] tells a device what became of its items at the collector's database, and names what was stored.
//! Nothing here does I/O.

pub mod ack;
pub mod batch;
pub mod broker;
pub mod collector_key;
pub mod consent;
pub mod digest;
pub mod enrol;
pub mod envelope;
mod error;
pub mod features;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod heartbeat;
pub mod ids;
mod kind;
pub mod login;
pub mod new_key;
pub mod pace;
pub mod policy;
pub mod record;
pub mod registry;
pub mod seal;
pub mod sign;
pub mod topics;
pub mod unknown;
pub mod window;
pub mod wishes;
pub mod withdrawals;

pub use error::ProtocolError;
