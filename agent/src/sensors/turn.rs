use attune_analysis::sample::Timestamp;

/// The times of pictures that come at a rate, and whose turn is skipped.
pub(super) struct Turn {
    fps: f64,
    number: u64,
    not_before: Timestamp,
    skipped: Vec<Timestamp>,
}

impl Turn {
    /// The first picture of `fps` a second.
    pub(super) fn at(fps: f64) -> Self {
        Self { fps, number: 0, not_before: Timestamp(i64::MIN), skipped: Vec::new() }
    }

    /// When the next picture stands; `None` if it is skipped.
    pub(super) fn next(&mut self) -> Option<Timestamp> {
        let at = Timestamp(frame_time(self.number, self.fps));
        self.number += 1;
        if at >= self.not_before {
            return Some(at);
        }
        self.skipped.push(at);
        None
    }

    pub(super) fn skip_before(&mut self, instant: Timestamp) {
        self.not_before = instant;
    }

    pub(super) fn skipped(&mut self) -> Vec<Timestamp> {
        std::mem::take(&mut self.skipped)
    }
}

/// Microseconds at which a picture stands.
pub(super) fn frame_time(number: u64, fps: f64) -> i64 {
    (number as f64 * 1e6 / fps).round() as i64
}
