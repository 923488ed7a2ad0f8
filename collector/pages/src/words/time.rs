use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::text::words;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How instants read for one person: in their zone, and from now.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Their zone.
    pub zone: TimeZone,
    /// Now, Unix milliseconds.
    pub now: i64,
}

/// An instant in words that a program can read, too.
#[derive(Clone, PartialEq, Eq, Debug, Template)]
#[template(
    source = "<time datetime=\"{{ stamp }}\"{% if !full.is_empty() %} title=\"{{ full }}\"{% endif %}>{{ said }}</time>",
    ext = "html"
)]
pub struct Moment {
    /// RFC 3339, to the second, with the zone's offset.
    stamp: String,
    /// How it is said.
    said: String,
    /// The whole of it, where what is said is a part.
    full: String,
}

impl HtmlSafe for Moment {}

impl Calendar {
    /// In a zone, from now on.
    #[must_use]
    pub const fn new(zone: TimeZone, now: i64) -> Self {
        Self { zone, now }
    }

    /// The zone's name, as IANA has it: `Europe/Berlin`.
    #[must_use]
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// In which zone times and days are, in a sentence that every page with times has.
    #[must_use]
    pub fn says(&self) -> String {
        words().time.zone.with("zone", self.zone_name())
    }

    /// The day of an instant; none where the instant is out of range.
    #[must_use]
    pub fn date(&self, millis: i64) -> Option<Date> {
        Some(self.at(millis)?.date())
    }

    /// The first instant of a day and the first one after it, Unix milliseconds: 23 or 25 hours apart where the clocks are changed.
    #[must_use]
    pub fn day_span(&self, date: Date) -> Option<(i64, i64)> {
        let begin = |date: Date| Some(date.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond());
        begin(date).zip(begin(date.tomorrow().ok()?))
    }

    fn at(&self, millis: i64) -> Option<Zoned> {
        Some(Timestamp::from_millisecond(millis).ok()?.to_zoned(self.zone.clone()))
    }

    /// `14:05`.
    #[must_use]
    pub fn clock(&self, millis: i64) -> String {
        self.at(millis).map_or_else(out_of_range, |at| at.strftime("%H:%M").to_string())
    }

    /// `Tue 3 March`, and the year where it is not this one.
    #[must_use]
    pub fn day(&self, millis: i64) -> String {
        let Some(at) = self.at(millis) else { return out_of_range() };
        let this_year = self.at(self.now).is_some_and(|now| now.year() == at.year());
        in_words(at.date(), !this_year)
    }

    /// `Tue 3 March, 14:05`.
    #[must_use]
    pub fn moment(&self, millis: i64) -> String {
        words().time.moment.fill(&[("day", &self.day(millis)), ("clock", &self.clock(millis))])
    }

    /// `14:00 to 15:30`, and the days where they are two; whole days are said without their midnights: `Mon 2 March to Sun 8 March`.
    #[must_use]
    pub fn span(&self, from: i64, to: i64) -> String {
        let begins_day =
            |millis| self.date(millis).and_then(|date| self.day_span(date)).is_some_and(|(at, _)| at == millis);
        if from < to && begins_day(from) && begins_day(to) {
            let (first, last) = (self.day(from), self.day(to - 1));
            return if first == last { first } else { words().time.span.fill(&[("from", &first), ("to", &last)]) };
        }
        let same_day = self.at(from).zip(self.at(to)).is_some_and(|(from, to)| from.date() == to.date());
        let end = if same_day { self.clock(to) } else { self.moment(to) };
        let begin = if same_day { self.clock(from) } else { self.moment(from) };
        words().time.span.fill(&[("from", &begin), ("to", &end)])
    }

    /// How long ago it was, or in how long it will be: `5 min ago`, `in 2 days`.
    #[must_use]
    pub fn from_now(&self, millis: i64) -> String {
        let away = self.now.saturating_sub(millis);
        let texts = &words().time;
        match away.saturating_abs() {
            0..MINUTE => texts.now.clone(),
            _ if away > 0 => texts.ago.with("length", &rough(away)),
            far => texts.until.with("length", &rough(far)),
        }
    }

    /// The instant in words, as an element.
    #[must_use]
    pub fn when(&self, millis: i64) -> Moment {
        Moment { stamp: self.stamp(millis), said: self.moment(millis), full: String::new() }
    }

    /// How long ago it was, as an element that carries the full instant.
    #[must_use]
    pub fn ago(&self, millis: i64) -> Moment {
        Moment { stamp: self.stamp(millis), said: self.from_now(millis), full: self.moment(millis) }
    }

    fn stamp(&self, millis: i64) -> String {
        self.at(millis).map_or_else(out_of_range, |at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }
}

/// A day that is no instant of anybody's, as it stands in a table: `Tue 3 March 2026`.
#[must_use]
pub fn date(day: Date) -> String {
    in_words(day, true)
}

/// The month of a day, with its year: `March 2026`.
#[must_use]
pub fn month_of_year(day: Date) -> String {
    let texts = &words().time;
    let month = &texts.months[usize::from(day.month().unsigned_abs()) - 1];
    texts.month_of_year.fill(&[("month", month), ("year", &day.year().to_string())])
}

/// What the days of a week are called, from Monday on.
#[must_use]
pub fn weekdays() -> &'static [String; 7] {
    &words().time.days
}

