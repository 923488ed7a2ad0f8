//! From a device's times to the host's.

use std::collections::VecDeque;

use super::layout::{Of, Time};
use crate::sample::Timestamp;

/// Times that came last, by which a packet that comes again is known.
const REMEMBERED: usize = 16;
/// A device's clock that runs ahead of arrivals by more was set, or runs over, nanoseconds: five minutes.
const SET_AHEAD: i128 = 300_000_000_000;
/// Steps between samples differ from the usual one by no more than this share where none is missing.
const STEADY: f64 = 0.15;
/// Two packets in a row that tell the same step, by this share, are believed against the description.
const AGREE: f64 = 0.01;
/// How much of a new step is taken on.
const TAKEN_ON: f64 = 0.2;
/// Clocks drift apart by no more than this: 100 in a million.
const DRIFT: f64 = 100e-6;
/// From this on a packet came late, nanoseconds.
const LATE: i128 = 5_000_000_000;

/// The clock of one stream.
#[derive(Debug)]
pub(super) struct Clock {
    /// Nanoseconds from one sample to the next.
    step: f64,
    /// Whether samples come at a rate.
    regular: bool,
    measured: bool,
    /// A step that one packet told against the usual one.
    doubtful: Option<f64>,
    last: Option<Last>,
    recent: VecDeque<(u64, u64)>,
    /// Pieces in which the device's clock ran on.
    pub(super) pieces: u32,
    /// The end of what was placed last.
    placed: Option<i128>,
    late: bool,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    stamp: u64,
    /// The device's time of the stamp, nanoseconds, without running over.
    stamp_nanos: i128,
    /// Of the last sample.
    end: i128,
    samples: usize,
    arrival: i128,
    /// Smallest of arrival less device's time.
    delay: f64,
}

/// A packet's time as it stands there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    pub(super) stamp: u64,
    /// Its width.
    pub(super) bits: u32,
    /// Of the whole packet.
    pub(super) digest: u64,
}

/// Where a packet's samples lie, nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Placed {
    /// Of the first and last sample by the device's clock, where it told a time.
    pub(super) device: Option<(i128, i128)>,
    /// The host's time of the last sample.
    pub(super) end: i128,
    pub(super) step: f64,
    /// What is missing before: the device's times of the last sample before and the first one after, and how many.
    pub(super) gap: Option<(i128, i128, u64)>,
    /// The device's clock began anew.
    pub(super) anew: bool,
    /// The packet came late, the first one of several.
    pub(super) late: bool,
    /// The rate is another one than was described, 1/s.
    pub(super) rate: Option<f64>,
}

impl Placed {
    /// The host's time of a sample of `count`.
    pub(super) fn at(&self, number: usize, count: usize) -> Timestamp {
        let before = (count - 1 - number) as f64 * self.step;
        micros(self.end - before.round() as i128)
    }
}

pub(super) fn nanos(at: Timestamp) -> i128 {
    i128::from(at.0) * 1000
}

pub(super) fn micros(nanos: i128) -> Timestamp {
    Timestamp(i64::try_from(nanos.div_euclid(1000)).unwrap_or(i64::MAX))
}

impl Clock {
    pub(super) fn new(rate_hz: Option<f64>) -> Self {
        Self {
            step: rate_hz.map_or(0.0, |rate| 1e9 / rate),
            regular: rate_hz.is_some(),
            measured: false,
            doubtful: None,
            last: None,
            recent: VecDeque::new(),
            pieces: 0,
            placed: None,
            late: false,
        }
    }

    /// Places a packet without a time: its last sample at its arrival.
    pub(super) fn arrived(&mut self, samples: usize, span: Option<i128>, arrival: Timestamp) -> Placed {
        let length = span.unwrap_or_else(|| (samples.saturating_sub(1) as f64 * self.step).round() as i128);
        let end = self.behind(nanos(arrival), length);
        self.placed = Some(end);
        Placed { device: None, end, step: self.step, gap: None, anew: false, late: false, rate: None }
    }

