//! Programs that may hand messages in by themselves, and how each shows that it is one.

mod known;
mod signature;

pub use known::Receivers;
pub(crate) use known::{Receiver, Sender};
pub(crate) use signature::Refused;
