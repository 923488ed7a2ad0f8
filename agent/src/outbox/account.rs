//! What an outbox is told of its bounds, and tells of what it holds.

use std::collections::BTreeMap;

use attune_protocol::ack::Answer;
use attune_protocol::ids::Seq;
use attune_protocol::registry::Modality;

/// How much may be kept, and how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of all items with their keys.
    pub bytes: u64,
    /// Milliseconds since an item was kept.
    pub age_millis: i64,
}

/// What an outbox holds and has lost.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Totals {
    /// Items that wait for an acknowledgement.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records that left because of a limit, since the enrolment.
    pub dropped: u64,
    /// Of those, how many had waited for too long.
    pub aged: u64,
    /// Entries that did not read or open, since the enrolment.
    pub damaged: u64,
    /// Items that were durable once and were not there any more, since the enrolment.
    pub lost: u64,
}

/// What an acknowledgement did.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Settled {
    /// Items that left, by what became of them.
    pub answers: BTreeMap<Answer, u64>,
    /// Places of the runs that were proved: nothing of them waits any more.
    pub runs: Vec<(Seq, Seq)>,
    /// Runs that do not prove to be of what was given out. Their items stay.
    pub unproved: u64,
    /// When the newest record of each modality was kept that was refused because its consent is withdrawn, Unix
    /// milliseconds.
    pub withdrawn: BTreeMap<Modality, i64>,
}

/// An item that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Its place in the epoch.
    pub seq: Seq,
    /// When it was kept, Unix milliseconds.
    pub kept_at: i64,
    /// Its envelope, as it will be sent.
    pub bytes: Vec<u8>,
}
