use attune_analysis::sample::Timestamp;

use crate::AgentError;

/// What gives timestamped samples, in the order of their times.
pub trait Source: Send {
    /// What it gives.
    type Sample;

    /// The next samples, at least one; `None` at the end.
    ///
    /// # Errors
    /// When the device or the recording is broken. Nothing more comes then.
    fn next(&mut self) -> Result<Option<Vec<Self::Sample>>, AgentError>;
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
