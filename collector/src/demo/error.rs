use std::path::PathBuf;
use std::process::ExitStatus;

use attune_ground::http::Problem;
use attune_people::{PeopleError, teams};

use crate::CollectorError;
use crate::simulate::SimulateError;

impl From<PeopleError> for DemoError {
    fn from(error: PeopleError) -> Self {
        Self::Organisation(error.to_string())
    }
}

impl From<teams::Refused> for DemoError {
    fn from(refused: teams::Refused) -> Self {
        Self::Organisation(Problem::from(refused).detail)
    }
}

/// Why the demonstration ended early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The collector could not be started or stopped.
    #[error(transparent)]
    Collector(#[from] CollectorError),
    /// The agent program is not there.
    #[error("find the agent at {path}: build it with `cargo build --workspace`, or name it with --agent")]
    AgentMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A program or folder could not be used.
    #[error("use {path}: {source}")]
    File {
        /// The program or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The agent ended before it should.
    #[error("keep the agent running: it ended with {status} while it should {task}; it said last:\n{said}")]
    AgentEnded {
        /// What it was there for.
        task: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        said: String,
    },
    /// The recording was not fused in time.
    #[error(
        "fuse the recording within {seconds} s: {windows} windows were fused by then; the agent said last:\n{said}"
    )]
    TooSlow {
        /// The limit.
        seconds: u64,
        /// How many windows there were.
        windows: usize,
        /// The end of the agent's log.
        said: String,
    },
    /// The made-up people could not be made.
    #[error("make up an organisation: {0}")]
    Organisation(String),
    /// Their days could not be made, taken in or rolled up.
    #[error(transparent)]
    MadeUp(#[from] SimulateError),
    /// There is nothing to sense with.
    #[error("find a device to sense with: {0}")]
    NoDevices(String),
    /// Everything was sent, and nothing of it made a session.
    #[error("see a fused window: the agent has sent all that it sensed and nothing in it made a session")]
    NothingFused,
    /// Somebody pressed Ctrl-C before `--once` was done.
    #[error("play the recording to its end: interrupted")]
    Interrupted,
}
