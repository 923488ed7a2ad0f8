//! What is known of one stream from packet to packet, and what its packets give.

use std::hash::{DefaultHasher, Hasher};

use serde_json::{Map, Value as Json};

use super::beats::{self, BeatClock};
use super::clock::{self, Clock, Placed, Stamp};
use super::decoded::{Block, Decoded, Reading, Silence, Value};
use super::layout::{Line, Packet, Stream};
use super::lines::{Came, Joined};
use super::meaning::{self, Beats, Motion, Rate};
use super::rows::{Number, Numbers, Refusal, Says};
use super::told::Told;
use crate::sample::{HeartSample, Timestamp};

/// The same acceleration to the last bit for longer is none: no sensor is that still. Seconds.
const STILL: f64 = 10.0;
/// Equal packets of a heart that are closer are one that came twice, microseconds; with intervals, closer than half of these.
const TWICE_MICROS: i64 = 200_000;

#[derive(Debug)]
pub(super) struct State {
    /// The number by which it was asked for; `None` when it is not wanted.
    pub(super) reference: Option<u8>,
    pub(super) factor: f64,
    /// The first part of a packet.
    pub(super) pending: Option<Vec<u8>>,
    pub(super) last_arrival: Option<Timestamp>,
    last_packet: Vec<u8>,
    clock: Clock,
    beats: BeatClock,
    joined: Joined,
    steps: Option<f64>,
    sequence: Option<u64>,
    /// The last acceleration, since when it is the same, and whether that was told.
    still: Option<([f64; 3], Timestamp, bool)>,
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

impl State {
    pub(super) fn new(stream: &Stream, reference: Option<u8>) -> Self {
        Self {
            reference,
            factor: 1.0,
            pending: None,
            last_arrival: None,
            last_packet: Vec::new(),
            clock: Clock::new(stream.rate_hz),
            beats: BeatClock::default(),
            joined: Joined::default(),
            steps: None,
            sequence: None,
            still: None,
        }
    }

    pub(super) const fn is_chosen(&self) -> bool {
        self.reference.is_some()
    }

    /// Takes what was read of a packet.
    pub(super) fn take(
        &mut self,
        stream: &Stream,
        packet: &Packet,
        read: Result<Numbers, Refusal>,
        bytes: &[u8],
        arrival: Timestamp,
        decoded: &mut Decoded,
    ) {
        let numbers = match read {
            Ok(numbers) => numbers,
            Err(Refusal::Short(why) | Refusal::Wrong(why)) => return decoded.told.push(Told::Refused(why)),
        };
        if numbers.rows.is_empty() && stream.time.is_some() && !packet.blocks.is_empty() {
            return decoded.told.push(Told::Refused("it holds no sample".into()));
        }
        if self.came_twice(&numbers, bytes, arrival) {
            return decoded.told.push(Told::Doubled);
        }
        let beats = Beats::of(&numbers);
        let span = beats.as_ref().map(|beats| beats.span_nanos());
        let Some(placed) = self.place(stream, (&numbers, digest(bytes)), span, arrival, decoded) else {
            return decoded.told.push(Told::Doubled);
        };
        decoded.told.extend((numbers.left_over > 0).then_some(Told::LeftOver(numbers.left_over)));
        self.singles(stream, packet, &numbers, arrival, decoded);
        let good = self.rows(stream, &numbers, &placed, beats.as_ref(), decoded);
        self.heart(&numbers, beats, &good, &placed, arrival, decoded);
        self.last_arrival = Some(arrival);
        self.last_packet.clear();
        self.last_packet.extend_from_slice(bytes);
    }

    /// Whether a packet of a heart without a time is the one before once more.
    fn came_twice(&self, numbers: &Numbers, bytes: &[u8], arrival: Timestamp) -> bool {
        let Some(last) = self.last_arrival.filter(|_| bytes == self.last_packet) else { return false };
        let of_heart = |number: &&Number| number.field.name == "heart_rate";
        let intervals = Beats::of(numbers).map_or(0, |beats| (beats.span_nanos() / 2000) as i64);
        let is_heart = intervals > 0 || numbers.values.iter().any(|number| of_heart(&number));
        is_heart && (0..intervals.max(TWICE_MICROS)).contains(&arrival.0.saturating_sub(last.0))
    }

