//! Looks at what the files of an outbox hold without a change of any of them.
//!
//! sled changes files as it opens them, and cuts off what it does not take for whole. So it opens a copy of its own files, in a folder
//! of this machine for what passes. The ledger is read where it lies: keys are copied nowhere, so nothing in the copy opens.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use attune_protocol::seal::SealKey;

use super::ledger::{FORMAT, Found, Head, Ledger, Read, Reason};
use super::recover::{self, Contents, Sled};
use super::salvage;
use super::store::{self, Closed};
use super::swap;
use crate::AgentError;

/// What was found.
pub(super) struct Examined {
    /// In which format it was written.
    pub(super) format: u8,
    /// What its ledger says of all of it; one that begins where there is none.
    pub(super) head: Head,
    /// What is intact, and an account of the rest.
    pub(super) contents: Contents,
    /// Why a new epoch is to begin; `None` where it holds all that was durable once.
    pub(super) reason: Option<Reason>,
}

/// Looks at the outbox of a folder; `None` where there is none. Nobody may use it meanwhile.
pub(super) fn examine(folder: &Path, device: &Arc<SealKey>, enrolment: u32) -> Result<Option<Examined>, AgentError> {
    let place = swap::place(folder);
    let is_new = !place.join("db").exists();
    match Ledger::read(&place, device)? {
        Found::Later => Err(recover::of_a_later_program(folder)),
        Found::Nothing | Found::Damaged if is_new => Ok(None),
        Found::Whole(read) if is_new && read.ledger.head.next == 0 => Ok(None),
        Found::Nothing => without_ledger(&place, device, enrolment, (1, Reason::Older)).map(Some),
        Found::Damaged => without_ledger(&place, device, enrolment, (FORMAT, Reason::Damaged)).map(Some),
        Found::Whole(read) => of_ledger(&place, device, &read).map(Some),
    }
}

fn without_ledger(
    place: &Path,
    device: &Arc<SealKey>,
    enrolment: u32,
    (format, reason): (u8, Reason),
) -> Result<Examined, AgentError> {
    let copy = Copy::of(place)?;
    let sled = match copy.open()? {
        Ok(db) => Sled::read(&db).unwrap_or_default(),
        Err(Unreadable) => Sled::default(),
    };
    let reason = sled.without_ledger(reason);
    let format = if reason == Reason::Older { format } else { FORMAT };
    let (epoch, contents) = recover::without_keys(sled, device);
    Ok(Examined { format, head: Head::begin(epoch, enrolment), contents, reason: Some(reason) })
}

fn of_ledger(place: &Path, device: &Arc<SealKey>, read: &Read) -> Result<Examined, AgentError> {
    let wanted: BTreeSet<u64> = read.rows.iter().flat_map(|(first, row)| row.held(*first)).collect();
    let salvage = salvage::scan(place, &read.ledger, device, &wanted)?;
    let copy = Copy::of(place)?;
    let (sled, reason) = match copy.open()? {
        Ok(db) => match Sled::read(&db) {
            Some(sled) if sled.proves(read, &wanted) => (sled, None),
            Some(sled) => (sled, Some(Reason::Damaged)),
            None => (Sled::default(), Some(Reason::Unreadable)),
        },
        Err(Unreadable) => (Sled::default(), Some(Reason::Unreadable)),
    };
    let contents = match reason {
        None => recover::held(read, &sled, &wanted, device),
        Some(_) => recover::gather(read, sled, salvage, &wanted, device),
    };
    // What does not open in a tree that reads costs nobody else a new epoch: it is counted when it is to be sent.
    let reason = reason.or_else(|| contents.is_damaged().then_some(Reason::Damaged));
    Ok(Examined { format: read.format, head: read.ledger.head.clone(), contents, reason })
}

struct Unreadable;

/// A copy of sled's files, gone when dropped.
struct Copy(PathBuf);

impl Copy {
    fn of(place: &Path) -> Result<Self, AgentError> {
        let name = format!("attune-outbox-{}-{:08x}", std::process::id(), getrandom::u32().unwrap_or_default());
        let copy = Self(std::env::temp_dir().join(name));
        let made = copy.fill(place);
        made.map_err(|source| AgentError::File {
            action: "copy the outbox's files to look at them (TMPDIR names a folder with more room) into",
            path: copy.0.clone(),
            source,
        })?;
        Ok(copy)
    }

    fn fill(&self, place: &Path) -> std::io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)?;
        for folder in ["", "blobs"] {
            let Ok(entries) = fs::read_dir(place.join(folder)) else { continue };
            if !folder.is_empty() {
                builder.create(self.0.join(folder))?;
            }
            for entry in entries {
                let entry = entry?;
                let is_sleds = !entry.file_name().to_string_lossy().starts_with("ledger.");
                if is_sleds && entry.file_type()?.is_file() {
                    fs::copy(entry.path(), self.0.join(folder).join(entry.file_name()))?;
                }
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Result<sled::Db, Unreadable>, AgentError> {
        match store::open_sled(&self.0) {
            Ok(db) => Ok(Ok(db)),
            Err(Closed::InUse) => Err(Closed::InUse.of(&self.0)),
            Err(Closed::Unreadable(_)) => Ok(Err(Unreadable)),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Nothing in it opens; where the system keeps it, it goes with all that lies there.
        let _ = fs::remove_dir_all(&self.0);
    }
}
