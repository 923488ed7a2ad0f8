//! Letters between a person and HR: threads on one subject, sealed under the person's key.
//!
//! Either side begins one; HR sees all of them, and of a person nothing but these. Whoever opens a page of a thread has read all up to its
//! last letter, and whoever writes has read nothing by that; each side sees up to where the other has read.

mod id;
mod read;
mod sealed;
mod side;
mod write;

pub(crate) use id::{Nonce, ThreadId, nonce, written};
#[cfg(test)]
pub(crate) use read::Opened;
pub(crate) use read::{
    Everybody, Page, Thread, find, letters, of_everybody, of_people, of_person, page, unread, unread_by_hr,
};
#[cfg(test)]
pub(crate) use sealed::Said;
pub(crate) use sealed::{letter_at, thread_at};
pub(crate) use side::Side;
#[cfg(test)]
pub(crate) use write::MOST_AN_HOUR;
pub(crate) use write::{LONGEST, LONGEST_SUBJECT, Letter, MOST_LETTERS, Writer, open, reply};
