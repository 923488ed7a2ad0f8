//! What an outbox holds and has lost, for who looks at it while no agent runs; and its repair.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use attune_protocol::record::Dropped;
use attune_protocol::registry::Modality;
use attune_protocol::seal::SealKey;
use attune_protocol::window::Window;
use jiff::Timestamp;
use serde::Serialize;

use super::account::Limits;
use super::examine::{Examined, examine};
use super::ledger::{FORMAT, Reason, Turn};
use super::note::{LEFT, Left};
use super::recover::{self, Contents};
use super::room;
use super::store;
use super::swap::{self, Before};
use crate::AgentError;

/// Version of what is said.
const VERSION: u32 = 1;

/// What an outbox holds and has lost. No feature of anything, and nothing of how anybody is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    version: u32,
    /// In which format it was written.
    pub format: u8,
    /// The format that this program writes: an older one is taken over at the next start.
    pub newest_format: u8,
    /// Its epoch; in words, since it has more digits than a number of JSON keeps.
    pub epoch: String,
    /// The enrolment under which it was begun.
    pub enrolment: u32,
    /// Whether the device has another enrolment by now: all of this is removed at the next start.
    pub is_of_before: bool,
    /// Records that wait, by modality.
    pub waiting: Vec<Records>,
    /// Changes of consent and counts of what was dropped that wait.
    pub told: u64,
    /// Bytes of all that waits, and the most there may be.
    pub bytes: u64,
    /// `outbox.max_bytes`.
    pub max_bytes: u64,
    /// Bytes of its files, and the most there may be.
    pub disk_bytes: u64,
    /// Of a full outbox; beyond what is due for what waits now, it is written anew while the agent runs.
    pub max_disk_bytes: u64,
    /// Bytes of a damaged store that was set aside without its keys.
    pub aside_bytes: u64,
    /// What is damaged now; nothing where all that was durable is there.
    pub damage: Option<Damage>,
    /// Records that left because of a limit, since the enrolment.
    pub dropped: Left,
    /// What is to be told to the collector of what is gone, and was not acknowledged yet.
    pub to_be_told: Vec<Gone>,
    /// Items that were damaged before, since the enrolment.
    pub damaged_before: u64,
    /// Items that were lost before, since the enrolment.
    pub lost_before: u64,
    /// The last new epochs that it began by itself.
    pub turns: Vec<Turn>,
}

/// Records of one modality.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Records {
    /// Which.
    pub modality: Modality,
    /// How many.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Start of the first window.
    pub first: Timestamp,
    /// Start of the last one.
    pub last: Timestamp,
}

/// What is damaged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Damage {
    /// What happened, reading after "because".
    pub why: &'static str,
    /// Items that were durable once and cannot be read any more.
    pub lost: u64,
    /// What is known of them.
    pub of: Vec<Gone>,
}

/// Records that are gone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Gone {
    /// Of which modality.
    pub modality: Modality,
    /// The most there can have been.
    pub records: u32,
    /// Start of the first window.
    pub first: Timestamp,
    /// Start of the last one.
    pub last: Timestamp,
}

/// What a repair did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Repaired {
    /// Items that went into the fresh store.
    pub carried: u64,
    /// Items that could not.
    pub lost: u64,
    /// Bytes of the damaged store, which is set aside without its keys; none where an older format was taken over.
    pub aside_bytes: u64,
}

/// Looks at the outbox of a folder and changes nothing; `None` where there is none. `enrolment` is the one that the device has now.
///
/// # Errors
/// When an agent uses it, a later program has kept it, or the system refuses.
pub fn check(folder: &Path, key: SealKey, enrolment: u32, limits: Limits) -> Result<Option<Report>, AgentError> {
    let _held = swap::hold_off(folder)?;
    let Some(examined) = examine(folder, &Arc::new(key), enrolment)? else { return Ok(None) };
    let place = swap::place(folder);
    let report = report(&examined, enrolment, limits, (room::taken(&place)?, room::taken(&swap::aside(folder))?));
    Ok(Some(report))
}

