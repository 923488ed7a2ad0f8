use std::path::PathBuf;

use attune_analysis::AnalysisError;
use attune_protocol::ProtocolError;
use attune_protocol::registry::Modality;
use attune_settings::SettingsError;

/// Why the agent could not do something; reads after "failed to". Never carries samples or features.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A file of the agent's own, or a recording, cannot be read or written.
    #[error("{action} {path}: {source}")]
    File {
        /// Read, write and so on.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file reads, but does not say what it should.
    #[error("use {path}: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// The configuration does not read, or holds what is not possible.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The configuration is not valid.
    #[error("use the configuration: {0}")]
    Config(String),
    /// The device is not enrolled.
    #[error(
        "find an enrolled identity in {0}: run 'attune-agent enrol --broker mqtt://HOST:PORT --code CODE' with a code \
         from 'attune-collector enrol --user NAME'"
    )]
    NotEnrolled(PathBuf),
    /// The device was enrolled by a version that did not prove whose key it took for the collector's.
    #[error(
        "trust the collector in {0}: this device was enrolled in an older way, in which anybody could answer; run \
         'attune-agent enrol --again --broker mqtt://HOST:PORT --code CODE' with a new code"
    )]
    EnrolledLongAgo(PathBuf),
    /// The collector did not enrol the device.
    #[error("enrol: {0}")]
    Enrol(String),
    /// Neither a recording nor a source was named, and what was asked is of recordings alone.
    #[error(
        "find anything to play: name a --recording or one of --face, --voice, --motion and --heart; live devices are sensed \
         by 'attune-agent run' without --speed, --start, --skip and --loop"
    )]
    NoSources,
    /// A recording cannot be played.
    #[error("play {path} as {modality}: {problem}")]
    Source {
        /// What it should be a recording of.
        modality: Modality,
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// A wearable cannot be found, chosen or forgotten.
    #[error("{0}")]
    Wearable(String),
    /// The outbox could not be opened, read or written.
    #[error("use the outbox: {0}")]
    Outbox(#[from] sled::Error),
    /// The collector has not said that it knows the device by its new key.
    #[error(
        "hear over {0} that the collector knows the new key: it may know this device by either. Run the same command again; if it stays so, \
         see whether it is too old to know of new keys, or whether somebody else has this device's key and changed it before (then revoke \
         the device, and enrol it anew)"
    )]
    NewKey(String),
    /// The outbox belongs to another process.
    #[error("open the outbox in {0}: another attune-agent is running on this state folder")]
    OutboxInUse(PathBuf),
    /// An agent runs on the outbox that is to be looked at.
    #[error(
        "look at the outbox in {0}: an agent runs on it; 'attune-agent status' says what it holds. Its files can be looked at once \
         that agent has ended"
    )]
    OutboxBusy(PathBuf),
    /// Something of the outbox is damaged.
    #[error("find the outbox whole: {0} items that were kept cannot be read any more, as said above")]
    OutboxDamaged(u64),
    /// A flush has failed: what is durable is not known any more until the store is opened again.
    #[error("keep records: an earlier flush of the outbox failed, so the agent must be started again")]
    OutboxPoisoned,
    /// Samples or models could not be used.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// Bytes from outside were not accepted.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// A thread of the agent's own ended before its time.
    #[error("keep the {0} thread running: it ended before its time")]
    Thread(&'static str),
    /// The agent was asked to end while it read a recording: no failure of what it was asked to do.
    #[error("read on: the agent was asked to end")]
    Stopped,
    /// The agent that runs does not answer, and the system does not end it.
    #[error(
        "stop the agent at once: your decision is written down, and the agent looks at it before it keeps or sends \
         anything, but process {0} neither answers nor ends; restart this machine to be sure"
    )]
    StillRunning(u32),
    /// The agent that runs does not answer what is asked of it.
    #[error(
        "hear from the agent that runs (process {0}): it does not answer; end it, and give the command again: without an \
         agent it is done here"
    )]
    Silent(u32),
    /// The agent that runs could not do what was asked of it; reads after "failed to".
    #[error("have it done by the agent that runs, which failed to {0}")]
    Agent(String),
    /// What the person says of themselves is not kept, for a reason that they can change.
    #[error("keep a check-in: {0}")]
    CheckIn(String),
    /// A configuration file cannot be changed, or setting up was ended.
    #[error("set up: {0}")]
    Setup(String),
    /// Something is wrong on this device.
    #[error("find all in order: {0} of what was looked at is wrong, as said above")]
    Unwell(usize),
    /// Standard output was closed.
    #[error("write to standard output: {0}")]
    Output(std::io::Error),
}

impl AgentError {
    /// The status with which the program ends.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::OutboxDamaged(_) => 3,
            Self::OutboxBusy(_) => 4,
            _ => 1,
        }
    }

    pub(crate) fn file(action: &'static str, path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File { action, path: path.to_owned(), source }
    }

    pub(crate) fn content(path: &std::path::Path, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), problem: problem.into() }
    }
}
