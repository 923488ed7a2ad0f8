//! How a column writes its times: what marks between digits are for, whether the day or the month of a date stands
//! first, and whether `9:05` are hours and minutes. One row leaves it open; the whole column tells.

mod dates;
mod marks;

use std::ops::Range;

use self::dates::{Date, Numbers};
pub(super) use self::marks::{Marks, thousands};
use super::text::{Row, Table};
use super::times::{self, Unit};
use super::{Origin, TableError};

/// Rows that tell what the marks are for.
const LOOKED_AT: usize = 2000;

/// What is said of dates that can be read in two ways.
const OPEN_DATES: &str = "its times do not read: nothing in it tells whether the day or the month of its dates stands \
    first; write them such as 2024-05-01T10:00:00.25Z";
const OTHER_DATES: &str = "its times do not read: in some of its dates the day stands first and in others the month; \
    write them such as 2024-05-01T10:00:00.25Z";

/// Seconds after which times of day, and minutes and seconds, begin anew.
const DAY: f64 = 86_400.0;
const HOUR: f64 = 3600.0;

/// How far rows can be apart, seconds.
pub(super) struct Apart {
    /// In any table of their kind.
    pub(super) possible: Range<f64>,
    /// At most, in one by which much can be told.
    pub(super) usual: f64,
}

/// How times are written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Writing {
    /// A mark stands between thousands and never before decimals.
    grouped: bool,
    /// In dates such as 13.5.2024 or 5/13/2024.
    day_first: bool,
    clock: Clock,
}

/// What times without a date are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Clock {
    /// There are none.
    #[default]
    None,
    /// Times of day with their seconds.
    Full,
    /// `9:05` are hours and minutes.
    Hours,
    /// `9:05` are minutes and seconds, of which no hour ever shows.
    Minutes,
}

impl Writing {
    /// Looks at the times in a column, behind the first rows of a table. `named` is their unit, where its name says it.
    ///
    /// # Errors
    /// When they can be read in two ways, or the table cannot be read.
    pub(super) fn of(
        origin: &Origin,
        rows_before: usize,
        place: usize,
        named: Option<Unit>,
        apart: &Apart,
    ) -> Result<Self, TableError> {
        let mut table = Table::open(origin)?;
        for _ in 0..rows_before {
            table.next()?;
        }
        let (mut marks, mut days, mut clocks, mut looked) = (Marks::default(), Days::default(), Clocks::default(), 0);
        while looked < LOOKED_AT || days.are_open() || clocks.are_open() {
            let Some(row) = table.next()? else { break };
            if looked < LOOKED_AT {
                marks.look(row, place);
            }
            looked += 1;
            let text = row.get(place).unwrap_or_default();
            days.look(text);
            clocks.look(text, looked <= LOOKED_AT);
        }
        let grouped = marks.are_between_thousands(named, &apart.possible)?;
        Ok(Self { grouped, day_first: days.come_first()?, clock: clocks.are(apart.usual) })
    }

    /// A time: a number, a date as ISO 8601 or people write it, as Unix seconds, or a time of day, as seconds; without an
    /// offset a date is taken as UTC.
    pub(super) fn time(self, row: &Row, column: usize) -> Option<f64> {
        let text = row.get(column)?;
        if self.grouped {
            return thousands(text).map(|(value, _)| value).or_else(|| row.number(column));
        }
        let date = || Date::of(text).and_then(|date| date.seconds(self.day_first));
        row.number(column).or_else(|| times::date(text)).or_else(date).or_else(|| self.clock(text))
    }

    fn clock(self, text: &str) -> Option<f64> {
        match self.clock {
            Clock::Minutes => dates::minutes(text).or_else(|| dates::clock(text)),
            Clock::None | Clock::Full | Clock::Hours => dates::clock(text),
        }
    }

