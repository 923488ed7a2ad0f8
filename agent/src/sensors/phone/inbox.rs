//! What a phone has sent and nobody has taken yet, in the order of its times.
//!
//! Pushes come late, again and out of order. So a reading waits as long as an older one may still come, and only then goes on: what
//! is given is in order, and what was given once is older than anything that is still taken.

use std::collections::BTreeMap;

use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_protocol::registry::Modality;

use super::message::Message;
use super::reading::{Reading, Why, Worn};
use super::steps::Steps;
use super::stream::{Given, Put, Stream};
use super::tally::{Problem, Tally};

/// A reading may be this far ahead of our clock, nanoseconds: clocks differ.
const AHEAD: i64 = 10_000_000_000;
/// Heart rates that wait at most.
const MOST_RATES: usize = 10_000;
/// Motion that has not come for so long, nanoseconds, gives way to that of the other device; so does a phone to another.
const GIVES_WAY: i64 = 60_000_000_000;

/// What waits.
pub(super) struct Inbox {
    /// How late a reading may come, nanoseconds.
    late: i64,
    /// The phone that is listened to, and when it sent last.
    phone: Option<(u64, i64)>,
    on_phone: Stream,
    on_wrist: Stream,
    /// Whose motion is taken, and when it was last.
    chosen: Option<(Worn, i64)>,
    rates: BTreeMap<i64, f64>,
    /// Since when motion and heart are sensed, nanoseconds; `None` while they are not.
    open: [Option<i64>; 2],
    steps: Steps,
    tally: Tally,
}

/// What became of a push.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It was read, whatever was left out of it.
    Read,
    /// Another phone than the one that is listened to sends it.
    OtherPhone,
}

impl Inbox {
    /// An inbox in which readings wait `late` seconds for older ones.
    pub(super) fn new(late: f64) -> Self {
        Self {
            late: (late * 1e9) as i64, // saturates
            phone: None,
            on_phone: Stream::default(),
            on_wrist: Stream::default(),
            chosen: None,
            rates: BTreeMap::new(),
            open: [None; 2],
            steps: Steps::default(),
            tally: Tally::default(),
        }
    }

    /// Takes in readings of a modality from `now` on; what was before is not taken, whenever it comes.
    pub(super) fn open(&mut self, modality: Modality, now: Timestamp) {
        if let Some(slot) = self.slot(modality) {
            slot.get_or_insert(nanos(now));
        }
    }

    /// Takes in nothing more of a modality, and drops what waits.
    pub(super) fn close(&mut self, modality: Modality) {
        if let Some(slot) = self.slot(modality) {
            *slot = None;
        }
        match modality {
            Modality::Motion => {
                (self.on_phone, self.on_wrist, self.chosen) = (Stream::default(), Stream::default(), None);
            }
            Modality::Heart => self.rates.clear(),
            _ => {}
        }
    }

    fn slot(&mut self, modality: Modality) -> Option<&mut Option<i64>> {
        match modality {
            Modality::Motion => Some(&mut self.open[0]),
            Modality::Heart => Some(&mut self.open[1]),
            _ => None,
        }
    }

    /// How much of a modality waits.
    pub(super) fn waiting(&self, modality: Modality) -> usize {
        match modality {
            Modality::Motion => self.on_phone.waiting().len() + self.on_wrist.waiting().len(),
            Modality::Heart => self.rates.len(),
            _ => 0,
        }
    }

    /// Whether anything is taken in.
    pub(super) fn is_open(&self) -> bool {
        self.open.iter().any(Option::is_some)
    }

