//! Times in the files of others: their column, their unit, their steps, and what can be a time at all.

use super::names::{self, Header};
pub use crate::sample::LATEST;
use crate::sample::Timestamp;

/// From here on a time is a date, 2001-09-09: sensors that count from zero count less.
pub(super) const EARLIEST_DATE: i64 = 1_000_000_000_000_000;
/// Steps longer than this, seconds, and than five times the middle one are gaps.
const GAP_SECONDS: i64 = 2;
const DAY: f64 = 86_400.0;
/// Days of a spreadsheet at 1970, and those of 2000 to 2100.
const SERIAL_1970: f64 = 25_569.0;
const SERIAL_DATES: std::ops::Range<f64> = 36_526.0..73_051.0;
/// A date in days has a time of day, too: rows are no further apart than this, an hour, seconds.
const LONGEST_OF_DAYS: f64 = 3601.0;

/// What is said of times of which none reads.
pub(super) const UNREAD: &str =
    "its times do not read: write them as numbers, or as dates such as 2024-05-01T10:00:00.25Z";

/// What is said of times that are too close.
pub(super) const TOO_CLOSE: &str = "its rows are closer together than those of any sensor, in whatever unit: write times in \
    seconds under time_s, or in milliseconds under time_ms";

/// How a file tells its times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Unit {
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// As spreadsheets count them: of a date from the end of 1899, of a time of day from midnight.
    Days,
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Seconds => "seconds",
            Self::Millis => "milliseconds",
            Self::Micros => "microseconds",
            Self::Nanos => "nanoseconds",
            Self::Days => "days",
        })
    }
}

const NAMED: [(Unit, &[&str]); 4] = [
    (Unit::Seconds, names::SECONDS),
    (Unit::Millis, names::MILLIS),
    (Unit::Micros, names::MICROS),
    (Unit::Nanos, names::NANOS),
];

impl Unit {
    const ALL: [Self; 4] = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];

    /// Microseconds of a time; `None` when it is further from 1970 than the year 2100.
    pub(super) fn micros(self, value: f64) -> Option<i64> {
        let micros = match self {
            Self::Seconds => value * 1e6,
            Self::Millis => value * 1e3,
            Self::Micros => value,
            Self::Nanos => value / 1e3,
            Self::Days if value >= SERIAL_DATES.start => (value - SERIAL_1970) * DAY * 1e6,
            Self::Days => value * DAY * 1e6,
        };
        (micros.abs() < LATEST.0 as f64).then(|| micros.round() as i64)
    }

    /// Seconds of a time.
    pub(super) fn seconds(self, value: f64) -> f64 {
        match self {
            Self::Seconds => value,
            Self::Millis => value / 1e3,
            Self::Micros => value / 1e6,
            Self::Nanos => value / 1e9,
            Self::Days => value * DAY,
        }
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

    /// The unit of times that were seen, without a name that says it: by their steps, or by what makes dates of them.
    /// The ranges of dates do not overlap, but a long count from zero can fall into one: it is believed where the steps
    /// tell the same unit, or the next smaller one, as those of a slow sensor do.
    pub(super) fn of(seen: &[f64], typical: f64, soonest: f64) -> Option<Self> {
        let step = step(seen)?;
        let guess = Self::guess(step, typical);
        let mut values = seen.to_vec();
        values.sort_by(f64::total_cmp);
        let middle = *values.get(values.len() / 2)?;
        if Self::is_days(step, middle, typical, soonest) {
            return Some(Self::Days);
        }
        let is_date = |unit: &Self| unit.micros(middle).and_then(as_date).is_some();
        let date = Self::ALL.into_iter().find(is_date);
        Some(date.filter(|date| [0, 1].contains(&(guess as i8 - *date as i8))).unwrap_or(guess))
    }

    /// Whether steps that a sensor does not have in seconds are its steps in days: those of dates, also where whole minutes
    /// show it, and those of times of day.
    fn is_days(step: f64, middle: f64, typical: f64, soonest: f64) -> bool {
        let (little, seconds) = (typical / 31.6, DAY * step);
        let minutes = seconds / 60.0;
        let whole_minutes = minutes.round() >= 1.0 && (minutes - minutes.round()).abs() < 0.02;
        let is_date = SERIAL_DATES.contains(&middle) && (step < soonest || whole_minutes);
        let is_clock = (0.0..2.0).contains(&middle) && step < soonest && Self::guess(seconds, typical) == Self::Seconds;
        step < little && (little..=LONGEST_OF_DAYS).contains(&seconds) && (is_date || is_clock)
    }

    /// Whether rows come sooner than after so many seconds.
    pub(super) fn is_sooner(self, step: f64, soonest: f64) -> bool {
        self.seconds(step) < soonest
    }

    /// Whether times of this unit are neither dates nor a count that ends before 2100: the middle one is beyond.
    pub(super) fn is_beyond(self, seen: &[f64]) -> bool {
        let beyond = seen.iter().filter(|value| self.micros(**value).is_none()).count();
        2 * beyond > seen.len()
    }
}

