use std::collections::VecDeque;

use attune_protocol::registry::Span;

use crate::sample::Timestamp;

/// Beats that are held at most: five minutes of the fastest heart that is believed, and one window in waiting.
const MOST_BEATS: usize = 2_000;
/// How far a beat's interval may fall short of the time since the beat before and still follow it, as a share of the interval:
/// the jitter of time stamps, and under one beat that was missed.
const TOLERANCE: f64 = 0.5;
/// The same of an interval that is just the one before: it is told again before the next beat has come. Time stamps jitter by less.
const AGAIN: f64 = 0.15;
/// The same once it was told again: the sensor holds it until there is a new one.
const HELD: f64 = 0.05;
/// A longer interval is none, milliseconds: 20 beats a minute.
const LONGEST: f64 = 3000.0;

/// A beat, and the interval that ended with it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Beat {
    pub(super) at: Timestamp,
    pub(super) rr: f64,
}

impl Beat {
    /// When the interval began.
    pub(super) fn begin(&self) -> Timestamp {
        self.at.plus_seconds(-self.seconds())
    }

    fn seconds(&self) -> f64 {
        self.rr / 1000.0
    }
}

/// The beats of the last five minutes.
#[derive(Default)]
pub(super) struct Beats {
    beats: VecDeque<Beat>,
    /// Whether the last beat was told again.
    repeated: bool,
}

impl Beats {
    /// Takes a beat in, unless it runs backwards in time, its interval is none, or most of the interval was told already: then
    /// it is the last beat again.
    pub(super) fn push(&mut self, beat: Beat) {
        if !(beat.rr > 0.0 && beat.rr <= LONGEST) {
            return;
        }
        if let Some(last) = self.beats.back() {
            let same = last.rr == beat.rr;
            let most = match (same, self.repeated) {
                (true, true) => HELD,
                (true, false) => AGAIN,
                (false, _) => TOLERANCE,
            };
            if beat.at < last.at || last.at.seconds_since(beat.begin()) > most * beat.seconds() {
                self.repeated |= same;
                return;
            }
        }
        self.repeated = false;
        if self.beats.len() == MOST_BEATS {
            self.beats.pop_front();
        }
        self.beats.push_back(beat);
    }

    /// Forgets what no span that ends at `end` or later can hold.
    pub(super) fn forget_before(&mut self, end: Timestamp) {
        let oldest = end.plus_seconds(-f64::from(Span::S300.seconds()));
        while self.beats.front().is_some_and(|beat| beat.at < oldest) {
            self.beats.pop_front();
        }
    }

    /// Beats from `start` up to `end`, in order.
    pub(super) fn within(&self, start: Timestamp, end: Timestamp) -> Vec<Beat> {
        self.beats.iter().filter(|beat| start <= beat.at && beat.at < end).copied().collect()
    }
}

/// Cuts beats where one or more are missing between two of them.
pub(super) fn stretches(beats: &[Beat]) -> impl Iterator<Item = &[Beat]> {
    beats.chunk_by(|before, beat| {
        beat.begin().seconds_since(before.at) <= TOLERANCE * beat.seconds().min(before.seconds())
    })
}

/// The times from `start` to `end` that the beats' intervals fill, in order, none of them twice. The interval that is still open at
/// the end counts while it is shorter than one and a half of the last.
pub(super) fn filled(beats: &[Beat], start: Timestamp, end: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let mut known = start;
    let mut filled = Vec::with_capacity(beats.len() + 1);
    for beat in beats {
        filled.push((beat.begin().max(known), beat.at.min(end)));
        known = known.max(beat.at);
    }
    if let Some(last) = beats.last().filter(|last| end.seconds_since(last.at) <= 1.5 * last.seconds()) {
        filled.push((last.at.max(start), end));
    }
    filled.retain(|(from, to)| from < to);
    filled
}

/// Seconds of the time from `start` to `end` that the beats' intervals fill.
pub(super) fn seconds_seen(beats: &[Beat], start: Timestamp, end: Timestamp) -> f64 {
    filled(beats, start, end).iter().map(|(from, to)| to.seconds_since(*from)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(at: f64, rr: f64) -> Beat {
        Beat { at: Timestamp(0).plus_seconds(at), rr }
    }

    #[test]
    fn a_missing_beat_parts_stretches_and_jitter_does_not() {
        let beats = [beat(1.0, 800.0), beat(1.9, 800.0), beat(2.6, 800.0), beat(4.2, 800.0), beat(5.0, 800.0)];
        let lengths: Vec<_> = stretches(&beats).map(<[Beat]>::len).collect();
        assert_eq!(lengths, [3, 2]);
    }

    #[test]
    fn intervals_fill_time_once_and_the_open_one_counts_while_it_is_short() {
        let (start, end) = (Timestamp(0), Timestamp(0).plus_seconds(10.0));
        let steady: Vec<_> = (0..10).map(|i| beat(0.5 + f64::from(i), 1000.0)).collect();
        assert!((seconds_seen(&steady, start, end) - 10.0).abs() < 1e-6);
        assert!((seconds_seen(&steady[..5], start, end) - 4.5).abs() < 1e-6);
        let twice: Vec<_> = steady.iter().flat_map(|&b| [b, b]).collect();
        assert!((seconds_seen(&twice, start, end) - 10.0).abs() < 1e-6);
    }
}
