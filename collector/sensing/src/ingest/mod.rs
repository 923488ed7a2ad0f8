//! From the broker into the database, and the acknowledgement of what it committed.
//!
//! Messages that arrive close together are settled in one transaction. Only after its commit is an acknowledgement
//! made, from what the database then holds, place by place and content by content; so what an agent forgets is stored, what is
//! sent twice is stored once, and what claims another's place is not taken for it. A record is stored if the version of
//! consent that it names, and the newest that has come, let it in; while that version has not come it stays with its device. What its
//! person has switched off, or chosen not to have kept, is refused whatever was agreed to.

mod again;
mod collector_key;
mod commit;
mod context;
mod counters;
mod decide;
mod enrol;
mod item;
mod minutely;
mod mqtt;
mod new_key;
mod pace;
pub mod quarantine;
mod queue;
mod ready;
mod replay;
mod settle;
mod told;
mod unknown;
mod wishes;
mod withdrawals;
mod worker;

pub use collector_key::tell_signing_key;
pub use context::IngestContext;
pub use counters::{Counters, Counts};
pub use minutely::{Guesses, Strangers};
pub(crate) use mqtt::connect;
pub use mqtt::{Link, Mqtt};
pub use pace::tell_pace;
pub use queue::Queue;
pub use replay::{Replayed, replay};
pub use told::Told;
pub use wishes::tell_wishes;
pub use withdrawals::tell_withdrawals;
pub use worker::{take_in, work};

pub(crate) use item::record_context;

/// A message as the broker gave it.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
    /// When it came, Unix milliseconds.
    pub received_at: i64,
}

/// A message for a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outbound {
    /// Its topic.
    pub topic: String,
    /// Its payload.
    pub payload: Vec<u8>,
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