    /// Where its times begin anew, if they do.
    pub(super) fn turns(self) -> Turns {
        let period = match self.clock {
            Clock::None => None,
            Clock::Full | Clock::Hours => Some(DAY),
            Clock::Minutes => Some(HOUR),
        };
        Turns { period, last: None, passed: 0.0, before: 0.0 }
    }

    /// A sentence about times that could be others.
    pub(super) fn note(self) -> Option<String> {
        let (read, other, written) = match self.clock {
            Clock::None | Clock::Full => return None,
            Clock::Hours => ("hours and minutes", "minutes and seconds", "0:09:05"),
            Clock::Minutes => ("minutes and seconds", "hours and minutes", "9:05:00"),
        };
        Some(format!("times such as 9:05 are read as {read}; where they are {other}, write {written}"))
    }
}

/// Where a time comes back to so many seconds around the one before the end of a day, it was not the end of the day.
const BACK: Range<f64> = -300.0..3600.0;

/// Goes on with times of day behind midnight.
pub(super) struct Turns {
    period: Option<f64>,
    last: Option<f64>,
    passed: f64,
    /// The one before the last turn.
    before: f64,
}

impl Turns {
    /// A time, seconds, with the days that passed before it.
    pub(super) fn with_days(&mut self, time: f64) -> f64 {
        let Some(period) = self.period else { return time };
        let last = self.last.unwrap_or(time);
        if time - last < -period / 2.0 {
            (self.passed, self.before) = (self.passed + period, last);
        } else if time - last > period / 2.0 && self.passed > 0.0 && BACK.contains(&(time - self.before)) {
            self.passed -= period;
        }
        self.last = Some(time);
        time + self.passed
    }
}

/// What times without a date are, as they are looked at.
#[derive(Default)]
struct Clocks {
    full: bool,
    two: bool,
    dated: bool,
    minutes: bool,
    /// The first ones, as hours and minutes.
    values: Vec<f64>,
}

impl Clocks {
    fn look(&mut self, text: &str, keep: bool) {
        match dates::two(text) {
            Some((first, second)) => {
                self.two = true;
                let is_end_of_day = first == 24 && second == "00";
                self.minutes |= first > 23 && !is_end_of_day || second.contains(['.', ',']);
                self.values.extend(dates::clock(text).filter(|_| keep));
            }
            None => self.full |= dates::clock(text).is_some(),
        }
        self.dated |= text.len() > "0:00:00".len() && (times::date(text).is_some() || Date::of(text).is_some());
    }

    fn are_open(&self) -> bool {
        self.two && !self.minutes
    }

    fn are(&self, usual: f64) -> Clock {
        // Further apart than usual as hours and minutes, they are minutes and seconds if those are not.
        let seldom = || times::step(&self.values).is_some_and(|step| step > usual && step / 60.0 <= usual);
        match (self.full, self.two) {
            _ if self.dated => Clock::None,
            (false, false) => Clock::None,
            _ if self.minutes => Clock::Minutes,
            (true, _) => Clock::Full,
            (false, true) if seldom() => Clock::Minutes,
            (false, true) => Clock::Hours,
        }
    }
}

/// Whether days come first.
#[derive(Default)]
struct Days {
    /// A date of which it matters.
    seen: bool,
    first: bool,
    second: bool,
}

impl Days {
    fn look(&mut self, text: &str) {
        let Some(Numbers::Open(first, second)) = Date::of(text).map(|date| date.numbers) else { return };
        self.seen |= first != second;
        self.first |= first > 12;
        self.second |= second > 12;
    }

    fn are_open(&self) -> bool {
        self.seen && !self.first && !self.second
    }

    fn come_first(&self) -> Result<bool, TableError> {
        match (self.first, self.second) {
            (true, true) => Err(TableError::content(OTHER_DATES)),
            (false, false) if self.seen => Err(TableError::content(OPEN_DATES)),
            (first, _) => Ok(first),
        }
    }
}

#[cfg(test)]
mod tests;
