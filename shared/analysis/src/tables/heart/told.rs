//! What a row tells.

use super::layout::Form;
use crate::left_out::LeftOut;
use crate::sample::{HeartSample, Timestamp};
use crate::tables::order::Found;
use crate::tables::text::Row;
use crate::tables::writing::Turns;
use crate::wearables::beats::{BeatClock, Coming};
use crate::wearables::{HeartReading, hex};

/// An interval over this (under 20 beats a minute) is none: time passed without beats that were told.
const LONGEST_INTERVAL_MILLIS: f64 = 3000.0;
/// Rates that a heart has, 1/min. Beyond stand numbers that say that there is none: 0, 255, 65535.
const RATES: std::ops::RangeInclusive<f64> = 20.0..=250.0;

/// What a row with a time tells.
#[derive(PartialEq)]
pub(super) enum Told {
    Interval([f64; 1]),
    /// An interval or a rate that is none.
    Nothing,
    Rate(f64),
    /// An interval, and the rate in its row.
    Both([f64; 1], f64),
    Packet(HeartReading),
}

impl Told {
    pub(super) fn intervals(&self) -> Option<&[f64]> {
        match self {
            Self::Interval(interval) | Self::Both(interval, _) => Some(interval),
            Self::Packet(reading) => Some(&reading.intervals_millis),
            Self::Nothing | Self::Rate(_) => None,
        }
    }

    pub(super) fn is_rate(&self) -> bool {
        matches!(self, Self::Rate(_))
    }

    fn interval(millis: f64) -> Self {
        if is_interval(&millis) { Self::Interval([millis]) } else { Self::Nothing }
    }

    fn rate(bpm: f64) -> Self {
        if is_rate(&bpm) { Self::Rate(bpm) } else { Self::Nothing }
    }

    fn packet(reading: HeartReading, left_out: &mut LeftOut) -> Self {
        Self::Packet(sound(reading, left_out))
    }
}

/// A packet's reading without intervals that are none. They are counted, as are a rate that is none and bytes that belong to
/// nothing.
pub(super) fn sound(mut reading: HeartReading, left_out: &mut LeftOut) -> HeartReading {
    let told = reading.intervals_millis.len();
    reading.intervals_millis.retain(is_interval);
    let no_rate = told == 0 && !is_rate(&reading.bpm);
    left_out.no_value += (told - reading.intervals_millis.len()) as u64 + u64::from(no_rate);
    left_out.unread += u64::from(reading.left_over > 0);
    reading
}

pub(super) fn is_interval(millis: &f64) -> bool {
    *millis > 0.0 && *millis <= LONGEST_INTERVAL_MILLIS
}

pub(super) fn is_rate(bpm: &f64) -> bool {
    RATES.contains(bpm)
}

/// What a row tells, and when. What of it is left out is counted.
pub(super) fn found(form: &Form, row: &Row, turns: &mut Turns, left_out: &mut LeftOut) -> Found<Told> {
    let is_empty = |column: usize| row.get(column).is_some_and(str::is_empty);
    let told = match form {
        // Beside an electrocardiogram most rows have none; straps that tell a rate every second have one now and then.
        Form::TimedIntervals { interval, rate, .. } if row.get(interval.column).is_none_or(str::is_empty) => {
            let Some(bpm) = rate_beside(row, *rate) else { return Found::Nothing };
            Some(Told::Rate(bpm))
        }
        Form::TimedRates { rate, .. } if is_empty(*rate) => return Found::Nothing,
        Form::TimedIntervals { interval, rate, to_millis, seldom, .. } => {
            interval.number(row).map(|value| match (Told::interval(value * to_millis), rate_beside(row, *rate)) {
                (Told::Nothing, Some(bpm)) => Told::Rate(bpm),
                (Told::Interval(interval), Some(bpm)) if *seldom => Told::Both(interval, bpm),
                (told, _) => told,
            })
        }
        Form::TimedRates { rate, .. } => row.number(*rate).map(Told::rate),
        Form::Packets { profile, packet, .. } => {
            let reading = row.get(*packet).and_then(hex).and_then(|packet| profile.decode(&packet).ok());
            reading.map(|reading| Told::packet(reading, left_out))
        }
        Form::Intervals { .. } | Form::Rates { .. } => None,
    };
    let time = form.time().and_then(|time| Some((time.unit, turns.with_days(time.writing.time(row, time.place)?))));
    let Some((told, (unit, time))) = told.zip(time) else { return Found::Unread };
    left_out.no_value += u64::from(matches!(told, Told::Nothing));
    unit.micros(time).map_or(Found::Beyond, |at| Found::Row(at, told))
}

/// The rate that stands in a row whose interval is none.
fn rate_beside(row: &Row, column: Option<usize>) -> Option<f64> {
    row.number(column?).filter(is_rate)
}

pub(super) fn samples(
    form: &Form,
    at: i64,
    told: &Told,
    beats: &mut BeatClock,
    coming: impl Iterator<Item = Coming>,
) -> Vec<HeartSample> {
    match told {
        Told::Nothing => Vec::new(),
        Told::Rate(bpm) => vec![HeartSample::Rate { at: Timestamp(at), bpm: *bpm }],
        Told::Interval([rr_millis]) if matches!(form, Form::TimedIntervals { exact: true, .. }) => {
            vec![HeartSample::Beat { at: Timestamp(at), rr_millis: *rr_millis }]
        }
        Told::Interval(interval) => beats.told(at, interval, coming),
        Told::Both(interval, bpm) => {
            let rate = HeartSample::Rate { at: Timestamp(at), bpm: *bpm };
            let mut samples = beats.told(at, interval, coming);
            samples.push(rate);
            samples.sort_by_key(HeartSample::at);
            samples
        }
        Told::Packet(reading) => of_packet(at, reading, beats, coming),
    }
}

/// What a packet tells that came at an instant: contact, beats, and where it has no intervals, its rate.
pub(super) fn of_packet(
    at: i64,
    reading: &HeartReading,
    beats: &mut BeatClock,
    coming: impl Iterator<Item = Coming>,
) -> Vec<HeartSample> {
    let mut samples = Vec::new();
    if let Some(touching) = reading.contact {
        samples.push(HeartSample::Contact { at: Timestamp(at), touching });
    }
    if reading.intervals_millis.is_empty() && is_rate(&reading.bpm) {
        samples.push(HeartSample::Rate { at: Timestamp(at), bpm: reading.bpm });
    }
    samples.extend(beats.told(at, &reading.intervals_millis, coming));
    samples.sort_by_key(HeartSample::at);
    samples
}
