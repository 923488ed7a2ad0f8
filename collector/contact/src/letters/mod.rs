//! Letters between a person and HR: threads on one subject, sealed under the person's key.
//!
//! Either side begins one; HR sees all of them, and of a person nothing but these. Whoever writes has read what they answer, and whoever opens
//! a thread all of it; each side sees up to where the other has read.

mod read;
mod sealed;
mod write;

pub(crate) use read::{Everybody, Opened, Thread, letters, names, note_read, of_everybody, of_person, whose};
#[cfg(test)]
pub(crate) use sealed::Said;
pub(crate) use sealed::{ThreadId, letter_at, thread_at};
#[cfg(test)]
pub(crate) use write::MOST_AN_HOUR;
pub(crate) use write::{LONGEST, LONGEST_SUBJECT, Letter, Side, Writer, open, reply};
