//! Hours and days of a person's clock.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::bucket::{day_number, day_of};
use crate::touch::HOUR;

/// Milliseconds of a day of 24 hours.
pub(crate) const DAY: i64 = 24 * HOUR;

/// How far from midnight UTC of its date a day of any zone begins or ends at most, milliseconds.
pub(crate) const FARTHEST: i64 = 26 * HOUR;

/// An hour of a clock: from one full hour to the next, or to where the clock is changed within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hour {
    /// Its first instant, Unix milliseconds.
    pub(super) start: i64,
    /// The first instant behind it, Unix milliseconds.
    pub(super) end: i64,
    /// The number of the day in which it lies.
    pub(super) day: i64,
}

/// The hours of a zone's clock that a piece of time touches, Unix milliseconds, in order. What no calendar reaches has none.
pub(super) fn hours_in(zone: &TimeZone, piece: Range<i64>) -> Vec<Hour> {
    let (mut hours, mut at) = (Vec::new(), piece.start);
    while at < piece.end {
        let Some(hour) = hour_at(zone, at) else { break };
        hours.push(hour);
        at = hour.end;
    }
    hours
}

fn hour_at(zone: &TimeZone, instant: i64) -> Option<Hour> {
    let shift = shift(zone, instant)?;
    let local = instant + shift;
    let (start, end) = (local - local.rem_euclid(HOUR) - shift, local - local.rem_euclid(HOUR) - shift + HOUR);
    // Where the clock is changed within the hour, the hour ends there and another one begins.
    let start = if self::shift(zone, start)? == shift { start } else { change(zone, start, instant)? };
    let end = if self::shift(zone, end - 1)? == shift { end } else { change(zone, instant, end - 1)? };
    let day = day_number(zone.to_datetime(Timestamp::from_millisecond(start).ok()?).date());
    Some(Hour { start, end, day })
}

/// How far a zone's clock is ahead of UTC at an instant, milliseconds.
fn shift(zone: &TimeZone, instant: i64) -> Option<i64> {
    Some(i64::from(zone.to_offset(Timestamp::from_millisecond(instant).ok()?).seconds()) * 1000)
}

/// The first instant that has the shift of the later of two instants less than an hour apart, between which it changes once.
fn change(zone: &TimeZone, mut before: i64, mut after: i64) -> Option<i64> {
    let new = shift(zone, after)?;
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shift(zone, middle)? == new {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(after)
}

/// The number of the Monday of a day's week, and of the first day of its month with that of the month behind it.
pub(super) fn week_and_month(day: i64) -> Option<(i64, Range<i64>)> {
    let date: Date = day_of(day)?;
    let monday = day - i64::from(date.weekday().to_monday_zero_offset());
    let first = day_number(date.first_of_month());
    Some((monday, first..first + i64::from(date.days_in_month())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    fn instant(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_millisecond()
    }

    /// Hours of a date: how many, and whether each begins where the one before ends.
    fn of(name: &str, date: Date) -> Vec<Hour> {
        let begins = instant(&format!("{date}T00:00:00Z"));
        let around = hours_in(&zone(name), begins - FARTHEST..begins + DAY + FARTHEST);
        assert!(around.windows(2).all(|two| two[0].end == two[1].start), "{around:?}");
        around.into_iter().filter(|hour| hour.day == day_number(date)).collect()
    }

    #[test]
    fn a_day_has_23_or_25_hours_where_the_clocks_are_changed() {
        for (zone, date, hours) in [
            ("Europe/Berlin", Date::constant(2026, 3, 28), 24),
            ("Europe/Berlin", Date::constant(2026, 3, 29), 23),
            ("Europe/Berlin", Date::constant(2026, 10, 25), 25),
            ("America/New_York", Date::constant(2026, 3, 8), 23),
            ("America/New_York", Date::constant(2026, 11, 1), 25),
            ("UTC", Date::constant(2026, 3, 29), 24),
            ("Asia/Kolkata", Date::constant(2026, 3, 29), 24),
            // Its clock is changed at midnight.
            ("America/Santiago", Date::constant(2026, 9, 6), 23),
        ] {
            let found = of(zone, date);
            assert_eq!(found.len(), hours, "{zone} {date}");
            assert!(found.iter().all(|hour| hour.end - hour.start == HOUR), "{zone} {date}");
        }
    }

    #[test]
    fn hours_of_a_zone_that_is_off_by_half_an_hour_begin_at_half_past() {
        let noon = instant("2026-02-02T12:00:00Z");
        let hours = hours_in(&zone("Asia/Kolkata"), noon..noon + HOUR);
        let starts: Vec<i64> = hours.iter().map(|hour| hour.start - noon).collect();
        assert_eq!(starts, [-HOUR / 2, HOUR / 2]);
        let begin = of("Asia/Kolkata", Date::constant(2026, 2, 2))[0].start;
        assert_eq!(begin, instant("2026-02-01T18:30:00Z"));
    }

    #[test]
    fn an_hour_within_which_the_clock_is_changed_by_half_an_hour_ends_there() {
        // Back by half an hour at two o'clock: half past one comes twice.
        let back = of("Australia/Lord_Howe", Date::constant(2026, 4, 5));
        let short: Vec<i64> = back.iter().map(|hour| hour.end - hour.start).filter(|length| *length != HOUR).collect();
        assert_eq!(short, [HOUR / 2]);
        assert_eq!(back.len(), 25);
        let ahead = of("Australia/Lord_Howe", Date::constant(2026, 10, 4));
        assert_eq!(ahead.iter().map(|hour| hour.end - hour.start).sum::<i64>(), DAY - HOUR / 2);
    }

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first_day() {
        let number = |year, month, day| day_number(Date::constant(year, month, day));
        let sunday = week_and_month(number(2026, 3, 1)).expect("a day");
        assert_eq!(sunday, (number(2026, 2, 23), number(2026, 3, 1)..number(2026, 4, 1)));
        assert_eq!(week_and_month(i64::MAX), None);
    }
}
