//! Keeps what is secret out of core dumps and swap.

use std::fmt;
use std::ops::Deref;

use region::LockGuard;

/// Lets the system write no image of this process's memory, and lets no other program of the same user look into it.
/// To be called first of all. Where the system refuses, it says so and goes on.
pub fn keep_out_of_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let nothing = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, nothing) {
            tracing::warn!(%error, "The system would write the memory of a crashed collector to a file.");
        }
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(%error, "Other programs of this user can read the collector's memory.");
        }
    }
}

/// A value whose memory is never written to swap, where the system allows that.
pub(crate) struct Locked<T> {
    // Dropped, and so wiped, before its memory is unlocked.
    value: Box<T>,
    _lock: Option<LockGuard>,
}

impl<T> Locked<T> {
    /// Locks the value's memory; where the system refuses, it says so and goes on.
    pub(crate) fn new(value: T) -> Self {
        let value = Box::new(value);
        let lock = region::lock(&raw const *value, size_of::<T>())
            .inspect_err(|error| tracing::warn!(%error, "The master key's memory cannot be locked; it may reach swap."))
            .ok();
        Self { value, _lock: lock }
    }
}

impl<T> Deref for Locked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Locked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked").finish_non_exhaustive()
    }
}
