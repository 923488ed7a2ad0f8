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

/// How late the first message of all may be after its first beat, microseconds: straps tell of beats once a second.
const LATEST_FIRST: i64 = 1_000_000;

/// A message that follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coming {
    at: i64,
    /// How long its intervals are together, microseconds.
    length: i64,
    /// Whether they are those of the message before.
    again: bool,
}

/// The messages with intervals behind one that tells of `now`.
pub(crate) fn coming<'a>(
    now: &'a [f64],
    messages: impl Iterator<Item = (i64, &'a [f64])>,
) -> impl Iterator<Item = Coming> {
    messages.filter(|(_, intervals)| !intervals.is_empty()).scan(now, |before, (at, intervals)| {
        let again = *before == intervals;
        *before = intervals;
        Some(Coming { at, length: length(intervals), again })
    })
}

/// Lays beats one after the other by their intervals, as long as messages are late by no more than they usually are. When
/// all that come are later by half an interval or more, beats between were not told, and the time of so many stays open. Where
/// the same comes again before its beats can have been, the sensor holds what it told last, and it counts once.
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

    /// The beats of a message. What comes again within half of its own time, or earlier by half of it than messages usually do, is
    /// told twice, and has none.
    pub(crate) fn told(
        &mut self,
        at: i64,
        intervals: &[f64],
        coming: impl Iterator<Item = Coming>,
    ) -> Vec<HeartSample> {
        let length = length(intervals);
        let is_same = self.told.as_ref().is_some_and(|(_, told)| told == intervals);
        let again = |(then, _): &(i64, Vec<f64>)| is_same && 2 * at.saturating_sub(*then) < length;
        if intervals.is_empty() || self.told.as_ref().is_some_and(again) {
            return Vec::new();
        }
        let begins = match self.last {
            None => at.saturating_sub(micros(intervals[0])),
            Some(last) => {
                let lateness = Lateness::of(at, last.saturating_add(length), coming);
                let usual = *self.usual.get_or_insert(lateness.least.clamp((-LATEST_FIRST).saturating_sub(length), 0));
                if is_same && lateness.now.saturating_sub(usual) < -length / 2 {
                    return Vec::new();
                }
                self.begins(at, last, (micros(intervals[0]), length), &lateness)
            }
        };
        self.told = Some((at, intervals.to_vec()));
        let mut end = begins;
        let lay = |&rr_millis: &f64| {
            end = end.saturating_add(micros(rr_millis));
            HeartSample::Beat { at: Timestamp(end), rr_millis }
        };
        let beats = intervals.iter().map(lay).collect();
        self.last = Some(end);
        beats
    }

    /// Where the first interval of a message begins behind the last beat; how long the first interval is, and all of them.
    fn begins(&mut self, at: i64, last: i64, (first, length): (i64, i64), lateness: &Lateness) -> i64 {
        let usual = self.usual.get_or_insert(0);
        let missing = lateness.least.saturating_sub(*usual);
        // How late the messages are that are looked at varies by less than a beat: what is missing are whole beats.
        let beats = missing.saturating_add(first / 2) / first.max(1);
        if beats > 0 {
            return last.saturating_add(beats.saturating_mul(first));
        }
        *usual = usual.saturating_add(missing.clamp(-DRIFT_MICROS, DRIFT_MICROS));
        if lateness.now < -STRAY_MICROS { at.saturating_sub(length).max(last) } else { last }
    }
}

/// By how much messages follow the beats that they tell of, microseconds, if their beats are laid one after the other.
struct Lateness {
    /// That of the message whose beats are laid.
    now: i64,
    /// The least of it and those that follow.
    least: i64,
}

impl Lateness {
    /// `end` is that of the beats of the message at `at`. Where all that follow tell of more time than passes, and less
    /// is told twice than that, what comes again is left out.
    fn of(at: i64, end: i64, coming: impl Iterator<Item = Coming>) -> Self {
        let now = at.saturating_sub(end);
        let (mut all, mut once, mut apart) = ((now, end), (now, end), 0);
        for message in coming.take(AHEAD) {
            let follow = |(least, end): (i64, i64), length: i64| {
                let end = end.saturating_add(length);
                (least.min(message.at.saturating_sub(end)), end)
            };
            all = follow(all, message.length);
            once = follow(once, if message.again { 0 } else { message.length });
            apart = message.at.saturating_sub(at);
        }
        let off = |(_, last): (i64, i64)| last.saturating_sub(end).saturating_sub(apart).saturating_abs();
        let (least, _) = if off(once) < off(all) / 2 { once } else { all };
        Self { now, least }
    }
}

/// How long intervals are together, microseconds.
pub(crate) fn length(intervals: &[f64]) -> i64 {
    intervals.iter().map(|&millis| micros(millis)).fold(0, i64::saturating_add)
}

pub(crate) fn micros(millis: f64) -> i64 {
    (millis * 1000.0).round() as i64
}
