//! What a row tells.

use super::layout::Form;
use crate::left_out::LeftOut;
use crate::sample::{HeartSample, Timestamp};
use crate::tables::order::Found;
use crate::tables::text::Row;
use crate::tables::times;
use crate::wearables::beats::{BeatClock, Coming};
use crate::wearables::{HeartReading, hex};

/// An interval over this (under 20 beats a minute) is none: time passed without beats that were told.
const LONGEST_INTERVAL_MILLIS: f64 = 3000.0;
/// Rates that a heart has, 1/min. Beyond stand numbers that say that there is none: 0, 255, 65535.
const RATES: std::ops::RangeInclusive<f64> = 20.0..=250.0;

/// What a row with a time tells.
pub(super) enum Told {
    Interval([f64; 1]),
    /// An interval or a rate that is none.
    Nothing,
    Rate(f64),
    Packet(HeartReading),
}

impl Told {
    pub(super) fn intervals(&self) -> Option<&[f64]> {
        match self {
            Self::Interval(interval) => Some(interval),
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

    /// Without intervals and rates that are none, and bytes that belong to nothing, which are counted: the rest of the packet is
    /// good.
    fn packet(mut reading: HeartReading, left_out: &mut LeftOut) -> Self {
        let told = reading.intervals_millis.len();
        reading.intervals_millis.retain(is_interval);
        let no_rate = told == 0 && !is_rate(&reading.bpm);
        left_out.no_value += (told - reading.intervals_millis.len()) as u64 + u64::from(no_rate);
        left_out.unread += u64::from(reading.left_over > 0);
        Self::Packet(reading)
    }
}

pub(super) fn is_interval(millis: &f64) -> bool {
    *millis > 0.0 && *millis <= LONGEST_INTERVAL_MILLIS
}

pub(super) fn is_rate(bpm: &f64) -> bool {
    RATES.contains(bpm)
}

/// What a row tells, and when. What of it is left out is counted.
pub(super) fn found(form: &Form, row: &Row, left_out: &mut LeftOut) -> Found<Told> {
    let is_empty = |column: usize| row.get(column).is_some_and(str::is_empty);
    let told = match form {
        // Beside an electrocardiogram most rows have none; straps that tell a rate every second have one now and then.
        Form::TimedIntervals { interval, rate, .. } if row.get(*interval).is_none_or(str::is_empty) => {
            let Some(bpm) = rate_beside(row, *rate) else { return Found::Nothing };
            Some(Told::Rate(bpm))
        }
        Form::TimedRates { rate, .. } if is_empty(*rate) => return Found::Nothing,
        Form::TimedIntervals { interval, rate, to_millis, .. } => {
            row.number(*interval).map(|value| match (Told::interval(value * to_millis), rate_beside(row, *rate)) {
                (Told::Nothing, Some(bpm)) => Told::Rate(bpm),
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
    let time = form.time().and_then(|time| Some((time.unit, times::time(row, time.place)?)));
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
        Told::Packet(reading) => {
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
    }
}
