//! When somebody is told: at once or once a day, and not in their quiet hours. All of it by their own clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;
/// When a day's alerts are told together.
const MORNING: u16 = 8 * 60;

/// Hours in which somebody is not told: from one minute of the day up to another one, over midnight where that comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Quiet {
    pub(super) from: u16,
    pub(super) until: u16,
}

impl Quiet {
    const fn holds(self, minute: u16) -> bool {
        match self.from <= self.until {
            true => self.from <= minute && minute < self.until,
            false => self.from <= minute || minute < self.until,
        }
    }

    /// When they end, Unix milliseconds, where an instant lies in them.
    pub(super) fn ends(self, zone: &TimeZone, now: i64) -> Option<i64> {
        let here = here(zone, now)?;
        let minute = minute(&here);
        self.holds(minute).then(|| next(zone, &here, now, self.until)).flatten()
    }
}

/// The first instant from now on at which somebody may be told.
pub(super) fn from_now(quiet: Option<Quiet>, zone: &TimeZone, now: i64) -> i64 {
    quiet.and_then(|quiet| quiet.ends(zone, now)).unwrap_or(now)
}

/// When what came up to now is told together: the next morning, or once quiet hours have ended then.
pub(super) fn next_morning(quiet: Option<Quiet>, zone: &TimeZone, now: i64) -> i64 {
    let morning = here(zone, now).and_then(|here| next(zone, &here, now, MORNING)).unwrap_or(now);
    from_now(quiet, zone, morning)
}

fn here(zone: &TimeZone, now: i64) -> Option<Zoned> {
    Some(Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone()))
}

fn minute(here: &Zoned) -> u16 {
    u16::from(here.hour().unsigned_abs()) * 60 + u16::from(here.minute().unsigned_abs())
}

/// The next instant at which the clock shows a minute of the day. One that a changed clock leaves out comes an hour later, and one that it
/// shows twice comes twice.
fn next(zone: &TimeZone, here: &Zoned, now: i64, minute: u16) -> Option<i64> {
    let today = here.date();
    let at = |date: Date| {
        let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
        let both = || zone.to_ambiguous_zoned(date.at(hour, minute, 0, 0));
        let (first, second) = (both().compatible().ok()?, both().later().ok()?);
        [first, second].map(|at| at.timestamp().as_millisecond()).into_iter().find(|at| *at > now)
    };
    at(today).or_else(|| at(today.tomorrow().ok()?))
}

/// A time of the day as it is written, `20:00`.
pub(super) fn written(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A time of the day, as it is written.
pub(super) fn read(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u16>().ok()).flatten();
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NIGHT: Quiet = Quiet { from: 20 * 60, until: 7 * 60 };

    fn millis(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_millisecond()
    }

    #[test]
    fn who_has_quiet_hours_is_told_once_they_end_by_their_own_clock() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        for (now, told) in [
            ("2026-03-11T12:00:00Z", "2026-03-11T12:00:00Z"),
            // 20:00 there begins them, 07:00 ends them.
            ("2026-03-11T18:59:00Z", "2026-03-11T18:59:00Z"),
            ("2026-03-11T19:00:00Z", "2026-03-12T06:00:00Z"),
            ("2026-03-12T05:59:00Z", "2026-03-12T06:00:00Z"),
            ("2026-03-12T06:00:00Z", "2026-03-12T06:00:00Z"),
            // The night in which clocks are put forward.
            ("2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
        ] {
            assert_eq!(from_now(Some(NIGHT), &berlin, millis(now)), millis(told), "{now}");
        }
        // The night in which they are put back: 02:30 comes at 00:30 and at 01:30 UTC.
        let late = Some(Quiet { from: 22 * 60, until: 2 * 60 + 30 });
        for (now, told) in [
            ("2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"),
            ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
        ] {
            assert_eq!(from_now(late, &berlin, millis(now)), millis(told), "{now}");
        }
        let noon = Quiet { from: 12 * 60, until: 13 * 60 };
        assert_eq!(
            from_now(Some(noon), &TimeZone::UTC, millis("2026-03-11T12:30:00Z")),
            millis("2026-03-11T13:00:00Z")
        );
        assert_eq!(from_now(None, &berlin, millis("2026-03-11T23:00:00Z")), millis("2026-03-11T23:00:00Z"));
        let never = Quiet { from: 60, until: 60 };
        assert_eq!(
            from_now(Some(never), &TimeZone::UTC, millis("2026-03-11T01:00:00Z")),
            millis("2026-03-11T01:00:00Z")
        );
    }

    #[test]
    fn what_is_told_together_is_told_in_the_morning_and_not_within_quiet_hours() {
        let of = |quiet, now| next_morning(quiet, &TimeZone::UTC, millis(now));
        assert_eq!(of(Some(NIGHT), "2026-03-11T06:00:00Z"), millis("2026-03-11T08:00:00Z"));
        assert_eq!(of(Some(NIGHT), "2026-03-11T08:00:00Z"), millis("2026-03-12T08:00:00Z"));
        let late = Quiet { from: 22 * 60, until: 10 * 60 };
        assert_eq!(of(Some(late), "2026-03-11T06:00:00Z"), millis("2026-03-11T10:00:00Z"));
    }

    #[test]
    fn times_of_the_day_read_as_they_are_written() {
        for minute in [0, 59, 60, 20 * 60, DAY - 1] {
            assert_eq!(read(&written(minute)), Some(minute));
        }
        for wrong in ["", "24:00", "7:00", "07:60", "07", "-1:00", "07:00:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
