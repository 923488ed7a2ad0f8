//! Where beats are laid that messages tell of: straps tell of them up to a second late and several at once, and now and then
//! not at all.

use crate::sample::{HeartSample, LATEST, Timestamp};

/// Messages that are looked at beyond the one whose beats are laid. The least late of so many is hardly late.
pub(crate) const AHEAD: usize = 8;
/// Rows that are looked at for them, where rates stand between.
pub(crate) const MOST_AHEAD: usize = 64;
/// Beats that are this much ahead of the messages that tell of them follow the messages again.
const STRAY_MICROS: i64 = 2_000_000;
/// The clocks of strap and recorder drift apart by no more than this from message to message, microseconds: 500 in a million.
const DRIFT_MICROS: i64 = 500;

/// A message's time, and how long its intervals are together, microseconds.
pub(crate) type Coming = (i64, i64);

/// Lays beats one after the other by their intervals, as long as messages are late by no more than they usually are. When
/// all that come are later by half an interval or more, beats between were not told, and the time of so many stays open.
#[derive(Default, Debug)]
pub(crate) struct BeatClock {
    last: Option<i64>,
    /// By how much the least late messages follow their beats.
    usual: Option<i64>,
    told: Option<(i64, Vec<f64>)>,
}

impl BeatClock {
    /// The beat an interval after the last one; `None` behind the end of all time.
    pub(crate) fn follow(&mut self, millis: f64) -> Option<HeartSample> {
        let at = self.last.unwrap_or(0).saturating_add(micros(millis));
        (at < LATEST.0).then(|| {
            self.last = Some(at);
            HeartSample::Beat { at: Timestamp(at), rr_millis: millis }
        })
    }

    /// Where the first interval begins, unless there were beats before.
    pub(crate) fn anchor(&mut self, at: i64) {
        self.last.get_or_insert(at);
    }

    /// Forgets where the last beat was.
    pub(crate) fn begin(&mut self) {
        *self = Self::default();
    }

    /// The beats of a message. What comes again within half of its own time is told twice, and has none.
    pub(crate) fn told(
        &mut self,
        at: i64,
        intervals: &[f64],
        coming: impl Iterator<Item = Coming>,
    ) -> Vec<HeartSample> {
        let length = length(intervals);
        let again = |(then, told): &(i64, Vec<f64>)| told == intervals && 2 * at.saturating_sub(*then) < length;
        if intervals.is_empty() || self.told.as_ref().is_some_and(again) {
            return Vec::new();
        }
        self.told = Some((at, intervals.to_vec()));
        let mut end = self.begins(at, intervals, length, coming);
        let lay = |&rr_millis: &f64| {
            end = end.saturating_add(micros(rr_millis));
            HeartSample::Beat { at: Timestamp(end), rr_millis }
        };
        let beats = intervals.iter().map(lay).collect();
        self.last = Some(end);
        beats
    }

    /// Where the first interval of a message begins.
    fn begins(&mut self, at: i64, intervals: &[f64], length: i64, coming: impl Iterator<Item = Coming>) -> i64 {
        let first = micros(intervals[0]);
        let Some(last) = self.last else { return at.saturating_sub(first) };
        let mut end = last.saturating_add(length);
        let late = at.saturating_sub(end);
        let mut least = late;
        for (at, length) in coming.take(AHEAD) {
            end = end.saturating_add(length);
            least = least.min(at.saturating_sub(end));
        }
        let usual = self.usual.get_or_insert(least.min(0));
        let missing = least.saturating_sub(*usual);
        // How late the messages are that are looked at varies by less than a beat: what is missing are whole beats.
        let beats = missing.saturating_add(first / 2) / first.max(1);
        if beats > 0 {
            return last.saturating_add(beats.saturating_mul(first));
        }
        *usual = usual.saturating_add(missing.clamp(-DRIFT_MICROS, DRIFT_MICROS));
        if late < -STRAY_MICROS { at.saturating_sub(length).max(last) } else { last }
    }
}

/// How long intervals are together, microseconds.
pub(crate) fn length(intervals: &[f64]) -> i64 {
    intervals.iter().map(|&millis| micros(millis)).fold(0, i64::saturating_add)
}

pub(crate) fn micros(millis: f64) -> i64 {
    (millis * 1000.0).round() as i64
}