    /// Where its samples lie; what is missing before is told. `None` when it came before.
    fn place(
        &mut self,
        stream: &Stream,
        (numbers, digest): (&Numbers, u64),
        span: Option<i128>,
        arrival: Timestamp,
        decoded: &mut Decoded,
    ) -> Option<Placed> {
        let count = numbers.rows.len().max(1);
        let stamp = stream.time.as_ref().and_then(|time| {
            let field = numbers.values.iter().find(|number| number.field.name == time.field)?;
            let is_none = time.none == Some(field.bits);
            let bits = 8 * field.field.kind.width() as u32;
            (!is_none).then_some((time, Stamp { stamp: field.bits, bits, digest }))
        });
        let sequence = numbers.values.iter().find(|number| number.field.name == "sequence");
        let missing = sequence.and_then(|number| self.count_on(number));
        if missing == Some(None) {
            return None;
        }
        let name = || stream.name.clone();
        let before = self.last_arrival;
        let placed = match stamp {
            Some((time, stamp)) => self.clock.stamped(time, stamp, count, span, arrival)?,
            None => self.clock.arrived(count, span, arrival),
        };
        if let Some((from, to, missing)) = placed.gap {
            let (_, end) = placed.device.unwrap_or((0, 0));
            let host = |device: i128| clock::micros(placed.end - (end - device));
            let device_nanos = Some((from, to));
            let missing = Some(missing);
            decoded.gaps.push(Silence { stream: name(), from: host(from), to: host(to), device_nanos, missing });
        } else if let Some(from) = before.filter(|_| stamp.is_none()) {
            let packets = missing.flatten().unwrap_or(0);
            if packets > 0 || arrival.seconds_since(from) > stream.silent_after_s {
                let missing = (packets > 0).then_some(packets.saturating_mul(numbers.rows.len() as u64));
                decoded.gaps.push(Silence { stream: name(), from, to: arrival, device_nanos: None, missing });
            }
        }
        if placed.anew || placed.gap.is_some() {
            // What it was before says nothing of the time between.
            self.still = None;
        }
        decoded.told.extend(placed.anew.then_some(Told::ClockAnew));
        decoded.told.extend(placed.late.then_some(Told::Late));
        decoded.told.extend(placed.rate.map(Told::Rate));
        Some(placed)
    }

    /// How many packets are missing before this one by its number; `Some(None)` when it is the one before once more.
    fn count_on(&mut self, number: &Number) -> Option<Option<u64>> {
        let modulus = 1_u128 << (8 * number.field.kind.width());
        let before = self.sequence.replace(number.bits)?;
        let ahead = (u128::from(number.bits) + modulus - u128::from(before)) % modulus;
        match ahead {
            0 => Some(None),
            // A number that falls is one of a wearable that began anew.
            ahead if ahead > modulus / 2 => Some(Some(0)),
            ahead => Some(Some(ahead as u64 - 1)),
        }
    }

    /// Values that stand alone.
    fn singles(&mut self, stream: &Stream, packet: &Packet, numbers: &Numbers, at: Timestamp, decoded: &mut Decoded) {
        let first = numbers.values.first().map_or(0, |number| number.bits);
        let flag = |name: &str| packet.flags.get(name).map(|bit| first >> bit & 1 == 1);
        decoded.contact = flag("contact").filter(|_| flag("contact_supported") == Some(true));
        if let Some(touching) = decoded.contact {
            decoded.heart.push(HeartSample::Contact { at, touching });
            decoded.told.extend((!touching).then_some(Told::NoContact));
        }
        let is_time = |number: &&Number| stream.time.as_ref().is_some_and(|time| time.field == number.field.name);
        let mut values = Vec::new();
        // Bits, kinds and packets' numbers say how the rest is read, and no more.
        let is_value = |number: &&Number| {
            !matches!(number.field.unit.as_str(), "bits" | "type") && number.field.name != "sequence"
        };
        for number in numbers.values.iter().filter(is_value).filter(|number| !is_time(number)) {
            let field = number.field;
            values.push(self.value(&field.name, &field.unit, number.value, number.says(), decoded));
        }
        if !values.is_empty() {
            let flags = packet.flags.iter().map(|(name, bit)| (name.clone(), first >> bit & 1 == 1)).collect();
            decoded.readings.push(Reading { stream: stream.name.clone(), values, flags, block_millis: None });
        }
    }

