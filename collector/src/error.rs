use std::net::SocketAddr;
use std::path::PathBuf;

use attune_analysis::AnalysisError;
use attune_analysis::indicators::AssessmentError;
use attune_protocol::ProtocolError;
use attune_settings::SettingsError;

use crate::demo::DemoError;

/// Why the collector could not do something. Never carries a person's data.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// The configuration does not read, or holds what is not possible.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The configuration cannot be used.
    #[error("use the configuration: {0}")]
    Config(String),
    /// A file of the state folder cannot be read or written.
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
    /// The broker could not be started or reached.
    #[error("use the broker: {0}")]
    Broker(String),
    /// Bytes do not read as what they should be.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A stored assessment does not read.
    #[error(transparent)]
    Assessment(#[from] AssessmentError),
    /// Models cannot be used.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// The demonstration ended early.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// A picture of a session could not be made.
    #[error("draw the picture: {0}")]
    Picture(String),
    /// What is stored breaks a rule that this program keeps.
    #[error("read the database: {0}")]
    Corrupt(&'static str),
    /// A person whose data key is gone: everything of theirs was erased.
    #[error("open a person's data: their key was erased")]
    Erased,
}

impl CollectorError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
