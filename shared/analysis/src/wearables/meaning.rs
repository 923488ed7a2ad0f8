//! Which values mean something to the analyzers, by what they are called.

use super::layout::Field;
use super::rows::Numbers;
use crate::sample::{MotionSample, Timestamp};

/// Standard gravity, m/s2 (BIPM).
const GRAVITY: f64 = 9.80665;
/// Rates that a heart has, 1/min.
const RATES: std::ops::RangeInclusive<f64> = 20.0..=250.0;
/// Numbers that stand for no rate.
const NO_RATES: [f64; 2] = [255.0, 65_535.0];
/// An interval over this (under 20 beats a minute) is none, milliseconds.
const LONGEST_INTERVAL: f64 = 3000.0;

/// What a heart rate says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rate {
    Good,
    Nothing,
    Beyond,
}

/// A rate under 20 a minute, and one of 255 or 65535, says that there is none; one over 250 cannot be.
pub(super) fn rate(bpm: f64) -> Rate {
    match bpm {
        bpm if RATES.contains(&bpm) => Rate::Good,
        bpm if bpm < *RATES.start() || NO_RATES.contains(&bpm) => Rate::Nothing,
        _ => Rate::Beyond,
    }
}

/// The intervals of a packet, milliseconds, oldest first.
pub(super) struct Beats(Vec<f64>);

impl Beats {
    pub(super) fn of(numbers: &Numbers) -> Option<Self> {
        let column = numbers.columns.iter().position(|field| field.name == "rr_interval")?;
        let scale = if numbers.columns[column].unit == "s" { 1000.0 } else { 1.0 };
        Some(Self(numbers.rows.iter().map(|row| row[column].value * scale).collect()))
    }

    pub(super) fn into_millis(self) -> Vec<f64> {
        self.0
    }

    pub(super) fn millis(&self, number: usize) -> f64 {
        self.0[number]
    }

    /// Whether an interval can be one.
    pub(super) fn can_be(&self, number: usize) -> bool {
        self.0[number] > 0.0 && self.0[number] <= LONGEST_INTERVAL
    }

    /// Those that can be, with their numbers.
    pub(super) fn that_can_be(&self) -> impl Iterator<Item = (usize, f64)> {
        self.0.iter().copied().enumerate().filter(|(number, _)| self.can_be(*number))
    }

    /// From the first beat to the last one, nanoseconds.
    pub(super) fn span_nanos(&self) -> i128 {
        self.before_end(0)
    }

    /// From a beat to the last one, nanoseconds.
    pub(super) fn before_end(&self, number: usize) -> i128 {
        let behind = self.that_can_be().filter(|(other, _)| *other > number);
        (behind.map(|(_, millis)| millis).sum::<f64>() * 1e6).round() as i128
    }
}

/// Where acceleration, and angular rate where there is one, stand in a row.
pub(super) struct Motion {
    acceleration: [(usize, f64); 3],
    gyroscope: Option<[(usize, f64); 3]>,
}

impl Motion {
    pub(super) fn of(columns: &[&Field]) -> Option<Self> {
        let axes = |what: &str| -> Option<[(usize, f64); 3]> {
            let axis = |axis: &str| {
                let place = columns.iter().position(|field| field.name == format!("{what}_{axis}"))?;
                let scale = match columns[place].unit.as_str() {
                    "g" => GRAVITY,
                    "mg" => GRAVITY / 1000.0,
                    "deg/s" => std::f64::consts::PI / 180.0,
                    _ => 1.0,
                };
                Some((place, scale))
            };
            Some([axis("x")?, axis("y")?, axis("z")?])
        };
        Some(Self { acceleration: axes("acceleration")?, gyroscope: axes("gyroscope") })
    }

    pub(super) fn sample(&self, row: &[f64], at: Timestamp) -> MotionSample {
        let of = |axes: &[(usize, f64); 3]| axes.map(|(place, scale)| row[place] * scale);
        MotionSample { at, acceleration: of(&self.acceleration), gyroscope: self.gyroscope.as_ref().map(of) }
    }
}