    /// A value as it can be used; what it is beyond that is told.
    fn value(&mut self, name: &str, unit: &str, value: f64, says: Says, decoded: &mut Decoded) -> Value {
        let says = match (says, name) {
            (Says::Value, "heart_rate") => match meaning::rate(value) {
                Rate::Good => Says::Value,
                Rate::Nothing => Says::Nothing,
                Rate::Beyond => Says::Beyond,
            },
            (Says::Value, "battery") if !(0.0..=100.0).contains(&value) => Says::Beyond,
            (says, _) => says,
        };
        match says {
            Says::Value => {}
            Says::Nothing => decoded.told.push(Told::NoReading(name.to_owned())),
            Says::Beyond => decoded.told.push(Told::OutOfRange { what: name.to_owned(), count: 1 }),
            Says::Dropped => decoded.told.push(Told::NotToBeUsed(1)),
        }
        let value = (says == Says::Value).then_some(value);
        if let Some(value) = value {
            match name {
                "battery" => decoded.battery = Some(value as u8),
                "steps_added" => decoded.steps_added = Some(value.max(0.0) as u64),
                // Counted from midnight: a count that fell began anew.
                "steps_today" => {
                    let before = self.steps.replace(value);
                    let added = before.map(|before| if value < before { value } else { value - before });
                    decoded.steps_added = added.map(|added| added as u64);
                }
                _ => {}
            }
        }
        Value { name: name.to_owned(), unit: unit.to_owned(), value }
    }

    /// The rows that can be used, as they were sent and as motion. Which they are.
    fn rows(
        &mut self,
        stream: &Stream,
        numbers: &Numbers,
        placed: &Placed,
        beats: Option<&Beats>,
        decoded: &mut Decoded,
    ) -> Vec<bool> {
        let count = numbers.rows.len();
        let motion = Motion::of(&numbers.columns);
        let (mut good, mut rows) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let (mut beyond, mut dropped, mut frozen) = (None::<(&str, usize)>, 0, false);
        for (number, row) in numbers.rows.iter().enumerate() {
            let at = beats
                .map_or_else(|| placed.at(number, count), |beats| clock::micros(placed.end - beats.before_end(number)));
            let mut says = row.iter().map(|number| (number, number.says())).find(|(_, says)| *says != Says::Value);
            if says.is_none() && beats.is_some_and(|beats| !beats.can_be(number)) {
                says =
                    row.iter().find(|number| number.field.name == "rr_interval").map(|number| (number, Says::Beyond));
            }
            match says {
                Some((_, Says::Dropped)) => dropped += 1,
                Some((number, _)) => {
                    beyond = Some((number.field.name.as_str(), beyond.map_or(1, |(_, count)| count + 1)))
                }
                None => {}
            }
            let values: Vec<f64> = row.iter().map(|number| number.value).collect();
            let sample = motion.as_ref().map(|motion| motion.sample(&values, at));
            let still = sample.is_some_and(|sample| self.is_still(sample.acceleration, at));
            frozen |= still;
            let is_good = says.is_none() && !still;
            good.push(is_good);
            if is_good {
                decoded.motion.extend(sample);
                rows.push((at, values));
            }
        }
        if let Some((what, count)) = beyond {
            decoded.told.push(Told::OutOfRange { what: what.to_owned(), count });
        }
        decoded.told.extend((dropped > 0).then_some(Told::NotToBeUsed(dropped)));
        if let Some((.., told)) = self.still.as_mut().filter(|_| frozen)
            && !std::mem::replace(told, true)
        {
            decoded.told.push(Told::Frozen);
        }
        if !rows.is_empty() {
            decoded.blocks.push(Block {
                stream: stream.name.clone(),
                columns: numbers.columns.iter().map(|field| (field.name.clone(), field.unit.clone())).collect(),
                rows,
                device_nanos: placed.device,
                step_nanos: if beats.is_some() { 0.0 } else { placed.step },
                piece: self.clock.pieces,
            });
        }
        good
    }

    /// Whether an acceleration has been the same for too long.
    fn is_still(&mut self, acceleration: [f64; 3], at: Timestamp) -> bool {
        match &self.still {
            Some((same, since, _)) if *same == acceleration => at.seconds_since(*since) > STILL,
            _ => {
                self.still = Some((acceleration, at, false));
                false
            }
        }
    }

