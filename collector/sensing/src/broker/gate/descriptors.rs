//! How many files and sockets this process may have open.

/// Enough for the gate, the API and the database; a limit far above costs some programs time at every start of another.
const ENOUGH: u64 = 65_536;
/// What systems allow at least, where they do not say what they allow.
const UNSAID: u64 = 256;

/// Raises the soft limit as far as it may be, and gives what it is then.
pub(crate) fn raised() -> usize {
    let limit = rlimit::increase_nofile_limit(ENOUGH).unwrap_or(UNSAID);
    usize::try_from(limit.min(ENOUGH)).unwrap_or(usize::MAX)
}
