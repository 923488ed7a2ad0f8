//! Which days are worked on, and when a moment of somebody's day is.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Days on which nobody works, as month and day: public ones, and those at the turn of the year.
const HOLIDAYS: [(i8, i8); 8] = [(1, 1), (1, 6), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)];

/// So many days later; earlier where it is less than 0.
pub(super) fn later(date: Date, days: i32) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// All days from one to another, both of them.
pub(super) fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    (0..).map(move |day| later(first, day)).take_while(move |date| *date <= last)
}

pub(super) fn is_holiday(date: Date) -> bool {
    HOLIDAYS.contains(&(date.month(), date.day()))
}

/// Whether most of the organisation works.
pub(super) fn is_worked_on(date: Date) -> bool {
    !is_holiday(date) && !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The place of a day in its week, Monday first.
pub(super) fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// The instant of a time of somebody's clock, minutes after midnight, Unix milliseconds. One that the clock leaps over is the one behind
/// the leap.
pub(super) fn instant(zone: &TimeZone, date: Date, minutes: u32) -> i64 {
    let (hour, minute) = (i8::try_from(minutes / 60 % 24).unwrap_or(0), i8::try_from(minutes % 60).unwrap_or(0));
    let at = date.at(hour, minute, 0, 0).to_zoned(zone.clone());
    at.map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp()).as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_working_day_is_none_of_a_weekend_and_no_holiday_and_begins_by_its_own_clock() {
        let date = Date::constant(2025, 3, 28);
        let worked: Vec<bool> = days(date, later(date, 3)).map(is_worked_on).collect();
        assert_eq!(worked, [true, false, false, true], "Friday to Monday");
        assert!(!is_worked_on(Date::constant(2025, 12, 24)) && weekday(date) == 4);
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let hour = 3_600_000;
        assert_eq!(instant(&TimeZone::UTC, date, 8 * 60) - instant(&berlin, date, 8 * 60), hour, "winter");
        let summer = later(date, 2);
        assert_eq!(instant(&TimeZone::UTC, summer, 8 * 60) - instant(&berlin, summer, 8 * 60), 2 * hour, "summer");
    }
}