    /// Beats and rates.
    fn heart(
        &mut self,
        numbers: &Numbers,
        beats: Option<Beats>,
        good: &[bool],
        placed: &Placed,
        arrival: Timestamp,
        decoded: &mut Decoded,
    ) {
        // What is measured in the air is no heart.
        if decoded.contact == Some(false) {
            return;
        }
        let used = good.iter().any(|good| *good);
        match beats {
            Some(beats) if used && placed.device.is_some() => {
                for (number, _) in good.iter().enumerate().filter(|(_, good)| **good) {
                    let at = clock::micros(placed.end - beats.before_end(number));
                    decoded.heart.push(HeartSample::Beat { at, rr_millis: beats.millis(number) });
                }
            }
            // Beats follow each other by their intervals, through those, too, that are not used.
            Some(beats) if used => {
                let (numbers, intervals): (Vec<usize>, Vec<f64>) = beats.that_can_be().unzip();
                self.beats.anchor(arrival.0.saturating_sub(beats::length(&intervals)));
                let laid = self.beats.told(arrival.0, &intervals, std::iter::empty());
                decoded
                    .heart
                    .extend(laid.into_iter().zip(numbers).filter(|(_, number)| good[*number]).map(|(beat, _)| beat));
            }
            _ => {
                let rate = numbers.values.iter().find(|number| number.field.name == "heart_rate");
                let rate = rate.filter(|number| number.says() == Says::Value).map(|number| number.value);
                let rate = rate.filter(|rate| meaning::rate(*rate) == Rate::Good);
                decoded.heart.extend(rate.map(|bpm| HeartSample::Rate { at: arrival, bpm }));
            }
        }
    }

    /// Takes a piece of JSON lines.
    pub(super) fn lines(&mut self, stream: &Stream, bytes: &[u8], arrival: Timestamp, decoded: &mut Decoded) {
        for came in self.joined.push(bytes) {
            match came {
                Came::Object(object) => {
                    if let Some(line) = stream.lines.iter().find(|line| line.is(&object)) {
                        self.line(stream, line, &object, arrival, decoded);
                    }
                }
                Came::NotUnderstood => decoded.told.push(Told::LineNotUnderstood),
                Came::TooLong => decoded.told.push(Told::LineTooLong),
            }
        }
    }

    fn line(&mut self, stream: &Stream, line: &Line, object: &Map<String, Json>, at: Timestamp, decoded: &mut Decoded) {
        let block_millis = line.block(object);
        if line.ends.is_some() && block_millis.is_none() {
            return decoded.told.push(Told::LineNotUnderstood);
        }
        let live = block_millis.is_none();
        let steps_before = decoded.steps_added;
        let told_before = decoded.told.len();
        let mut values = Vec::new();
        for wanted in &line.values {
            let Some(json) = object.get(&wanted.key) else { continue };
            let number = json.as_f64().or_else(|| json.as_bool().map(|yes| f64::from(u8::from(yes))));
            let value = number.map_or(f64::NAN, |number| number * wanted.scale);
            let inside = wanted.min.is_none_or(|min| value >= min) && wanted.max.is_none_or(|max| value <= max);
            let says = if value.is_finite() && inside { Says::Value } else { Says::Beyond };
            let value = self.value(&wanted.name, &wanted.unit, value, says, decoded);
            if let (true, "heart_rate", Some(bpm)) = (live, wanted.name.as_str(), value.value) {
                decoded.heart.push(HeartSample::Rate { at, bpm });
            }
            values.push(value);
        }
        decoded.steps_added = match (live, steps_before, decoded.steps_added) {
            // What happened before is told in its own time only.
            (false, before, _) => before,
            (true, Some(before), Some(added)) if values.iter().any(|v| v.name == "steps_added") => Some(before + added),
            (true, before, added) => added.or(before),
        };
        if values.iter().any(|value| value.value.is_some()) {
            decoded.readings.push(Reading { stream: stream.name.clone(), values, flags: Vec::new(), block_millis });
        } else if decoded.told[told_before..].iter().any(|told| matches!(told, Told::OutOfRange { .. })) {
            decoded.told.truncate(told_before);
            decoded.told.push(Told::Refused("none of the line's values can be".into()));
        }
        if live {
            self.last_arrival = Some(at);
        }
    }
}
