//! When the person said last how they are: it outlives the record, which leaves with its acknowledgement.

use crate::outbox::{Note, Outbox};

/// Holds Unix milliseconds; empty where that was forgotten.
const CHECK_IN_NOTE: &str = "check-in";

/// The note of an instant, Unix milliseconds, or that there is none any more.
pub(super) fn checked_in(at: Option<i64>) -> Note<'static> {
    Note { name: CHECK_IN_NOTE, bytes: at.map(|at| at.to_be_bytes().to_vec()).unwrap_or_default() }
}

/// When the person said last how they are, Unix milliseconds, as an outbox holds it.
pub(crate) fn last_check_in(outbox: &Outbox) -> Option<i64> {
    Some(i64::from_be_bytes(outbox.note(CHECK_IN_NOTE)?.try_into().ok()?))
}
