use super::affect::Reading;
use super::frames::{Frame, has_voice};
use super::perturbation::Perturbation;
use super::quality::{self, Samples};
use super::segments::Segments;

/// What a stretch of sound tells of a voice.
#[derive(Clone, Debug)]
pub struct Description {
    pub(super) samples: Samples,
    pub(super) frames: Vec<Frame>,
    pub(super) segments: Segments,
    pub(super) perturbation: Perturbation,
    /// What the affect network says of its stretches of speech.
    pub(super) heard: Vec<Reading>,
    /// Syllable nuclei.
    pub(super) syllables: usize,
    /// Length, seconds.
    pub(super) seconds: f64,
    /// The lowest sample rate that would do for one of its runs, Hz: its own, or that of what it was before.
    pub(super) lowest_rate: u32,
}

impl Description {
    /// Its frames of 10 ms, one run after the other.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Whether enough of it is a voice to speak of one.
    #[must_use]
    pub fn has_voice(&self) -> bool {
        has_voice(&self.frames)
    }

    /// How far its features can be trusted, in [0,1]; 0 without voice.
    #[must_use]
    pub fn quality(&self) -> f64 {
        if self.has_voice() { quality::quality(&self.samples, &self.frames) } else { 0.0 }
    }
}
