use std::path::Path;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use crate::AgentError;

/// What gives timestamped samples, in the order of their times.
pub trait Source: Send {
    /// What it gives.
    type Sample;

    /// The next samples, which may be none yet; `None` at the end.
    ///
    /// # Errors
    /// When the device or the recording is broken. Nothing more comes then.
    fn next(&mut self) -> Result<Option<Vec<Self::Sample>>, AgentError>;

    /// What changed of why nothing comes, since this was asked last: before the samples that were given with it.
    fn reasons(&mut self) -> Vec<Reason> {
        Vec::new()
    }

    /// What changed of why less comes than could, since this was asked last: it is given less on purpose, and nothing of it
    /// is lost.
    fn fewer(&mut self) -> Vec<Reason> {
        Vec::new()
    }

    /// What was left out since this was asked last.
    fn left_out(&mut self) -> LeftOut {
        LeftOut::default()
    }

    /// Nobody has time for what is before `instant`: a source whose samples are dear to make skips them.
    fn skip_before(&mut self, _instant: Timestamp) {}

    /// When the samples were that were skipped since this was asked last.
    fn skipped(&mut self) -> Vec<Timestamp> {
        Vec::new()
    }
}

/// Why nothing comes from an instant on; `None` where something does again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reason {
    /// From when on.
    pub since: Timestamp,
    /// Why.
    pub gap: Option<Gap>,
}

/// A boxed source.
pub(super) type BoxedSource<S> = Box<dyn Source<Sample = S>>;

/// Opens a recording from its beginning.
pub(super) type Open<S> = Box<dyn Fn() -> Result<BoxedSource<S>, AgentError> + Send>;

/// A recording. Its samples carry microseconds since its first instant.
pub struct Clip<S> {
    /// Microseconds from its first instant to its end.
    pub length: i64,
    /// Its first instant, where the recording says when it was made.
    pub origin: Option<Timestamp>,
    /// Samples a second that it should hold, where samples come at a rate.
    pub rate: f64,
    pub(super) open: Open<S>,
}

impl<S> Clip<S> {
    pub(super) fn open(&self) -> Result<BoxedSource<S>, AgentError> {
        (self.open)()
    }
}

/// A recording that cannot be played, and why.
pub(super) fn wrong(modality: Modality, path: &Path, problem: impl Into<String>) -> AgentError {
    AgentError::Source { modality, path: path.to_owned(), problem: problem.into() }
}
