//! Keeps the keys of this process out of what a crash leaves on the disk, its files from others, and it from what it does not need.

#[cfg(target_os = "linux")]
mod confined;

#[cfg(target_os = "linux")]
pub use confined::{confine, confines};

use tracing::warn;

/// No core dumps, and no other process of the same user may read this one's memory.
///
/// Where the system refuses, it is said and goes on: nothing else depends on it.
pub fn forbid_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
            warn!(%error, "core dumps of this process stay possible");
        }
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        warn!(%error, "the memory of this process stays readable for others of the same user");
    }
}

/// How far a system can hold a process to its own folders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Confines {
    /// In all that is asked for.
    Whole,
    /// In some of it: the system is too old for the rest.
    InPart,
    /// Not at all.
    Not,
}

/// Other systems have no such thing, or need a signed program for it.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn confines() -> Confines {
    Confines::Not
}

/// See [`confines`].
#[cfg(not(target_os = "linux"))]
pub fn confine(_: &[std::path::PathBuf], _: bool) {}

/// Files that this process makes are for their owner alone, whoever makes them: the store of the outbox makes its own.
pub fn close_new_files() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn a_process_that_forbids_dumps_writes_none() {
        super::forbid_dumps();
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert!(core.split_whitespace().filter(|word| *word == "0").count() == 2, "{core}");
        let dumpable = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(dumpable, rustix::process::DumpableBehavior::NotDumpable);
    }
}
