use attune_protocol::record::{Gap, Record};
use attune_protocol::window::Window;

/// Turns the samples of one modality into one record for each window.
///
/// Samples come in the order of their timestamps; all samples before a window's end are pushed before the window is
/// finished. Windows are finished in ascending order; one that is skipped counts as time in which nothing was seen.
pub trait Analyzer: Send {
    /// What the sensor gives.
    type Sample;

    /// Takes samples in. Samples that run backwards in time or are not finite are left out and lower the coverage.
    fn push(&mut self, samples: &[Self::Sample]);

    /// Closes a window: the features of its trailing spans, their quality and coverage. `gap` says why samples are
    /// missing when the caller knows; the analyzer names its own reasons (no face, no voice, not worn) otherwise.
    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record;

    /// Forgets all samples and trailing spans: after a pause, a withdrawn consent or a change of person.
    fn clear(&mut self);
}