/// A sentence for times of another unit than their column says.
pub(super) fn renamed(named: Option<Unit>, unit: Unit) -> Option<String> {
    if unit == Unit::Days {
        return Some("times are read as days, as spreadsheets count them: the steps between them tell it".to_owned());
    }
    let named = named.filter(|named| *named != unit)?;
    Some(format!(
        "times are read as {unit} and not as {named}, which their column says: the steps between them tell it"
    ))
}

/// The column of times in a header, and its unit where the name says it.
pub(super) fn time_column(header: &Header) -> Option<(usize, Option<Unit>)> {
    let named = NAMED.into_iter().find_map(|(unit, names)| Some((header.column(names)?, Some(unit))));
    named.or_else(|| Some((header.column(names::TIMES)?, None)))
}

/// A date as ISO 8601 writes it, as Unix seconds; without an offset it is taken as UTC.
pub(super) fn date(text: &str) -> Option<f64> {
    // Cheap to look at before the whole is: four digits of a year, and more.
    let year = text.get(..4).is_some_and(|year| year.bytes().all(|digit| digit.is_ascii_digit()));
    if !year || text.len() < "2000-01-01 00:00".len() {
        return None;
    }
    let utc = |at: jiff::civil::DateTime| at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp());
    let instant: jiff::Timestamp = text.parse().ok().or_else(|| utc(text.parse().ok()?))?;
    Some(instant.as_microsecond() as f64 / 1e6)
}

/// Time from one row to the next, whatever order they have: the middle step, shared among the rows that have one time;
/// `None` when no time differs from another.
pub(super) fn step(times: &[f64]) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let mut steps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect();
    let distinct = steps.len() + 1;
    steps.sort_by(f64::total_cmp);
    Some(steps.get(steps.len() / 2)? * distinct as f64 / times.len() as f64)
}

/// An instant that can be a date (from 2001 to 2100), as one.
pub(super) fn as_date(micros: i64) -> Option<Timestamp> {
    (EARLIEST_DATE..LATEST.0).contains(&micros).then_some(Timestamp(micros))
}

/// Whether most of these times are dates.
pub(super) fn are_dates(micros: impl Iterator<Item = i64>) -> bool {
    let (mut dates, mut others) = (0_usize, 0_usize);
    micros.for_each(|at| if as_date(at).is_some() { dates += 1 } else { others += 1 });
    dates > others
}

/// A sensor sends evenly if its rows take no longer than so many of its middle steps.
const EVEN: f64 = 1.05;

/// How often rows come.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Cadence {
    /// Middle time from one time to the next that differs, microseconds.
    pub(super) step: i64,
    /// Rows a second.
    pub(super) rate: f64,
}

impl Cadence {
    /// Time that the last row takes up: that of its second where rows share one, else that of a row; microseconds.
    pub(super) fn row(&self) -> i64 {
        if self.rate * self.step as f64 > 1.5e6 { self.step } else { (1e6 / self.rate).round() as i64 }
    }

