//! At which instants a reminder is due, by the clock of its person.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousZoned, TimeZone};

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

/// The names of days of the week, Monday first.
pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Hours in which nobody is reminded: from one minute of the day up to another one, over midnight where that comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Quiet {
    pub(crate) from: u16,
    pub(crate) until: u16,
}

impl Quiet {
    /// Whether a minute of the day lies in them.
    pub(super) const fn holds(self, minute: u16) -> bool {
        match self.from <= self.until {
            true => self.from <= minute && minute < self.until,
            false => self.from <= minute || minute < self.until,
        }
    }

    /// When they end, Unix milliseconds, where an instant lies in them.
    pub(crate) fn ends(self, zone: &TimeZone, now: i64) -> Option<i64> {
        let here = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone());
        let minute = u16::from(here.hour().unsigned_abs()) * 60 + u16::from(here.minute().unsigned_abs());
        if !self.holds(minute) {
            return None;
        }
        let days = [Some(here.date()), here.date().tomorrow().ok()];
        // In an hour that is shown twice they end twice.
        let ends = |day| [at(zone, day, self.until), again(zone, day, self.until)];
        days.into_iter().flatten().flat_map(ends).flatten().find(|end| *end > now)
    }
}

/// On which days of the week, at which minute of the day, and up to which day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Rhythm {
    /// A bit a day, Monday the lowest.
    pub(crate) days: u8,
    pub(crate) minute: u16,
    pub(crate) quiet: Option<Quiet>,
    /// The last day.
    pub(crate) until: Option<Date>,
}

