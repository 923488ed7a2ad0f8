use std::net::SocketAddr;
use std::path::PathBuf;

use attune_analysis::AnalysisError;
use attune_ground::GroundError;
use attune_people::PeopleError;
use attune_sensing::SensingError;
use attune_settings::SettingsError;

/// Why the collector could not do something. Never carries a person's data.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// The configuration does not read, or holds what is not possible.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The configuration cannot be used.
    #[error("use the configuration: {0}")]
    Config(String),
    /// Others could reach the collector, and something that protects people from them is missing.
    #[error("listen on {address} (api.listen), where others reach it: {problem}")]
    Exposed {
        /// Where it would listen.
        address: SocketAddr,
        /// What is missing, and what to do.
        problem: String,
    },
    /// A file of the state folder cannot be read or written.
    #[error("use {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The store, a key or an address could not be used.
    #[error(transparent)]
    Ground(#[from] GroundError),
    /// A person or a device could not be looked up or made.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// Broker, ingest or sessions failed.
    #[error(transparent)]
    Sensing(#[from] SensingError),
    /// A part of the collector ended though nobody asked it to.
    #[error(
        "go on: {0} ended by itself; the log says why, and what was acknowledged is stored: start the collector again"
    )]
    Lost(&'static str),
    /// The log of consents was changed.
    #[error(
        "trust the log of consents: entry {0} does not follow from those before it, or is missing; see who could write to \
         the database, and put it back from a copy"
    )]
    Consents(i64),
    /// The collector that was asked how it is does not answer, or says that it is unwell.
    #[error("find the collector well: {0}")]
    Unwell(String),
    /// Models cannot be used.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

impl CollectorError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