    /// Of times in ascending order; `None` when they do not advance.
    ///
    /// The middle step is that of a sensor that hardly ever skips one. Of one that sends in bursts it says little; how many
    /// rows there are in how long says more, gaps left out, up to the last burst, whose end is not known. Where most times
    /// are shared, as whole seconds are, the first and the last of them are shared by fewer.
    pub(super) fn of(times: &[i64]) -> Option<Self> {
        let groups: Vec<(i64, usize)> = times.chunk_by(|a, b| a == b).map(|group| (group[0], group.len())).collect();
        let mut steps: Vec<i64> = groups.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        let step = middle(&mut steps)?;
        let longest = (5 * step).max(GAP_SECONDS * 1_000_000);
        let mut sizes: Vec<usize> = groups.iter().map(|&(_, rows)| rows).collect();
        let shared = middle(&mut sizes).filter(|&rows| rows > 1);
        let rate = shared.map(|rows| rows as f64 * 1e6 / step as f64).or_else(|| {
            let near: Vec<(usize, i64)> = groups
                .windows(2)
                .map(|pair| (pair[0].1, pair[1].0 - pair[0].0))
                .filter(|(_, micros)| *micros <= longest)
                .collect();
            let whole = near.iter().rposition(|(_, micros)| *micros > 2 * step).map_or(near.len(), |last| last + 1);
            let sum = |near: &[(usize, i64)]| {
                near.iter().fold((0, 0), |(rows, micros), next| (rows + next.0, micros + next.1))
            };
            let ((all, lasted), (rows, micros)) = (sum(&near), sum(&near[..whole]));
            if lasted as f64 <= EVEN * all as f64 * step as f64 {
                return Some(1e6 / step as f64);
            }
            (micros > 0).then(|| rows as f64 * 1e6 / micros as f64)
        });
        rate.map(|rate| Self { step, rate })
    }
}

