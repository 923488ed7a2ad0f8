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
    /// Adds the frames of one run, and marks those that belong to what is said.
    pub(super) fn add(&mut self, frames: &mut [Frame]) {
        // Where the last voiced frame of the run was.
        let mut last_voiced = None;
        let mut first = 0;
        while first < frames.len() {
            let voiced = frames[first].is_voice();
            let length = frames[first..].iter().take_while(|frame| frame.is_voice() == voiced).count();
            let end = first + length;
            if voiced {
                let between = last_voiced.map_or(0, |last: usize| first - last);
                let pause = seconds(between) >= PAUSE;
                self.pauses += if pause { seconds(between) } else { 0.0 };
                self.spoken += seconds(between + length);
                self.voiced.push(seconds(length));
                let from = if pause { first } else { first - between };
                frames[from..end].iter_mut().for_each(|frame| frame.said = true);
                last_voiced = Some(end);
            } else {
                self.unvoiced.push(seconds(length));
            }
            first = end;
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

fn seconds(frames: usize) -> f64 {
    frames as f64 / FRAMES_PER_SECOND
}
