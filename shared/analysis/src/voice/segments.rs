use super::FRAMES_PER_SECOND;
use super::frames::Frame;

/// A silence between voiced segments counts as a pause from this length on, seconds (Goldman-Eisler 1968).
const PAUSE: f64 = 0.25;

/// Voiced and unvoiced stretches, and pauses between the first and the last voiced frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    pub(super) voiced: Vec<f64>,
    pub(super) unvoiced: Vec<f64>,
    pauses: f64,
    spoken: f64,
}

impl Segments {
    /// Adds the frames of one run.
    pub(super) fn add(&mut self, frames: &[Frame]) {
        let mut from_last_voiced = None;
        for stretch in frames.chunk_by(|a, b| a.is_voice() == b.is_voice()) {
            let seconds = stretch.len() as f64 / FRAMES_PER_SECOND;
            if stretch[0].is_voice() {
                let between = from_last_voiced.unwrap_or(0.0);
                self.pauses += if between >= PAUSE { between } else { 0.0 };
                self.spoken += between + seconds;
                self.voiced.push(seconds);
                from_last_voiced = Some(0.0);
            } else {
                self.unvoiced.push(seconds);
                from_last_voiced = from_last_voiced.map(|_| seconds);
            }
        }
    }

    /// Seconds from the first to the last voiced frame, over all runs.
    pub(super) fn spoken(&self) -> f64 {
        self.spoken
    }

    /// Share of pauses in the time from the first to the last voiced frame.
    pub(super) fn pause_fraction(&self) -> Option<f64> {
        (self.spoken > 0.0).then(|| self.pauses / self.spoken)
    }
}
