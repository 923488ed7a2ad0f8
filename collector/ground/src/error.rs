use std::net::SocketAddr;
use std::path::PathBuf;

use attune_protocol::ProtocolError;

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
    /// A person whose data key is gone: everything of theirs was erased.
    #[error("open a person's data: their key was erased")]
    Erased,
}

impl GroundError {
    /// Gives an error of the system the file that it is about.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
