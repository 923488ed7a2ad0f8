//! Copies of a collector: made while it runs, checked, and put back; and another master key.
//!
//! **What there is.** Data: one file a run, `data-<UTC time>.attune-backup`, as many as somebody likes to keep. Keys: the one file
//! `keys.attune-backup`, which is overwritten. The keys of people are in the second only, and never in the first: a copy of the data
//! from before an erasure opens with the newest keys all but who was erased. So there is one copy of the keys, and never one of before.
//!
//! **Where an erasure finds it.** A copy of the keys holds a key that is destroyed until it is renewed. Where `backup.to` is set the
//! collector does that at once, as a part of the erasure: the receipt says whether it was, `/health` says when it cannot be, and it is
//! tried again each minute. It is renewed within a minute, too, when somebody joins.
//!
//! **What opens them.** The recovery key: made once, kept elsewhere, on paper or on a stick. The collector knows its public half only
//! (`recovery.pub` in the state folder), so nothing secret is needed to make a copy, and who takes the machine cannot open older ones.
//! The copy of the keys has the master key in it; the one of the data has the collectors' own secrets (for signing and for tags), which
//! lie under the master key in the database: so a copy of the data goes with the newest keys also when the master key was rotated
//! between. The copy of the keys has the keys with which the collectors sign, too: devices pin those, and a copy of the data from before
//! they were exchanged goes with the newest. A machine that burnt needs three things: a copy of the data, the copy of the keys, the recovery key.
//!
//! **How it is written.** [`sealed`]: chunks of a megabyte, compressed, AES-256-GCM, each bound to its number and to whether it is the
//! last; a sum at the end, by which damage is found without any key. [`rows`]: a version, then all rows, the same of both kinds of
//! database, so that a copy of one is restored into the other. The rows are read in one transaction (SQLite in its write-ahead log,
//! Postgres repeatable-read): nobody who writes waits, and SQLite's log grows while it lasts. A file gets its name once it is whole and
//! on the disk.
//!
//! **How it is put back.** Into nothing only; the tables are made by the steps that the copy names, in one transaction, references are
//! checked last. `restoring.toml` lies in the state folder until all of it is there: nothing starts beside it, and what was cut short is
//! begun anew. Whoever had signed in has to do so again, as nobody knows whose sign-in was ended since.
//!
//! **Another master key.** `master.key.next` is written, then the keys of people lie under it, in one transaction that says so among
//! them, then in one more the collectors' own secrets and what is found by tags under the master key; then it takes the place of
//! `master.key`, whose bytes are overwritten. Cut anywhere, it is gone on with at the next start. Whoever has the key of before makes no
//! key any more. Nobody else may run meanwhile; other machines are given the new `master.key`.

mod command;
mod error;
mod folder;
mod keeping;
mod making;
mod progress;
mod recovery;
mod restore;
mod rotation;
mod rows;
mod sealed;
#[cfg(test)]
mod tests;
mod verify;

use std::path::{Path, PathBuf};

pub(crate) use command::commands;
pub use command::renew_key_copy;
use error::BackupError;
pub use keeping::keep_key_copy;
pub use rotation::go_on_rotating;

/// Where the public half of the recovery key lies: beside the master key.
fn recovery_path(key: &Path) -> PathBuf {
    key.with_file_name("recovery.pub")
}
