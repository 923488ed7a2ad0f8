//! Fundamental frequency: the autocorrelation method of Boersma (1993), with the settings of Praat's `To Pitch (ac)`.
//!
//! Each frame of 40 ms under a Hann window gives its autocorrelation, divided by the window's own; its peaks are
//! candidates, and the cheapest path through the candidates of all frames is the contour.

mod autocorrelation;
mod path;

pub(super) use autocorrelation::{Autocorrelation, HALF_WINDOW};

/// Lowest F0 that is looked for, Hz. The window holds three of its periods.
pub(super) const FLOOR: f32 = 75.0;
/// Highest F0 that is looked for, Hz.
pub(super) const CEILING: f32 = 600.0;
/// Candidates kept for each frame, besides "unvoiced".
const CANDIDATES: usize = 14;
/// A frame whose peak is under this share of the loudest is unvoiced.
const SILENCE_THRESHOLD: f32 = 0.03;
/// Least autocorrelation of a voiced frame.
const VOICING_THRESHOLD: f32 = 0.45;
/// Preference for the higher of two candidates, an octave.
const OCTAVE_COST: f32 = 0.01;
/// Cost of a jump of one octave between frames 10 ms apart.
const OCTAVE_JUMP_COST: f32 = 0.35;
/// Cost of a change between voiced and unvoiced between frames 10 ms apart.
const VOICED_UNVOICED_COST: f32 = 0.14;

/// F0 and periodicity of a voiced frame.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Voiced {
    /// F0 in Hz.
    pub hz: f32,
    /// Normalised autocorrelation at the period, in (0,1].
    pub strength: f32,
}

/// Finds the contour of runs of samples. Buffers are kept from one to the next.
pub(super) struct PitchTracker {
    autocorrelation: Autocorrelation,
    frames: Vec<path::Frame>,
}

impl PitchTracker {
    pub(super) fn new() -> Self {
        Self { autocorrelation: Autocorrelation::new(), frames: Vec::new() }
    }

    /// One entry for each centre `first + i * HOP`, `count` of them; all lie so that their window fits in. `peak` is
    /// the largest amplitude around.
    pub(super) fn track(&mut self, samples: &[f32], first: usize, count: usize, peak: f32) -> Vec<Option<Voiced>> {
        self.frames.clear();
        self.autocorrelation.candidates(samples, first, count, peak, &mut self.frames);
        path::cheapest(&self.frames)
    }
}

#[cfg(test)]
mod tests;
