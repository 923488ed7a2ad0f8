//! Times in the files of others: their column, their unit, their first instant.

use attune_analysis::sample::Timestamp;
use csv::StringRecord;

use super::table::column;

/// How a file tells its times.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
}

const NAMED: [(Unit, &[&str]); 4] = [
    (Unit::Seconds, &["time_s", "timestamp_s", "t_s", "seconds"]),
    (Unit::Millis, &["time_ms", "timestamp_ms", "t_ms"]),
    (Unit::Micros, &["time_us", "timestamp_us"]),
    (Unit::Nanos, &["time_ns", "timestamp_ns"]),
];
const UNNAMED: &[&str] = &["timestamp", "time", "t"];

impl Unit {
    /// Microseconds of a time, kept apart from 64-bit floats' limits by the caller's subtraction of the first one.
    pub(super) fn micros(self, value: f64) -> i64 {
        let micros = match self {
            Self::Seconds => value * 1e6,
            Self::Millis => value * 1e3,
            Self::Micros => value,
            Self::Nanos => value / 1e3,
        };
        micros.round() as i64 // saturates
    }

    /// The unit in which samples that come about every `typical` seconds are `step` apart: units differ by a factor of
    /// a thousand, so a step within a factor of thirty tells.
    pub(super) fn guess(step: f64, typical: f64) -> Self {
        let scaled = step / typical;
        match scaled {
            s if s < 31.6 => Self::Seconds,
            s if s < 31.6e3 => Self::Millis,
            s if s < 31.6e6 => Self::Micros,
            _ => Self::Nanos,
        }
    }
}

/// The column of times in a header, and its unit where the name says it.
pub(super) fn time_column(header: &StringRecord) -> Option<(usize, Option<Unit>)> {
    let named = NAMED.into_iter().find_map(|(unit, names)| Some((column(header, names)?, Some(unit))));
    named.or_else(|| Some((column(header, UNNAMED)?, None)))
}

/// The middle of some steps; `None` when there are none above zero.
pub(super) fn median_step(times: &[f64]) -> Option<f64> {
    let mut steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    steps.get(steps.len() / 2).copied()
}

/// A first instant that can be a date (after 2001), as one.
pub(super) fn as_date(micros: i64) -> Option<Timestamp> {
    (micros > 1_000_000_000_000_000).then_some(Timestamp(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_an_unnamed_time_is_told_by_the_steps() {
        for (hertz, typical) in [(25.0, 0.02), (200.0, 0.02), (32.0, 0.02), (1.0, 1.0), (3.0, 1.0)] {
            for (unit, scale) in [(Unit::Seconds, 1.0), (Unit::Millis, 1e3), (Unit::Micros, 1e6), (Unit::Nanos, 1e9)] {
                assert_eq!(Unit::guess(scale / hertz, typical), unit, "{hertz} Hz");
            }
        }
    }

    #[test]
    fn the_middle_step_is_not_moved_by_gaps_and_repeated_times() {
        assert_eq!(median_step(&[0.0, 0.0, 1.0, 2.0, 500.0]), Some(1.0));
        assert_eq!(median_step(&[3.0]), None);
    }
}
