use std::collections::VecDeque;

use attune_protocol::registry::{Span, face as ordinals};

use super::pos::pulse_signal;
use super::rate::rhythm;
use crate::face::eyes::enough;
use crate::sample::Timestamp;

/// Samples a second of the grid on which the pulse is sought.
const GRID: f64 = 20.0;
/// Samples of POS's window: 1.6 s (Wang et al. 2017).
const POS_WINDOW: usize = 32;
/// A longer gap between frames with skin ends a stretch, seconds.
const LONGEST_GAP: f64 = 0.35;
/// Frames a second under which a fast pulse cannot be told from a slow one. Ours: twice the fastest rate and some.
const LEAST_FRAME_RATE: f64 = 8.0;
/// Signal-to-noise ratio from which a rate is believed, dB. Ours.
const LEAST_QUALITY: f64 = 0.0;
/// Both halves of a stretch must show the rate to this, Hz, and to what their length blurs. Ours.
const STEADY: f64 = 0.1;
/// Frames that are held: a minute at 60 frames a second.
const MOST_FRAMES: usize = 3_600;

/// The pulse of the last minute.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::face) struct Pulse {
    /// Beats a minute, where they are clear.
    pub(in crate::face) rate: Option<f64>,
    /// Signal-to-noise ratio, dB.
    pub(in crate::face) quality: f64,
}

/// Colours of skin over the last minute.
#[derive(Default)]
pub(in crate::face) struct PulseHistory {
    colours: VecDeque<(Timestamp, [f64; 3])>,
}

impl PulseHistory {
    /// Takes in the colour of a frame's skin; frames come in the order of time.
    pub(in crate::face) fn push(&mut self, at: Timestamp, colour: [f64; 3]) {
        if self.colours.len() == MOST_FRAMES {
            self.colours.pop_front();
        }
        self.colours.push_back((at, colour));
    }

    /// Forgets what is not within a minute before `end`, or lies after it.
    pub(in crate::face) fn keep_span(&mut self, end: Timestamp) {
        let from = end.plus_seconds(-f64::from(Span::S60.seconds()));
        self.colours.retain(|&(at, _)| at >= from && at < end);
    }

    pub(in crate::face) fn clear(&mut self) {
        self.colours.clear();
    }

    /// The pulse of the longest stretch without a gap, if that is long enough and its frames are close enough.
    pub(in crate::face) fn pulse(&mut self) -> Option<Pulse> {
        let colours: &[_] = self.colours.make_contiguous();
        let stretches = colours.chunk_by(|a, b| b.0.seconds_since(a.0) <= LONGEST_GAP);
        let length = |part: &[(Timestamp, [f64; 3])]| part[part.len() - 1].0.seconds_since(part[0].0);
        let stretch = stretches.max_by(|a, b| length(a).total_cmp(&length(b)))?;
        let seconds = length(stretch);
        let frame_rate = (stretch.len() - 1) as f64 / seconds;
        if !enough(ordinals::PULSE_RATE, seconds) || frame_rate < LEAST_FRAME_RATE {
            return None;
        }
        let signal = pulse_signal(&on_grid(stretch), POS_WINDOW);
        let whole = rhythm(&signal, GRID)?;
        let (early, late) = signal.split_at(signal.len() / 2);
        let tolerance = STEADY + 1.0 / seconds;
        let same =
            |half: &[f64]| rhythm(half, GRID).is_some_and(|half| (half.frequency - whole.frequency).abs() <= tolerance);
        let clear = whole.signal_to_noise >= LEAST_QUALITY && same(early) && same(late);
        let rate = clear.then_some(60.0 * whole.frequency);
        Some(Pulse { rate, quality: whole.signal_to_noise })
    }
}

/// Straight lines between the colours, read at an even rate.
fn on_grid(stretch: &[(Timestamp, [f64; 3])]) -> Vec<[f64; 3]> {
    let first = stretch[0].0;
    let mut grid = Vec::new();
    for pair in stretch.windows(2) {
        let (from, to) = (pair[0].0.seconds_since(first), pair[1].0.seconds_since(first));
        while to > from && grid.len() as f64 / GRID < to {
            let share = (grid.len() as f64 / GRID - from) / (to - from);
            grid.push(std::array::from_fn(|c| pair[0].1[c] + share * (pair[1].1[c] - pair[0].1[c])));
        }
    }
    grid
}
