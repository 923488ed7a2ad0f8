//! How many files and sockets this process may have open.

/// Enough for the gate, the API and the database; a limit far above costs some programs time at every start of another.
#[cfg(unix)]
const ENOUGH: u64 = 65_536;

/// Raises the soft limit as far as it may be, and gives what it is then.
#[cfg(unix)]
pub(crate) fn raised() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let most = now.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let has = now.current.unwrap_or(ENOUGH);
    if has >= most {
        return usize::try_from(has.min(ENOUGH)).unwrap_or(usize::MAX);
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: now.maximum });
    usize::try_from(if raised.is_ok() { most } else { has }).unwrap_or(usize::MAX)
}

/// Without such a limit, as many as the gate can use.
#[cfg(not(unix))]
pub(crate) fn raised() -> usize {
    usize::MAX
}