fn middle<T: Ord + Copy>(values: &mut [T]) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_of_an_unnamed_time_is_told_by_the_steps() {
        for (hertz, typical) in [(25.0, 0.02), (200.0, 0.02), (32.0, 0.02), (1.0, 1.0), (3.0, 1.0)] {
            for (unit, scale) in [(Unit::Seconds, 1.0), (Unit::Millis, 1e3), (Unit::Micros, 1e6), (Unit::Nanos, 1e9)] {
                assert_eq!(Unit::guess(scale / hertz, typical), unit, "{hertz} Hz");
                let seen: Vec<f64> = (0..100).map(|n| f64::from(n) * scale / hertz).collect();
                assert_eq!(Unit::of(&seen, typical, 1e-4), Some(unit), "{hertz} Hz");
            }
        }
    }

    #[test]
    fn a_date_is_a_time() {
        for (text, seconds) in [
            ("2024-05-01T10:00:00Z", Some(1_714_557_600.0)),
            ("2024-05-01T12:00:00.250+02:00", Some(1_714_557_600.25)),
            ("2024-05-01 10:00:00.5", Some(1_714_557_600.5)),
            ("2024-05-01 10:00:00,5", Some(1_714_557_600.5)),
            ("2024-05-01", None),
            ("yesterday at ten o'clock", None),
            ("10:00:00", None),
        ] {
            assert_eq!(date(text), seconds, "{text}");
        }
    }

    #[test]
    fn a_slow_sensor_is_told_by_its_dates_and_a_long_count_is_none() {
        let every = |begin: f64, step: f64| -> Vec<f64> { (0..100).map(|n| begin + f64::from(n) * step).collect() };
        assert_eq!(Unit::of(&every(1.7e9, 600.0), 1.0, 1e-4), Some(Unit::Seconds), "every ten minutes");
        assert_eq!(Unit::of(&every(1.7e12, 60_000.0), 1.0, 1e-4), Some(Unit::Millis), "every minute");
        assert_eq!(Unit::of(&every(2.5e9, 2e7), 0.02, 1e-4), Some(Unit::Nanos), "2.5 s after the start");
        assert_eq!(Unit::of(&every(2.5e9, 1e6), 1.0, 1e-4), Some(Unit::Micros), "41 minutes after the start");
    }

    #[test]
    fn days_of_a_spreadsheet_are_told_by_steps_that_no_sensor_has_in_seconds() {
        let every =
            |begin: f64, seconds: f64| -> Vec<f64> { (0..100).map(|n| begin + f64::from(n) * seconds / DAY).collect() };
        for (begin, seconds, typical) in [
            (46_094.375, 0.02, 0.02),
            (0.375, 0.02, 0.02),
            (46_094.375, 1.0, 8.0),
            (0.375, 60.0, 8.0),
            (46_094.375, 60.0, 8.0),
            (46_094.375, 300.0, 8.0),
            (46_094.375, 3600.0, 8.0),
        ] {
            let soonest = if typical < 1.0 { 1e-4 } else { 1e-3 };
            assert_eq!(Unit::of(&every(begin, seconds), typical, soonest), Some(Unit::Days), "{begin} {seconds}");
        }
        for hertz in [1.0, 25.0, 50.0, 100.0, 128.0, 130.0, 200.0, 250.0, 256.0, 500.0] {
            for begin in [0.0, 46_094.0] {
                let seen = every(begin, DAY / hertz);
                assert_eq!(
                    Unit::of(&seen, 8.0, 1e-3),
                    Some(Unit::Seconds),
                    "rates beside a heart's current, {hertz} Hz"
                );
            }
        }
        assert_eq!(Unit::of(&every(46_094.0, DAY), 1.0, 1e-4), Some(Unit::Seconds), "a day of days");
        assert_eq!(Unit::Days.micros(46_094.375), Some(1_773_392_400_000_000));
        assert_eq!(Unit::Days.micros(0.375), Some(32_400_000_000));
        assert!(Unit::Seconds.is_sooner(2e-7, 1e-4) && !Unit::Days.is_sooner(2e-7, 1e-4));
    }

    #[test]
    fn times_beyond_2100_are_none_and_nothing_overflows() {
        for value in [1e300, -1e300, 4.2e9, f64::MAX] {
            assert_eq!(Unit::Seconds.micros(value), None, "{value}");
        }
        assert_eq!(Unit::Seconds.micros(4.1e9), Some(4_100_000_000_000_000));
        assert_eq!(as_date(LATEST.0), None);
    }

    #[test]
    fn the_middle_step_is_not_moved_by_gaps_and_is_shared_among_equal_times() {
        assert_eq!(step(&[0.0, 1.0, 2.0, 500.0]), Some(1.0));
        assert_eq!(step(&[0.0, 0.0, 1.0, 1.0]), Some(0.5));
        assert_eq!(step(&[3.0]), None);
        assert_eq!(step(&[3.0, 3.0]), None);
    }

    #[test]
    fn the_rate_is_that_of_rows_whether_they_share_times_come_in_bursts_or_have_gaps() {
        let rate = |times: &[i64]| Cadence::of(times).map(|cadence| cadence.rate.round());
        let even: Vec<i64> = (0..100).map(|n| n * 20_000).collect();
        assert_eq!(rate(&even), Some(50.0));
        let with_gap: Vec<i64> = even.iter().copied().chain(even.iter().map(|at| at + 86_400_000_000)).collect();
        assert_eq!(rate(&with_gap), Some(50.0));
        let whole_seconds: Vec<i64> = (17..500).map(|n| n / 50 * 1_000_000).collect();
        assert_eq!(rate(&whole_seconds), Some(50.0));
        let bursts: Vec<i64> = (0..200).map(|n| n / 10 * 200_000 + n % 10 * 1000).collect();
        assert_eq!(rate(&bursts), Some(50.0));
        assert_eq!(rate(&[7, 7]), None);
    }
}