/// Copies what is intact of a damaged outbox, or of one of an older format, into a fresh one under a new epoch, which tells the
/// collector what is gone. `None` where nothing is to be repaired.
///
/// The files are not changed before the fresh store is whole on the disk. A damaged one is then set aside without its keys, so that
/// nothing in it can be opened, and goes after fourteen days; one of an older format is removed, for its key is the device's own.
///
/// # Errors
/// When an agent uses it, there is no room for a fresh one, it is another enrolment's, or the system refuses.
pub fn repair(folder: &Path, key: SealKey, enrolment: u32, now_millis: i64) -> Result<Option<Repaired>, AgentError> {
    let _held = swap::lock(folder)?;
    swap::finish(folder)?;
    let device = Arc::new(key);
    let Some(Examined { head, contents, reason, .. }) = examine(folder, &device, enrolment)? else { return Ok(None) };
    if head.enrolment != enrolment {
        let problem =
            "it was kept under an enrolment before: nothing of it is sent any more, and the next run removes it";
        return Err(AgentError::content(folder, problem));
    }
    let Some(reason) = reason else { return Ok(None) };
    room::must_have(folder, contents.bytes())?;
    let before = if reason == Reason::Older { Before::Removed } else { Before::SetAside };
    let (carried, lost) = (contents.items().len() as u64, contents.gone());
    drop(recover::turn(folder, &device, &head, &contents, reason, before, now_millis)?);
    let aside_bytes = if before == Before::SetAside { room::taken(&swap::aside(folder))? } else { 0 };
    Ok(Some(Repaired { carried, lost, aside_bytes }))
}

fn report(examined: &Examined, enrolment: u32, limits: Limits, (disk_bytes, aside_bytes): (u64, u64)) -> Report {
    let Examined { format, head, contents, reason } = examined;
    let damaged = reason.filter(|reason| *reason != Reason::Older);
    let to_be_told = contents.items().values().filter_map(|draft| Dropped::decode(draft.bytes()).ok());
    let (waiting, told) = waiting(contents);
    Report {
        version: VERSION,
        format: *format,
        newest_format: FORMAT,
        epoch: head.epoch.0.to_string(),
        enrolment: head.enrolment,
        is_of_before: head.enrolment != enrolment,
        waiting,
        told,
        bytes: contents.bytes(),
        max_bytes: limits.bytes,
        disk_bytes,
        max_disk_bytes: room::bound(limits.bytes),
        aside_bytes,
        damage: damaged.map(|reason| Damage {
            why: reason.words(),
            lost: contents.gone(),
            of: contents.missing().iter().filter(|dropped| dropped.count > 0).map(gone).collect(),
        }),
        dropped: contents.notes().get(LEFT).and_then(|bytes| Left::decode(bytes)).unwrap_or_default(),
        to_be_told: to_be_told.map(|dropped| gone(&dropped)).collect(),
        damaged_before: head.damaged,
        lost_before: head.lost,
        turns: head.turns.clone(),
    }
}

fn waiting(contents: &Contents) -> (Vec<Records>, u64) {
    let (mut of, mut told) = (BTreeMap::<Modality, Records>::new(), 0);
    for draft in contents.items().values() {
        let about = draft.about();
        if !about.worth.is_record() {
            told += 1;
            continue;
        }
        let at = instant(about.window);
        let new = Records { modality: about.modality, records: 0, bytes: 0, first: at, last: at };
        let records = of.entry(about.modality).or_insert(new);
        records.records += 1;
        records.bytes += u64::from(store::length(draft.sealed_len()));
        (records.first, records.last) = (records.first.min(at), records.last.max(at));
    }
    (of.into_values().collect(), told)
}

fn gone(dropped: &Dropped) -> Gone {
    let Dropped { modality, first, last, count } = *dropped;
    Gone { modality, records: count, first: instant(first), last: instant(last) }
}

fn instant(window: Window) -> Timestamp {
    Timestamp::from_millisecond(window.start_millis()).unwrap_or_default()
}
