//! What waits to be sent, as the agent that runs tells it or, without one, as the outbox has it.

use attune_analysis::baseline::Baseline;
use attune_protocol::ids::Seq;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::AgentError;
use crate::config::Config;
use crate::control::{self, Wish};
use crate::keeping::{self, Forgotten};
use crate::outbox::Waiting;

/// Items that are told at once.
pub(crate) const MOST_WAITING: usize = 1000;

/// What the agent that runs answers to a wish.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// Items that wait.
    Waiting(Vec<Listed>),
    /// What was forgotten.
    Forgotten(Forgotten),
    /// What was learnt, as it is stored, in hexadecimal digits.
    Learnt(String),
    /// It could not be done; reads after "failed to".
    Not(String),
    /// Where the own page opens, once.
    Address(String),
    /// The own page is switched off, or its port is taken.
    NoPage,
    /// What was said is kept.
    Said,
    /// What was said was not kept, for this reason, a sentence without a point.
    Unsaid(String),
}

/// An item that waits, as it travels.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Listed {
    /// Its place in the epoch.
    pub seq: u64,
    /// When it was kept, Unix milliseconds.
    pub kept_at: i64,
    /// Its envelope, as it will be sent, in hexadecimal digits.
    pub bytes: String,
}

impl Listed {
    /// Items of an outbox.
    #[must_use]
    pub fn all(waiting: Vec<Waiting>) -> Vec<Self> {
        let listed =
            |item: Waiting| Self { seq: item.seq.0, kept_at: item.kept_at, bytes: HEXLOWER.encode(&item.bytes) };
        waiting.into_iter().map(listed).collect()
    }

    /// Its envelope.
    #[must_use]
    pub fn envelope(&self) -> Vec<u8> {
        HEXLOWER.decode(self.bytes.as_bytes()).unwrap_or_default()
    }
}

/// What was learnt of how the person usually is.
pub(super) fn learnt(config: &Config) -> Result<Baseline, AgentError> {
    match control::wish::<Told>(&config.state, &Wish::Learnt)? {
        Some(Told::Learnt(bytes)) => {
            let read = HEXLOWER.decode(bytes.as_bytes()).ok().and_then(|bytes| Baseline::decode(&bytes).ok());
            Ok(read.unwrap_or_default())
        }
        Some(_) => Err(other_version()),
        None => keeping::learnt(config),
    }
}

pub(super) fn other_version() -> AgentError {
    AgentError::Agent("understand the command: it is of another version, start it anew".into())
}

/// Gives everything that waits to `each`, in its order.
pub(super) fn all(config: &Config, mut each: impl FnMut(Listed) -> Result<(), AgentError>) -> Result<(), AgentError> {
    let mut from = 0;
    loop {
        let told = control::wish::<Told>(&config.state, &Wish::Waiting { from })?;
        let listed = match told {
            Some(Told::Waiting(listed)) => listed,
            Some(_) => return Err(other_version()),
            None => keeping::waiting(config, Seq(from), MOST_WAITING)?.map(Listed::all).unwrap_or_default(),
        };
        let Some(last) = listed.last().map(|item| item.seq) else { return Ok(()) };
        from = last + 1;
        listed.into_iter().try_for_each(&mut each)?;
    }
}
