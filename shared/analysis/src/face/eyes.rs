use std::collections::VecDeque;

use attune_protocol::registry::{Modality, Ordinal, Span, face as ordinals};

use super::landmarks::Landmarks;
use crate::sample::Timestamp;

/// Probability of being open under which an eye counts as closed.
const HALF_OPEN: f64 = 0.5;
/// Eye aspect ratio under which eyes count as closed where no network tells (Soukupova and Cech 2016).
const CLOSED_RATIO: f64 = 0.2;
/// Frames further apart than this may miss a blink, seconds: blinks last 0.1 s and more (Caffier et al. 2003).
const BLINK_STEP: f64 = 0.15;
/// Frames further apart than this say nothing of the time between them, seconds. Ours.
const CLOSURE_STEP: f64 = 0.5;
/// Frames a second under which too many lie further apart than that: with room for a camera that is not even.
pub const LEAST_RATE: f64 = 1.25 / CLOSURE_STEP;
/// A longer closure is no blink, seconds (Caffier et al. 2003).
const LONGEST_BLINK: f64 = 0.5;
/// Frames that are held: a minute at 60 frames a second.
const MOST_FRAMES: usize = 3_600;

/// Whether both eyes of a face are closed.
pub(super) fn closed(landmarks: &Landmarks) -> Option<bool> {
    match landmarks.eyes_open {
        Some([right, left]) => Some((right + left) / 2.0 < HALF_OPEN),
        None => landmarks.eye_aspect_ratio().map(|ratio| ratio < CLOSED_RATIO),
    }
}

/// Open and closed eyes over the last minute.
#[derive(Default)]
pub(super) struct EyeHistory {
    /// Whether the eyes were closed; none where they could not be seen.
    frames: VecDeque<(Timestamp, Option<bool>)>,
}

impl EyeHistory {
    /// Takes in a frame; frames come in the order of time.
    pub(super) fn push(&mut self, at: Timestamp, closed: Option<bool>) {
        if self.frames.len() == MOST_FRAMES {
            self.frames.pop_front();
        }
        self.frames.push_back((at, closed));
    }

    /// Forgets what is not within a minute before `end`, or lies after it.
    pub(super) fn keep_span(&mut self, end: Timestamp) {
        let from = end.plus_seconds(-f64::from(Span::S60.seconds()));
        self.frames.retain(|&(at, _)| at >= from && at < end);
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }

    /// Blinks a minute; none where too little was seen at a rate that misses none.
    pub(super) fn blink_rate(&self) -> Option<f64> {
        let mut seconds = 0.0;
        let mut blinks = 0u32;
        // When the eyes closed, if that was seen.
        let mut since = None;
        for (before, at, from, to) in self.steps() {
            let step = at.seconds_since(before);
            let (Some(from), Some(to), true) = (from, to, step <= BLINK_STEP) else {
                since = None;
                continue;
            };
            seconds += step;
            let middle = before.plus_seconds(step / 2.0);
            match (from, to) {
                (false, true) => since = Some(middle),
                (true, false) => {
                    let length = since.take().map(|closed: Timestamp| middle.seconds_since(closed));
                    blinks += u32::from(length.is_some_and(|length| length <= LONGEST_BLINK));
                }
                _ => (),
            }
        }
        enough(ordinals::BLINK_RATE, seconds).then(|| f64::from(blinks) * 60.0 / seconds)
    }

    /// Share of the time seen with eyes closed; none where too little was seen.
    pub(super) fn closed_share(&self) -> Option<f64> {
        let (mut seconds, mut closed) = (0.0, 0.0);
        for (before, at, from, to) in self.steps() {
            let step = at.seconds_since(before);
            if let (Some(from), Some(to), true) = (from, to, step <= CLOSURE_STEP) {
                seconds += step;
                closed += step * (f64::from(u8::from(from)) + f64::from(u8::from(to))) / 2.0;
            }
        }
        enough(ordinals::PERCLOS, seconds).then(|| closed / seconds)
    }

    fn steps(&self) -> impl Iterator<Item = (Timestamp, Timestamp, Option<bool>, Option<bool>)> {
        self.frames.iter().zip(self.frames.iter().skip(1)).map(|(&(before, from), &(at, to))| (before, at, from, to))
    }
}

/// Whether a feature may be given from so many seconds of data.
pub(super) fn enough(ordinal: Ordinal, seconds: f64) -> bool {
    // A span of frames is shorter than their number by the last frame's own time.
    const SLACK: f64 = 0.5;
    Modality::Face.feature(ordinal).is_some_and(|spec| seconds + SLACK >= f64::from(spec.shortest_seconds))
}

#[cfg(test)]
#[path = "eyes_tests.rs"]
mod tests;
