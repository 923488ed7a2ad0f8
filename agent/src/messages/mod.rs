//! Messages: what the person writes, read on their own device. A program of theirs hands them over, and only numbers stay.
//!
//! | step | module |
//! |---|---|
//! | the address at which messages are taken, from who has the token | `door` |
//! | what a request holds | `incoming` |
//! | what the person agreed to, and from when on | `agreed` |
//! | a queue with bounds, and the one thread that reads | `desk` |
//! | what was read of the messages of a window, until it is over | `pending`, `sums` |
//!
//! A message stays in memory until it is read, and is wiped then: it is written nowhere, logged nowhere and sent nowhere. The
//! numbers of a window become a record of modality text once it is over; a message that came late makes another one of its window.
//! The record goes the way of every other, through consent and gate; where the profile keeps what is read from text on the device, not
//! even that there was one leaves. What is taken and not yet a record when the program is killed is lost: it is said to be taken, and
//! not to be kept.
//!
//! Signs of distress are told to the person alone, on their own page, from memory: nothing of them is kept or sent.

mod agreed;
mod desk;
mod door;
mod incoming;
mod pending;
mod sums;
#[cfg(test)]
mod tests;

pub(crate) use agreed::Goes;
pub use desk::Messages;
pub(crate) use door::{PATH, door};
#[cfg(any(test, fuzzing))]
pub(crate) use incoming::handed_over;
pub(crate) use pending::Written;