fn in_words(date: Date, with_year: bool) -> String {
    let texts = &words().time;
    let weekday = &texts.days[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
    let month = &texts.months[usize::from(date.month().unsigned_abs()) - 1];
    let (day, year) = (date.day().to_string(), date.year().to_string());
    let form = if with_year { &texts.day_of_year } else { &texts.day };
    form.fill(&[("weekday", weekday), ("day", &day), ("month", month), ("year", &year)])
}

fn out_of_range() -> String {
    words().time.out_of_range.clone()
}

/// A length in its largest unit alone.
fn rough(millis: i64) -> String {
    let unit = [DAY, HOUR, MINUTE].into_iter().find(|unit| millis >= *unit).unwrap_or(MINUTE);
    length(millis / unit * unit)
}

/// A length of time, milliseconds: `50 s`, `2 min`, `2 h 10 min`, `3 days`.
#[must_use]
pub fn length(millis: i64) -> String {
    let texts = &words().time;
    let millis = millis.max(0);
    let number = |n: i64| n.unsigned_abs();
    let (days, hours, minutes) = (millis / DAY, millis % DAY / HOUR, millis % HOUR / MINUTE);
    let short = |n: i64, unit: &super::Plural| unit.of(number(n));
    match (days, hours, minutes) {
        (0, 0, 0) => short(millis / 1000, &texts.seconds),
        (0, 0, minutes) => short(minutes, &texts.minutes),
        (0, hours, 0) => short(hours, &texts.hours),
        (0, hours, minutes) => format!("{} {}", short(hours, &texts.hours), short(minutes, &texts.minutes)),
        (days, 0, _) => short(days, &texts.days_long),
        (days, hours, _) => format!("{} {}", short(days, &texts.days_long), short(hours, &texts.hours)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 March 2026, 13:05 UTC.
    const AT: i64 = 1_772_543_100_000;

    fn berlin() -> Calendar {
        Calendar::new(TimeZone::get("Europe/Berlin").expect("the zones are there"), AT + 2 * HOUR)
    }

    #[test]
    fn an_instant_is_said_in_the_persons_zone() {
        let calendar = berlin();
        assert_eq!(calendar.moment(AT), "Tue 3 March, 14:05");
        assert_eq!(calendar.day(AT - 365 * DAY), "Mon 3 March 2025");
        assert_eq!(date(jiff::civil::date(2026, 3, 3)), "Tue 3 March 2026", "a table's day has its year always");
        assert_eq!(month_of_year(jiff::civil::date(2026, 3, 3)), "March 2026");
        assert_eq!((weekdays()[0].as_str(), weekdays()[6].as_str()), ("Mon", "Sun"));
        assert_eq!(calendar.span(AT, AT + HOUR), "14:05 to 15:05");
        assert_eq!(calendar.span(AT, AT + 10 * HOUR), "Tue 3 March, 14:05 to Wed 4 March, 00:05");
        let midnight = AT - 14 * HOUR - 5 * MINUTE;
        assert_eq!(calendar.span(midnight, midnight + DAY), "Tue 3 March");
        assert_eq!(calendar.span(midnight - DAY, midnight + 6 * DAY), "Mon 2 March to Sun 8 March");
        assert_eq!(calendar.span(midnight, midnight + HOUR), "00:00 to 01:00");
        assert_eq!(
            calendar.when(AT).to_string(),
            "<time datetime=\"2026-03-03T14:05:00+01:00\">Tue 3 March, 14:05</time>"
        );
        assert_eq!(calendar.moment(i64::MAX), "out of range, out of range");
    }

    #[test]
    fn what_is_said_from_now_carries_the_whole_instant() {
        let calendar = berlin();
        assert_eq!(
            calendar.ago(AT).to_string(),
            "<time datetime=\"2026-03-03T14:05:00+01:00\" title=\"Tue 3 March, 14:05\">2 h ago</time>"
        );
        assert_eq!(calendar.from_now(calendar.now - 59_000), "just now");
        assert_eq!(calendar.from_now(calendar.now + 50 * HOUR), "in 2 days");
    }

    #[test]
    fn lengths_are_said_in_the_units_that_fit() {
        let lengths = [50_000, 2 * MINUTE, 2 * HOUR, 2 * HOUR + 10 * MINUTE, DAY, 3 * DAY + HOUR, -5];
        let said = ["50 s", "2 min", "2 h", "2 h 10 min", "1 day", "3 days 1 h", "0 s"];
        assert_eq!(lengths.map(length), said);
    }

    #[test]
    fn a_day_is_shorter_where_clocks_are_put_forward_and_longer_where_they_are_put_back() {
        let berlin = berlin();
        let hours = |date: &str| {
            let (from, to) = berlin.day_span(date.parse().expect("a day")).expect("in range");
            ((to - from) / HOUR, berlin.clock(from), berlin.clock(to))
        };
        let midnight = || "00:00".to_owned();
        assert_eq!(hours("2026-03-29"), (23, midnight(), midnight()));
        assert_eq!(hours("2026-10-25"), (25, midnight(), midnight()));
        assert_eq!(hours("2026-06-01"), (24, midnight(), midnight()));
        assert_eq!(berlin.says(), "Times and days are those of Europe/Berlin.");
        assert_eq!(Calendar::new(TimeZone::UTC, 0).zone_name(), "UTC");
    }
}
