//! The outbox: what is kept on the device until the collector says that its database has it.
//!
//! # What it promises
//!
//! - **Kept means durable.** [`Outbox::append`] returns after the store has been flushed to the disk. Until then
//!   nothing counts as kept: no journal line, no progress, no place in a recording.
//! - **One append is one piece.** Its items, its [`Note`]s and the next sequence number become durable together or not
//!   at all, so a killed agent goes on exactly behind its last durable window.
//! - **An item leaves only on the collector's word.** [`Outbox::acknowledge`] takes the runs of a verified
//!   acknowledgement and forgets a run only if the digest of its own items, as they were given out, is the same. Nothing
//!   else takes an item out but withdrawn consent and the bounds below. Acknowledging an item twice changes nothing.
//! - **Its identity is more than a counter.** When the collector holds other items in its places, or when its files do
//!   not prove to hold all that was durable once, a new epoch begins by itself ([`Turn`]), and what waits is taken over
//!   in one piece.
//! - **It is bounded, and says so.** Over [`Limits::bytes`] the oldest records of the lowest [`Worth`] leave, and items
//!   over [`Limits::age_millis`] do, by a clock that agrees with the time seen last. One `Dropped` item for each modality
//!   counts them, in the same piece; more is counted in it until it is given out. A dropped item may have reached the
//!   collector already if its acknowledgement was lost: the count is the most that can be missing. A note counts since the
//!   enrolment how many left for which of the two.
//! - **Its files are bounded, too.** sled gives room back from the end of its file only, so files that have grown over `room::bound` of what waits are
//!   written anew, under the same numbers of the same epoch: 8 MiB, and four times what waits. While that is done the
//!   copy lies beside. What was set aside damaged is not in it; there is one at most, for fourteen days.
//! - **Damage is counted, not fatal.** Files that do not open are read for what is intact and set aside. What is gone is
//!   counted as lost, what does not open as damaged, and both are told to the collector as dropped.
//! - **What has left does not open any more.** The items of a span share a key, which is thrown away with the last of
//!   them; notes are always sealed under the key of the newest span.
//! - **A failure poisons it.** What is on the disk is unknown then; every later append fails until the outbox is opened
//!   anew, which reads what really is there.
//!
//! # On the disk
//!
//! A folder with one sled tree and the two files of the ledger (`ledger.rs` describes them). In the tree, `e` holds the
//! epoch, `s` the next sequence number, 8 bytes each, big-endian, and `g` what the last piece took out. `i` and a
//! sequence number (big-endian, so that the order of keys is the order of items) holds an item: a header in clear, then
//! the envelope, sealed with AES-256-GCM under the key of its span. The header is format version and mark (4 bytes),
//! sequence number (8), sealed bytes (4), worth, modality, window (4) and time of keeping (8, Unix milliseconds); epoch
//! and header are the seal's context, so an entry opens only in its own place. `n` and a name holds a note: format version
//! and mark, span, a stamp that tells later from earlier, sealed bytes, name, and the sealed note. In version 1 the header
//! had no mark, place and length, and all was sealed under the device's seal key; such a store has no ledger and is taken
//! over into a new one.
//!
//! All of it has one format, which the ledger's mark says: 1 had no ledger, 2 had one of four modalities, 3 is written. Older ones
//! are read, a later one is refused and left as it is.
//!
//! A piece is written in this order: new keys to the ledger, then the tree, flushed, then the ledger's account of it. So
//! the tree may be one piece ahead of the ledger, never behind it: where it is behind, it has lost something. What the
//! ledger says has left is gone, whatever the tree still has. Beside the folder may lie `.new`, a store that is being
//! built, `.old`, one that is being removed, `.damaged`, the files of a damaged one without keys, and `.lock`.
//!
//! In memory stands one small entry for each item, so that bounds are known without a scan.

mod account;
mod age;
mod bounds;
mod check;
mod entry;
mod examine;
mod ledger;
mod note;
#[allow(clippy::module_inception, reason = "it is the type that gives the module its name")]
mod outbox;
mod recover;
mod room;
mod salvage;
mod store;
mod swap;

pub use account::{Limits, Settled, Totals, Waiting};
pub use check::{Damage, Gone, Records, Repaired, Report, check, repair};
pub use entry::{About, Draft, Worth};
pub use ledger::{Reason, Turn};
pub use note::{Left, Note};
pub use outbox::Outbox;
pub(crate) use recover::is_there;
pub use recover::{Prepared, waiting_in};
pub(crate) use swap::lock as hold;

/// Its folder in the state folder.
pub const FOLDER: &str = "outbox";

#[cfg(test)]
mod tests;