impl Rhythm {
    /// On which days of the week, in words of [`DAYS`].
    pub(crate) fn day_names(&self) -> Vec<&'static str> {
        DAYS.iter().enumerate().filter(|(day, _)| (self.days >> *day) & 1 == 1).map(|(_, name)| *name).collect()
    }

    /// When it was due last, up to an instant. Of several since anything was looked at it is the last one: who was away for a week is
    /// reminded once.
    pub(crate) fn latest(&self, zone: &TimeZone, now: i64) -> Option<i64> {
        let mut day = date(zone, now)?;
        for _ in 0..=DAYS.len() {
            if let Some(due) = self.on(zone, day).filter(|due| *due <= now) {
                return Some(due);
            }
            day = day.yesterday().ok()?;
        }
        None
    }

    /// When it is due next, after an instant.
    pub(crate) fn next(&self, zone: &TimeZone, now: i64) -> Option<i64> {
        let mut day = date(zone, now)?;
        for _ in 0..=DAYS.len() {
            if let Some(due) = self.on(zone, day).filter(|due| *due > now) {
                return Some(due);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn on(&self, zone: &TimeZone, day: Date) -> Option<i64> {
        let weekday = u32::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let is_on = (self.days >> weekday) & 1 == 1 && self.until.is_none_or(|until| day <= until);
        if is_on { at(zone, day, self.minute) } else { None }
    }
}

fn date(zone: &TimeZone, now: i64) -> Option<Date> {
    Some(Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone()).date())
}

/// When a clock shows a minute of a day. One that is left out, as clocks are put forward, is taken an hour later, and of one that is shown
/// twice the first: each is one instant.
fn at(zone: &TimeZone, day: Date, minute: u16) -> Option<i64> {
    Some(shown(zone, day, minute)?.compatible().ok()?.timestamp().as_millisecond())
}

/// The same, and of one that is shown twice the second.
fn again(zone: &TimeZone, day: Date, minute: u16) -> Option<i64> {
    Some(shown(zone, day, minute)?.later().ok()?.timestamp().as_millisecond())
}

fn shown(zone: &TimeZone, day: Date, minute: u16) -> Option<AmbiguousZoned> {
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    Some(zone.to_ambiguous_zoned(day.at(hour, minute, 0, 0)))
}

/// A time of the day as it is written, `20:00`.
pub(crate) fn written(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A time of the day, as it is written.
pub(super) fn read(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_millisecond()
    }

    fn daily(minute: u16) -> Rhythm {
        Rhythm { days: 0x7f, minute, quiet: None, until: None }
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").expect("a zone")
    }

    #[test]
    fn it_is_due_on_its_days_at_its_time_by_the_clock_of_its_person() {
        // Mondays and Thursdays, 09:00; 12 March 2026 is a Thursday.
        let rhythm = Rhythm { days: 0b000_1001, ..daily(9 * 60) };
        for (now, latest, next) in [
            ("2026-03-12T07:59:59Z", "2026-03-09T08:00:00Z", "2026-03-12T08:00:00Z"),
            ("2026-03-12T08:00:00Z", "2026-03-12T08:00:00Z", "2026-03-16T08:00:00Z"),
            ("2026-03-15T22:00:00Z", "2026-03-12T08:00:00Z", "2026-03-16T08:00:00Z"),
        ] {
            let found = (rhythm.latest(&berlin(), millis(now)), rhythm.next(&berlin(), millis(now)));
            assert_eq!(found, (Some(millis(latest)), Some(millis(next))), "{now}");
        }
    }

    #[test]
    fn an_hour_that_does_not_exist_or_exists_twice_gives_one_instant() {
        // On 29 March 2026 clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
        let half_past_two = daily(2 * 60 + 30);
        for (from, until, dues) in [
            (
                "2026-03-27T12:00:00Z",
                "2026-03-30T12:00:00Z",
                ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
            ),
            (
                "2026-10-23T12:00:00Z",
                "2026-10-26T12:00:00Z",
                ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            ),
        ] {
            let (mut now, until) = (millis(from), millis(until));
            let mut found = Vec::new();
            while let Some(due) = half_past_two.next(&berlin(), now).filter(|due| *due < until) {
                assert_eq!(half_past_two.latest(&berlin(), due), Some(due));
                found.push(due);
                now = due;
            }
            assert_eq!(found, dues.map(millis));
        }
    }

    #[test]
    fn after_its_last_day_it_is_due_no_more_and_without_days_never() {
        let rhythm = Rhythm { until: Some(Date::constant(2026, 3, 12)), ..daily(9 * 60) };
        assert_eq!(rhythm.next(&TimeZone::UTC, millis("2026-03-12T09:00:00Z")), None);
        let late = millis("2026-03-13T20:00:00Z");
        assert_eq!(
            rhythm.latest(&TimeZone::UTC, late),
            Some(millis("2026-03-12T09:00:00Z")),
            "the last one is not lost"
        );
        let never = Rhythm { days: 0, ..daily(9 * 60) };
        assert_eq!((never.latest(&TimeZone::UTC, late), never.next(&TimeZone::UTC, late)), (None, None));
        for now in [i64::MIN, i64::MAX] {
            assert_eq!((rhythm.latest(&TimeZone::UTC, now), rhythm.next(&TimeZone::UTC, now)), (None, None));
        }
    }

    #[test]
    fn quiet_hours_end_by_the_clock_of_their_person_also_over_midnight() {
        let night = Quiet { from: 20 * 60, until: 7 * 60 };
        for (now, end) in [
            ("2026-03-11T19:30:00Z", Some("2026-03-12T06:00:00Z")),
            ("2026-03-12T05:59:00Z", Some("2026-03-12T06:00:00Z")),
            ("2026-03-12T06:00:00Z", None),
            ("2026-03-12T12:00:00Z", None),
        ] {
            assert_eq!(night.ends(&berlin(), millis(now)), end.map(millis), "{now}");
        }
        // On 25 October the hour from 02:00 on is shown twice.
        let until_half_past_two = Quiet { from: 20 * 60, until: 2 * 60 + 30 };
        for (now, end) in
            [("2026-10-25T00:10:00Z", "2026-10-25T00:30:00Z"), ("2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z")]
        {
            assert_eq!(until_half_past_two.ends(&berlin(), millis(now)), Some(millis(end)), "{now}");
        }
        assert_eq!(Quiet { from: 60, until: 60 }.ends(&berlin(), millis("2026-03-12T00:00:00Z")), None);
    }

    #[test]
    fn times_of_the_day_read_as_they_are_written() {
        for minute in [0, 59, 60, 20 * 60, DAY - 1] {
            assert_eq!(read(&written(minute)), Some(minute));
        }
        for wrong in ["", "24:00", "7:00", "07:60", "07", "-1:00", "+1:00", "07:00:00", "\u{661}\u{662}:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
