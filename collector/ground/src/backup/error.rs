use std::path::PathBuf;

use crate::GroundError;

/// Why a copy could not be made, read or put back. Its text follows the words "failed to", and carries no person's data.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackupError {
    /// No recovery key was ever made.
    #[error(
        "seal a copy: there is no recovery key yet, whose public half lies at {path}; make one with `attune-collector backup \
         --new-recovery-key FILE`, and keep FILE elsewhere"
    )]
    NoRecovery {
        /// Where it would lie.
        path: PathBuf,
    },
    /// Another collector of the database was given a newer recovery key.
    #[error(
        "seal a copy: recovery.pub of this collector is that of another recovery key than the one for which copies of this database are \
         sealed; give recovery.pub to this collector from the one on which --new-recovery-key was said last"
    )]
    FormerRecovery,
    /// A file holds no recovery key, or one that was written off wrongly.
    #[error("read the recovery key {path}: expected a line that begins with {wanted}: and is whole")]
    NoRecoveryKey {
        /// The file.
        path: PathBuf,
        /// With what its line begins.
        wanted: &'static str,
    },
    /// Something is where nothing may be overwritten.
    #[error("write {path}: it is there already")]
    There {
        /// The file.
        path: PathBuf,
    },
    /// A copy could not be written.
    #[error("write {path}: {source}; nothing was left there")]
    Write {
        /// The file that was to be.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another one writes copies into the same folder.
    #[error("write copies into {path}: another backup is at work there")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// The copy of another collector's keys lies where this one's was to be written.
    #[error(
        "write the copy of the keys into {path}: that of another collector lies there, of which there is no other; name another folder \
         with --to, or with backup.to in the configuration"
    )]
    OthersFolder {
        /// The folder.
        path: PathBuf,
    },
    /// No folder is named.
    #[error("know where the copies are to go: name a folder with --to, or with backup.to in the configuration")]
    Nowhere,
    /// A file of a copy, with what is wrong.
    #[error("use {path}: {problem}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: Box<BackupError>,
    },
    /// It is no copy at all.
    #[error("it is no copy that `attune-collector backup` has made")]
    NoCopy,
    /// It is of a later version.
    #[error("it was made by a later version of attune-collector; use that one")]
    Later,
    /// It ends too early.
    #[error("it ends before its end: it was cut off, or was not copied whole; take another copy")]
    Cut,
    /// A chunk is not what was written.
    #[error("chunk {chunk} is not what was written there: it was changed, moved or damaged; take another copy")]
    Broken {
        /// Its number, from 0.
        chunk: u64,
    },
    /// The sum is another one.
    #[error("its sum is another one: it was changed or damaged; take another copy")]
    Sum,
    /// The recovery key does not open it.
    #[error("the recovery key does not open it: it was made for another one, or its beginning was changed")]
    OtherRecoveryKey,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(std::io::Error),
    /// It holds the other of the two.
    #[error("it holds {found}, and {wanted} are wanted here")]
    Other {
        /// What it holds.
        found: &'static str,
        /// What it should.
        wanted: &'static str,
    },
    /// Data and keys are not of one collector.
    #[error("it is of another collector than the copy of the data")]
    Foreign,
    /// What it says of itself does not fit.
    #[error("it does not hold together: {0}")]
    Odd(&'static str),
    /// Something is where a copy was to be put back.
    #[error(
        "restore: {what} is there already, and nothing is overwritten; name an empty state folder with --state and an empty database, \
         or move away what is there"
    )]
    NotEmpty {
        /// What is there.
        what: String,
    },
    /// Somebody works on the database.
    #[error(
        "restore: a collector, or another restore, is at work on the database at {place} or on its keys; end it, or wait for its end, and \
         try again"
    )]
    AtWork {
        /// Where it is.
        place: String,
    },
    /// Rows of the copy have no place in this database.
    #[error(
        "restore the table {table}: this database has other columns for it; use the version that has made the copy, {program}"
    )]
    OtherTable {
        /// The table.
        table: String,
        /// Version of the program.
        program: String,
    },
    /// Sealed rows do not open with the keys.
    #[error("open what is sealed in the copy: of {tried} people tried, {closed} did not open with these keys")]
    Closed {
        /// People of whom something was tried.
        tried: usize,
        /// Those of whom it does not open.
        closed: usize,
    },
    /// Another collector runs.
    #[error("rotate the master key: another collector runs on this database; end all of them first")]
    OthersRun,
    /// User ids would be lost.
    #[error(
        "rotate the master key: {0} user ids do not open, and nobody would be found by them any more; put the newest copy of the keys \
         back first, or say --give-up-damaged"
    )]
    Unopened(u64),
    /// Database, keys or files refused.
    #[error(transparent)]
    Ground(#[from] GroundError),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Ground(error.into())
    }
}

impl BackupError {
    /// Says of which file it is.
    pub(super) fn of(path: &std::path::Path) -> impl Fn(Self) -> Self {
        |problem| match problem {
            Self::Ground(_) | Self::File { .. } => problem,
            problem => Self::File { path: path.into(), problem: Box::new(problem) },
        }
    }
}
