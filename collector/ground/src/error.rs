use std::net::SocketAddr;
use std::path::PathBuf;

use attune_protocol::ProtocolError;

use crate::damage::Damaged;

/// Why the store, a key or an address could not be used. Never carries a person's data.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// The configuration cannot be used.
    #[error("use the configuration: {0}")]
    Config(String),
    /// A file cannot be read or written.
    #[error("use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate or its key cannot be used.
    #[error("use the TLS certificate, {path}: {problem}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An address is taken or not ours.
    #[error("listen on {address} ({key}): {source}; end the program that uses it or set {key} to another")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The configuration key that names it.
        key: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no database yet where one is needed.
    #[error(
        "find a database at {place}; `attune-collector serve` makes one: name its folder with --state, or its database"
    )]
    NoDatabase {
        /// Where it was looked for, without a password.
        place: String,
    },
    /// The database has not been brought to this version: a collector of before may run on it.
    #[error(
        "use the database {place}: it is of an earlier version; end the collector of before and run `attune-collector serve` of \
         this version, which brings it here"
    )]
    Earlier {
        /// The database, without a password.
        place: String,
    },
    /// A database is there, and the key that opens it is not.
    #[error(
        "read {path}: the database {place} was made with a master key that should lie there; put it back from a copy"
    )]
    NoMasterKey {
        /// Where it should be.
        path: PathBuf,
        /// The database, without a password.
        place: String,
    },
    /// The key beside the database opens nothing in it.
    #[error("use the database: the master key is not the one that it was made with")]
    OtherMasterKey,
    /// The database was made with keys of people that are not there. New ones are never made in their place.
    #[error(
        "find the keys of people at {keys}: what the database {place} holds is sealed under keys that should lie there, and opens \
         with no others; put them back from their copy, or name their place with database.keys, which all collectors of a \
         database share"
    )]
    NoKeys {
        /// Where they should be, without a password.
        keys: String,
        /// The database, without a password.
        place: String,
    },
    /// The keys of people lie under another master key than this program's.
    #[error(
        "make a key for a person: the master key was rotated, and this program has the one of before; put the new master.key of the \
         collector that rotated it into the state folder, and start again"
    )]
    Rotated,
    /// A rotation of the master key was cut short.
    #[error(
        "use {path}: a rotation of the master key was cut short; start the collector, or run `attune-collector rotate-master-key` \
         again: either ends it"
    )]
    Rotating {
        /// The key that was to be.
        path: PathBuf,
    },
    /// A restore was cut short.
    #[error(
        "use what {path} stands beside: a restore was cut short; run `attune-collector restore` again, which begins anew"
    )]
    Restoring {
        /// What says so.
        path: PathBuf,
    },
    /// Somebody else is at work on a database that is to be had alone.
    #[error(
        "have the database at {place} alone: a collector, or a restore, is at work on it or on its keys; end it, or wait for its end, and try \
         again"
    )]
    AtWork {
        /// Where it is, without a password.
        place: String,
    },
    /// The keys of people are of another database.
    #[error(
        "use the keys of people at {keys}: they are of another database than {place}; put those of this one there, or name \
         another place with database.keys: nothing of them was changed"
    )]
    OtherKeys {
        /// Where they are, without a password.
        keys: String,
        /// The database, without a password.
        place: String,
    },
    /// The keys of people were to lie where a collector's database is.
    #[error(
        "keep the keys of people at {place}: a collector has its database there, whose copies would hold them; name a database of \
         their own with database.keys"
    )]
    KeysInDatabase {
        /// The place, without a password.
        place: String,
    },
    /// The file of the keys of people is damaged.
    #[error("read the keys of people at {place}: it is damaged; put the newest copy of the keys back there")]
    DamagedKeys {
        /// The place.
        place: String,
    },
    /// The keys of people could not be moved out of the database. They are where they were.
    #[error("move the keys of people from the database to {keys}: {problem}; nothing was removed")]
    KeysNotMoved {
        /// Where they were to go, without a password.
        keys: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The keys of people could not be brought to this version's tables.
    #[error("bring the keys of people at {place} to this version: {source}")]
    MigrateKeys {
        /// Where they are, without a password.
        place: String,
        /// What was said.
        source: sqlx::migrate::MigrateError,
    },
    /// Another collector works with the state folder.
    #[error("use the state folder {path}: another collector runs on it{holder}")]
    Taken {
        /// The folder.
        path: PathBuf,
        /// Which process it is, where that is known.
        holder: String,
    },
    /// The state folder is not the collector's own.
    #[error("use the state folder {path}: it {problem}")]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The database cannot be opened at all.
    #[error("open the database {place}: {source}; {advice}")]
    Unopened {
        /// Where it is, without a password.
        place: String,
        /// What it said.
        source: sqlx::Error,
        /// What to do.
        advice: String,
    },
    /// The database refused something.
    #[error("use the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database could not be brought to this version's tables.
    #[error("bring the database to this version: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database was made by an earlier version, and not by one that is known here.
    #[error(
        "bring the database to this version: its migrations {found:?} are not those of the version that it can be taken \
         over from; open it once with that version, or take another database"
    )]
    Unadoptable {
        /// The early migrations that it holds.
        found: Vec<i64>,
    },
    /// Bytes do not read as what they should be.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// What is stored breaks a rule that this program keeps.
    #[error("read the database: {0}")]
    Corrupt(&'static str),
    /// A row is damaged. It is counted, and left out wherever that can be done.
    #[error("open what is stored ({0}): it is damaged; put the database back from a copy")]
    Damaged(Damaged),
    /// Whoever was to take something has left.
    #[error("finish what nobody waits for any more")]
    Abandoned,
    /// A person whose data key is gone: everything of theirs was erased.
    #[error("open a person's data: their key was erased")]
    Erased,
}

impl GroundError {
    /// Whether the database itself could not be used, whatever was asked of it: it is out of reach, locked or full.
    #[must_use]
    pub fn is_of_the_database(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            // SQLite says BUSY, LOCKED, IOERR and FULL by the low byte of its code; Postgres has classes of two letters.
            sqlx::Error::Database(told) => told.code().is_some_and(|code| match code.parse::<u32>() {
                Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13),
                _ => matches!(code.get(..2), Some("08" | "53" | "55" | "57" | "58")),
            }),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => {
                true
            }
            _ => false,
        }
    }

    /// Whether the database had no time for what was asked of it, or could not be reached: later it may.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            // SQLite's BUSY and LOCKED; of Postgres connections that break, too many of them, locks, transactions that it gave
            // up for another one, and a server that starts or ends.
            sqlx::Error::Database(told) => told.code().is_some_and(|code| match code.parse::<u32>() {
                Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6),
                _ => {
                    code.starts_with("08")
                        || code.starts_with("57P")
                        || matches!(&*code, "53300" | "55P03" | "40001" | "40P01")
                }
            }),
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
            _ => false,
        }
    }

    /// Whether the database has no room for what was to be written: later it may.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let Self::Database(sqlx::Error::Database(told)) = self else { return false };
        // SQLite's FULL, by the low byte of its code, and disk_full of Postgres.
        told.code().is_some_and(|code| match code.parse::<u32>() {
            Ok(number) if code.len() < 5 => number & 0xff == 13,
            _ => code == "53100",
        })
    }

    /// Gives an error of the system the file that it is about.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
