//! What an outbox remembers beside its items: when the person said last how they are, which outlives the record that leaves with its
//! acknowledgement, and which run of the agent this is.

use crate::AgentError;
use crate::outbox::{Note, Outbox};

/// Holds Unix milliseconds; empty where that was forgotten.
const CHECK_IN_NOTE: &str = "check-in";

/// Holds the number of the newest run.
const RUN_NOTE: &str = "run";

/// The number of a run that begins, which is above those of all runs before, whatever became of the clock: the second in which it
/// begins, or one more than the number before. It is durable when this returns.
///
/// # Errors
/// When the outbox cannot be written.
pub(crate) fn begin_run(outbox: &Outbox, now_millis: i64) -> Result<u32, AgentError> {
    let before = outbox.note(RUN_NOTE).and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
    let second = u32::try_from(now_millis / 1000).unwrap_or(0);
    let run = before.map_or(second, |before| second.max(before.saturating_add(1)));
    outbox.append(&[], &[Note { name: RUN_NOTE, bytes: run.to_be_bytes().to_vec() }], now_millis)?;
    Ok(run)
}

/// The note of an instant, Unix milliseconds, or that there is none any more.
pub(super) fn checked_in(at: Option<i64>) -> Note<'static> {
    Note { name: CHECK_IN_NOTE, bytes: at.map(|at| at.to_be_bytes().to_vec()).unwrap_or_default() }
}

/// When the person said last how they are, Unix milliseconds, as an outbox holds it.
pub(crate) fn last_check_in(outbox: &Outbox) -> Option<i64> {
    Some(i64::from_be_bytes(outbox.note(CHECK_IN_NOTE)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use attune_protocol::seal::SealKey;

    use super::*;
    use crate::outbox::Limits;

    #[test]
    fn runs_rise_over_starts_also_where_the_clock_was_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let begin = |now_millis| {
            let limits = Limits { bytes: 1 << 20, age_millis: i64::MAX };
            let outbox =
                Outbox::open(&folder.path().join("outbox"), SealKey::from_secret([9; 32]), 1, limits, 0).unwrap();
            begin_run(&outbox, now_millis).unwrap()
        };
        assert_eq!([begin(5_000_900), begin(5_000_950), begin(1000), begin(9_000_000)], [5000, 5001, 5002, 9000]);
    }
}
