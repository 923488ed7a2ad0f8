//! How many files and sockets this process may have open, and who may have how many of them.

/// Enough for the gate, the API and the database; a limit far above costs some programs time at every start of another.
const ENOUGH: u64 = 65_536;
/// What systems allow at least, where they do not say what they allow.
const UNSAID: u64 = 256;

/// The descriptors of this process, shared out: half are for devices at the broker's gate, a quarter for the API, and the
/// rest is kept for the database, the broker behind the gate and files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Descriptors(usize);

impl Descriptors {
    /// Raises the soft limit as far as it may be, and gives what there is then.
    #[must_use]
    pub fn raised() -> Self {
        let limit = rlimit::increase_nofile_limit(ENOUGH).unwrap_or(UNSAID);
        Self::of(usize::try_from(limit.min(ENOUGH)).unwrap_or(usize::MAX))
    }

    /// So many in all.
    #[must_use]
    pub const fn of(all: usize) -> Self {
        Self(all)
    }

    /// For devices.
    #[must_use]
    pub const fn for_devices(self) -> usize {
        self.0 / 2
    }

    /// For clients of the API.
    #[must_use]
    pub const fn for_clients(self) -> usize {
        self.0 / 4
    }
}
