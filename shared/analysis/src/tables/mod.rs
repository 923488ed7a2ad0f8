//! Tables of motion and of heartbeats, as sensors, phones and other programs write them: one reader for the agent's recordings,
//! the page and `POST /analyze`. What it reads stands in `agent/RECORDINGS.md`; how rows are put into the order of time, in
//! `order`.

mod heart;
mod motion;
mod names;
mod order;
mod packets;
mod spread;
mod text;
mod times;
mod writing;

use std::io::{self, Read};
use std::sync::Arc;

pub use heart::{LiveHeart, heart};
pub use motion::{PhoneMotion, check_units, motion, phone_motion};
pub use names::{heart_names, motion_names};
pub use packets::{Notified, Packets, wearable_heart, wearable_motion};
pub use times::LATEST;

use crate::left_out::LeftOut;
use crate::sample::Timestamp;

/// Why a table is not read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Its bytes cannot be had.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no table of the kind that was asked for. Says what it lacks and what to do.
    #[error("{0}")]
    Content(String),
    /// Who reads was asked to end.
    #[error("the reading was stopped")]
    Stopped,
}

impl TableError {
    fn content(problem: impl Into<String>) -> Self {
        Self::Content(problem.into())
    }
}

/// Where a table comes from. It is read more than once.
#[derive(Clone)]
pub struct Origin {
    open: Arc<Open>,
    is_stopped: Arc<Asked>,
    most_bytes: u64,
}

type Open = dyn Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync;
type Asked = dyn Fn() -> bool + Send + Sync;

impl Origin {
    /// `open` opens it from its beginning; reading ends when `is_stopped` says so.
    pub fn new(
        open: impl Fn() -> io::Result<Box<dyn Read + Send>> + Send + Sync + 'static,
        is_stopped: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { open: Arc::new(open), is_stopped: Arc::new(is_stopped), most_bytes: u64::MAX }
    }

    /// No more than so many bytes of text are read, unpacked.
    #[must_use]
    pub fn at_most(self, most_bytes: u64) -> Self {
        Self { most_bytes, ..self }
    }
}

/// A table that was looked through once. Its samples carry microseconds since its first instant.
pub struct Recording<S> {
    /// Microseconds from its first instant to its end.
    pub length: i64,
    /// Its first instant, where the table says when it was made.
    pub origin: Option<Timestamp>,
    /// Samples a second that it should hold, where samples come at a rate.
    pub rate: f64,
    /// Rows that give samples.
    pub rows: u64,
    /// Everything that was left out of it.
    pub left_out: LeftOut,
    /// A sentence that names the columns that are not read, if there are any.
    pub passed_over: Option<String>,
    /// A sentence that names those of them that are not known either, and may be misspelt.
    pub unknown: Option<String>,
    /// Sentences about what was read otherwise than its header says.
    pub notes: Vec<String>,
    open: Box<dyn Fn() -> Result<BoxedSamples<S>, TableError> + Send + Sync>,
}

impl<S> Recording<S> {
    /// The samples from the beginning.
    ///
    /// # Errors
    /// When the table cannot be read any more.
    pub fn samples(&self) -> Result<BoxedSamples<S>, TableError> {
        (self.open)()
    }
}

/// Samples in the order of their times.
pub trait Samples: Send {
    /// What it gives.
    type Sample;

    /// The next samples, which may be none; `None` at the end.
    ///
    /// # Errors
    /// When the table cannot be read any more.
    fn next(&mut self) -> Result<Option<Vec<Self::Sample>>, TableError>;

    /// What was left out since this was asked last.
    fn left_out(&mut self) -> LeftOut;
}

/// Boxed samples.
pub type BoxedSamples<S> = Box<dyn Samples<Sample = S>>;

#[cfg(test)]
mod testing;