    /// Places a packet by its time; `None` when it came before. `span` is the length of the samples where they come at no rate.
    pub(super) fn stamped(
        &mut self,
        time: &Time,
        Stamp { stamp, bits, digest }: Stamp,
        samples: usize,
        span: Option<i128>,
        arrival: Timestamp,
    ) -> Option<Placed> {
        if self.recent.contains(&(stamp, digest)) {
            return None;
        }
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((stamp, digest));
        let (unit, arrival) = (time.unit.nanos(), nanos(arrival));
        let passed = self.last.and_then(|last| passed(&last, stamp, bits, unit, arrival));
        let anew = passed.is_none();
        let stamp_nanos = match (self.last, passed) {
            (Some(last), Some(passed)) => last.stamp_nanos + passed,
            _ => i128::from(stamp) * unit,
        };
        let mut rate = None;
        let covered = match (self.last, passed, span) {
            (Some(last), Some(passed), None) if self.regular => {
                let covered = if time.of == Of::Last { samples } else { last.samples };
                rate = self.measure(passed as f64 / covered.max(1) as f64);
                Some(passed)
            }
            (Some(_), passed, _) => passed,
            (None, ..) => None,
        };
        let length = span.unwrap_or_else(|| (samples.saturating_sub(1) as f64 * self.step).round() as i128);
        let (first, end) = match time.of {
            Of::Last => (stamp_nanos - length, stamp_nanos),
            Of::First => (stamp_nanos, stamp_nanos + length),
        };
        let gap = self.last.filter(|_| covered.is_some() && span.is_none() && self.regular).and_then(|last| {
            let missing = ((first - last.end) as f64 / self.step).round() - 1.0;
            (missing >= 1.0).then_some((last.end, first, missing as u64))
        });
        let delay = (arrival - end) as f64;
        let delay = match self.last.filter(|_| !anew) {
            Some(last) => delay.min(last.delay + DRIFT * (end - last.end).max(0) as f64),
            None => delay,
        };
        let (is_first, piece) = (self.last.is_none(), anew);
        if piece {
            self.pieces += 1;
            self.recent.retain(|(recent, _)| *recent == stamp);
        }
        self.last = Some(Last { stamp, stamp_nanos, end, samples, arrival, delay });
        let end_here = self.behind(end + delay.round() as i128, length);
        self.placed = Some(end_here);
        let late = arrival - end_here > LATE;
        let was_late = std::mem::replace(&mut self.late, late);
        let first_late = late && !was_late;
        let device = Some((first, end));
        Some(Placed { device, end: end_here, step: self.step, gap, anew: anew && !is_first, late: first_late, rate })
    }

    /// Not before what was placed last.
    fn behind(&self, end: i128, length: i128) -> i128 {
        self.placed.map_or(end, |placed| end.max(placed + length + self.step.round() as i128))
    }

    /// Takes on a step; the rate, where it is another one than was thought.
    fn measure(&mut self, step: f64) -> Option<f64> {
        let share = step / self.step;
        if (share - 1.0).abs() <= STEADY {
            let weight = if self.measured { TAKEN_ON } else { 1.0 };
            self.step += weight * (step - self.step);
            (self.measured, self.doubtful) = (true, None);
            return None;
        }
        let before = self.doubtful.replace(step);
        // Samples that are closer than they should be are no loss; those that are further are, unless it goes on in this way.
        // Every second packet lost in a row looks alike: then it is a whole multiple.
        let multiple = (share - share.round()).abs() <= STEADY / 3.0;
        let agrees = !multiple && before.is_some_and(|before| (step / before - 1.0).abs() <= AGREE);
        if step > 0.0 && (share < 1.0 || agrees) {
            (self.step, self.measured, self.doubtful) = (step, true, None);
            return Some(1e9 / step);
        }
        None
    }
}

/// Nanoseconds between a stamp and the last one; `None` when the clock began anew.
fn passed(last: &Last, stamp: u64, bits: u32, unit: i128, arrival: i128) -> Option<i128> {
    let modulus = 1_i128 << bits;
    let ahead = (i128::from(stamp) - i128::from(last.stamp)).rem_euclid(modulus);
    let here = (arrival - last.arrival).max(0) / unit;
    // Times run over as often as brings them nearest to what passed here.
    let turns = (here - ahead + modulus / 2).div_euclid(modulus);
    let passed = (ahead + turns * modulus) * unit;
    (passed > 0 && passed - here * unit <= SET_AHEAD).then_some(passed)
}