    /// Counts what has become of what came.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) fn tally_mut(&mut self) -> &mut Tally {
        &mut self.tally
    }

    pub(super) fn accept(&mut self, message: &Message, arrived: Timestamp) -> Verdict {
        let now = nanos(arrived);
        if self.phone.is_some_and(|(phone, last)| phone != message.phone && now - last < GIVES_WAY.max(self.late)) {
            self.tally.count(Problem::OtherPhone, 1);
            return Verdict::OtherPhone;
        }
        self.tally.pushes = self.tally.pushes.saturating_add(1);
        self.tally.last_push_millis = Some(arrived.millis());
        if message.is_test && message.readings.is_empty() {
            return Verdict::Read;
        }
        self.phone = Some((message.phone, now));
        for why in &message.left_out {
            match why {
                Why::Unread => self.tally.count(Problem::Unread, 1),
                Why::NoValue => self.tally.count(Problem::NoValue, 1),
                Why::FalseTime => self.tally.count(Problem::FalseTime, 1),
                Why::NotRead(sensor) => self.tally.count_not_read(sensor),
            }
        }
        for reading in &message.readings {
            match self.put(reading, message, now) {
                Ok(Some(Modality::Heart)) => self.tally.heart = self.tally.heart.saturating_add(1),
                Ok(Some(_)) => self.tally.motion = self.tally.motion.saturating_add(1),
                Ok(None) => {}
                Err(problem) => self.tally.count(problem, 1),
            }
        }
        self.tally.steps = self.steps.added();
        Verdict::Read
    }

    /// Lets a reading wait; gives the modality that it belongs to, if it belongs to one.
    fn put(&mut self, reading: &Reading, message: &Message, now: i64) -> Result<Option<Modality>, Problem> {
        let at = reading.at();
        let modality = if matches!(reading, Reading::Rate { .. }) { Modality::Heart } else { Modality::Motion };
        let since = self.slot(modality).and_then(|since| *since);
        if at > now.saturating_add(AHEAD) {
            return Err(Problem::Ahead);
        } else if at < now.saturating_sub(self.late) {
            return Err(Problem::Late);
        } else if since.is_none_or(|since| at < since) {
            return Err(Problem::Paused);
        }
        let put = match *reading {
            Reading::Motion { worn: Worn::Phone, part, axes, .. } => self.on_phone.put(at, part, axes),
            Reading::Motion { worn: Worn::Wrist, part, axes, .. } => self.on_wrist.put(at, part, axes),
            Reading::Rate { .. } if self.rates.contains_key(&at) => Put::Twice,
            Reading::Rate { .. } if self.rates.len() >= MOST_RATES => Put::TooMany,
            Reading::Rate { bpm, .. } => {
                self.rates.insert(at, bpm);
                Put::Taken
            }
            Reading::Steps { count, .. } => {
                self.steps.count(message.session, message.number == Some(0), count);
                return Ok(None);
            }
        };
        match put {
            Put::Taken => Ok(Some(modality)),
            Put::Twice => Err(Problem::Twice),
            Put::TooMany => Err(Problem::TooMany),
        }
    }

    /// The motion for which nothing older is waited for any more at `now`.
    pub(super) fn motion(&mut self, now: Timestamp) -> Vec<MotionSample> {
        let until = nanos(now).saturating_sub(self.late);
        let phone = self.on_phone.take(until);
        let wrist = self.on_wrist.take(until);
        for Given { without_gravity, unknown_unit, .. } in [&phone, &wrist] {
            self.tally.count(Problem::WithoutGravity, *without_gravity);
            self.tally.count(Problem::UnknownUnit, *unknown_unit);
        }
        let of = |worn: Worn| if worn == Worn::Phone { &phone } else { &wrist };
        let first = |worn: Worn| of(worn).samples.first().map_or(i64::MAX, |sample| sample.0);
        let worn = match self.chosen {
            Some((worn, last)) => {
                let other = worn.other();
                let is_over = of(worn).samples.is_empty() && first(other).saturating_sub(last) > GIVES_WAY;
                if is_over && !of(other).samples.is_empty() { other } else { worn }
            }
            None if first(Worn::Wrist) < first(Worn::Phone) => Worn::Wrist,
            None => Worn::Phone,
        };
        let (taken, other) = if worn == Worn::Phone { (phone, wrist) } else { (wrist, phone) };
        self.tally.count(Problem::OtherWorn, other.samples.len() as u64);
        if let Some((last, _)) = taken.samples.last() {
            self.chosen = Some((worn, *last));
        }
        let sample = |(at, acceleration)| MotionSample { at: micros(at), acceleration, gyroscope: None };
        taken.samples.into_iter().map(sample).collect()
    }

    /// The heart rates for which nothing older is waited for any more at `now`.
    pub(super) fn heart(&mut self, now: Timestamp) -> Vec<HeartSample> {
        let until = nanos(now).saturating_sub(self.late);
        let waiting = self.rates.split_off(&until.saturating_add(1));
        let due = std::mem::replace(&mut self.rates, waiting);
        due.into_iter().map(|(at, bpm)| HeartSample::Rate { at: micros(at), bpm }).collect()
    }

    #[cfg(test)]
    pub(super) fn streams(&self) -> [&Stream; 2] {
        [&self.on_phone, &self.on_wrist]
    }

    #[cfg(test)]
    pub(super) fn rates(&self) -> &BTreeMap<i64, f64> {
        &self.rates
    }
}

fn nanos(at: Timestamp) -> i64 {
    at.0.saturating_mul(1000)
}

fn micros(nanos: i64) -> Timestamp {
    Timestamp(nanos.div_euclid(1000))
}
