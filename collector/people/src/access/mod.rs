//! Who read what of whom: each read of a person's data by somebody else than that person, and acts that weigh, in an append-only
//! log whose entries are chained as those of consents are. The person sees what was read of them.
//!
//! An entry names a login, the role in which it asked, a person, the route or act, and when; never what was read.

mod command;
mod entry;
mod watch;
mod words;

pub(crate) use command::{command, copy};
pub use entry::{Act, By, Note, Of, newest, note, of_person, read, read_of_user};
pub(crate) use entry::{SERVICE, User, by_login, check, users_dated, users_since};
pub(crate) use watch::watch;
pub(crate) use words::{role, to_who_oversees, to_whose_it_is};

use attune_ground::ledger::Ledger;

use crate::consent;

/// The log, and what of it is hashed.
pub static LEDGER: Ledger = Ledger {
    name: "access",
    prefix: b"attune access 1",
    log: "access_log",
    head: "access_head",
    bytes: &["person", "login", "detail"],
    texts: &["role", "what"],
    numbers: &["at"],
    begins_weaker: false,
};

/// Every chained log of this subject.
pub static LEDGERS: [&Ledger; 2] = [&consent::LEDGER, &LEDGER];

#[cfg(test)]
mod tests;
