//! The outbox: what is kept on the device until the collector says that its database has it.
//!
//! # What it promises
//!
//! - **Kept means durable.** [`Outbox::append`] returns after the store has been flushed to the disk. Until then
//!   nothing counts as kept: no journal line, no progress, no place in a recording.
//! - **One append is one piece.** Its items, its [`Note`]s and the next sequence number become durable together or not
//!   at all, so a killed agent goes on exactly behind its last durable window.
//! - **An item leaves only on the collector's word.** [`Outbox::acknowledge`] takes the ranges of a verified
//!   acknowledgement; nothing else takes an item out but the bounds below. Acknowledging an item twice, or one that is
//!   gone, changes nothing.
//! - **It is bounded, and says so.** Over [`Limits::bytes`] the oldest records of the lowest [`Worth`] leave, and items
//!   over [`Limits::age_millis`] do; a `Dropped` item that counts them is appended in the same piece. Consent and such
//!   counts never leave that way. A dropped item may have reached the collector already if its acknowledgement was
//!   lost: the count is the most that can be missing.
//! - **Damage is counted, not fatal.** An entry that does not read or open is taken out, counted, and told to the
//!   collector as dropped where its header still says of which modality and window it was.
//! - **A failed flush poisons it.** What is on the disk is unknown then; every later append fails until the store is
//!   opened anew, which reads what really is there.
//!
//! # On the disk
//!
//! One sled tree. `e` holds the epoch, drawn at random with the store, and `s` the next sequence number, 8 bytes
//! each, big-endian. `n` and a name holds a note, sealed. `i` and a sequence number (big-endian, so that the order of keys is
//! the order of items) holds an item: a header in clear, then the envelope, sealed with AES-256-GCM under the device's
//! seal key. The header is format version, worth, modality, window (4 bytes) and time of keeping (8 bytes, Unix
//! milliseconds); epoch, sequence number and header are the seal's context, so an entry opens only in its own place.
//!
//! In memory stands one small entry for each item, so that bounds are known without a scan. sled's own space is not
//! bounded by this: it keeps two to three times the payload, which the default limit allows for.

mod bounds;
mod entry;
mod store;

pub use entry::{About, Draft, Worth};
pub use store::{Limits, Note, Outbox, Settled, Totals};

/// Its folder in the state folder.
pub const FOLDER: &str = "outbox";

#[cfg(test)]
mod tests;
