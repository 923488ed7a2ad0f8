//! What is asked for: a measure, and weeks that are over.

use attune_ground::http::Problem;
use attune_ground::measures::{CHANNELS, MEASURES, Measure};
use attune_pages::words::Calendar;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::barred::Barred;
use crate::mindpulse::Days;

/// Weeks, where nothing else is asked for.
const USUAL: u16 = 12;
/// Weeks of one answer, at most: those that a year touches.
const MOST: u16 = 53;

/// Which figures of a list of teams are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct ListQuery {
    /// The name of a measure; where it is left out, the first one that may be shown here.
    pub(super) measure: Option<String>,
    /// How many weeks, up to the last one that is over.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 53, default = 12)]
    pub(super) weeks: Option<String>,
    /// A day of the first week, in place of `weeks`.
    #[param(format = Date)]
    pub(super) from: Option<String>,
    /// A day of the last week; where it is left out, that of the last one that is over.
    #[param(format = Date)]
    pub(super) to: Option<String>,
    /// `next` of the page before.
    pub(super) after: Option<String>,
}

/// Which figures of one team are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(super) struct TeamQuery {
    /// The name of a measure; where it is left out, the first one that may be shown here.
    pub(super) measure: Option<String>,
    /// How many weeks, up to the last one that is over.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 53, default = 12)]
    pub(super) weeks: Option<String>,
    /// A day of the first week, in place of `weeks`.
    #[param(format = Date)]
    pub(super) from: Option<String>,
    /// A day of the last week; where it is left out, that of the last one that is over.
    #[param(format = Date)]
    pub(super) to: Option<String>,
}

/// The same, as a form or an address has it: what is empty was not given.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) measure: &'a str,
    pub(super) weeks: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
}

impl ListQuery {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        wanted([&self.measure, &self.weeks, &self.from, &self.to])
    }
}

impl TeamQuery {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        wanted([&self.measure, &self.weeks, &self.from, &self.to])
    }
}

fn wanted(given: [&Option<String>; 4]) -> Wanted<'_> {
    let [measure, weeks, from, to] = given.map(|text| text.as_deref().unwrap_or_default());
    Wanted { measure, weeks, from, to }
}

/// Weeks in a row, each told by its Monday.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Weeks {
    /// Monday of the first.
    pub(super) first: Date,
    /// Monday of the last.
    pub(super) last: Date,
}

impl Weeks {
    /// Those that lie wholly within days, and are over; none where there is no such week.
    pub(super) fn within(days: Days, times: &Calendar) -> Option<Self> {
        let first = monday(days.first.checked_add(6.days()).ok()?)?;
        let last = monday(days.last.checked_sub(6.days()).ok()?)?.min(last_over(times)?);
        (first <= last).then_some(Self { first, last })
    }

    /// How many.
    pub(super) fn count(self) -> i64 {
        i64::from((self.last - self.first).get_days()) / 7 + 1
    }

    /// As many before them; none where the calendar ends there.
    pub(super) fn before(self) -> Option<Self> {
        let back = |date: Date| date.checked_sub((7 * self.count()).days()).ok();
        Some(Self { first: back(self.first)?, last: back(self.last)? })
    }

    /// Their Mondays.
    pub(super) fn mondays(self) -> impl Iterator<Item = Date> {
        self.first.series(7.days()).take_while(move |monday| *monday <= self.last)
    }

    /// The Sunday of the last.
    pub(super) fn sunday(self) -> Date {
        self.last.checked_add(6.days()).unwrap_or(self.last)
    }

    /// Their first instant and the first one behind them, Unix milliseconds, in the zone of a calendar.
    pub(super) fn span(self, times: &Calendar) -> (i64, i64) {
        let begin = times.day_span(self.first).map_or(0, |(begin, _)| begin);
        (begin, times.day_span(self.sunday()).map_or(begin, |(_, end)| end))
    }
}

/// The Monday of the week of a day.
pub(super) fn monday(date: Date) -> Option<Date> {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok()
}

/// The Monday of the last week that is over.
pub(super) fn last_over(times: &Calendar) -> Option<Date> {
    monday(times.date(times.now)?)?.checked_sub(7.days()).ok()
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Of which measure.
    pub(super) measure: &'static Measure,
    /// Of which weeks.
    pub(super) weeks: Weeks,
    /// Whether these are the last ones, whenever it is asked.
    pub(super) is_last: bool,
}

impl Asked {
    /// Reads what is wanted.
    ///
    /// # Errors
    /// 400, naming what is wrong.
    pub(super) fn read(wanted: Wanted<'_>, barred: &Barred, times: &Calendar) -> Result<Self, Problem> {
        let measure = match wanted.measure.trim() {
            "" => MEASURES.iter().find(|measure| barred.why(measure).is_none()).or(MEASURES.first()),
            name => Measure::of_name(name),
        };
        let measure = measure.ok_or_else(|| {
            let of_all = MEASURES.iter().filter(|measure| measure.channel().is_none());
            let names: Vec<&str> = of_all.map(|measure| measure.name).collect();
            let kinds = CHANNELS.each_ref().map(|kind| kind.name).join(", ");
            let detail = format!(
                "there is no such measure; there are {}, and in place of message_ those of one kind of channel ({kinds}), as slack_sentiment",
                names.join(", ")
            );
            Problem::bad_request("measure", detail)
        })?;
        let (from, to) = (wanted.from.trim(), wanted.to.trim());
        let weeks = match (from, to) {
            ("", "") => last_weeks(wanted.weeks.trim(), times)?,
            ("", _) => return Err(Problem::bad_request("from", "say the first week, too, or leave out the last one")),
            (from, to) => weeks_between(from, to, times)?,
        };
        Ok(Self { measure, weeks, is_last: from.is_empty() })
    }

    /// As it stands behind the question mark of an address. No sign of it needs to be escaped.
    pub(super) fn query(&self) -> String {
        let (measure, Weeks { first, last }) = (self.measure.name, self.weeks);
        match self.is_last {
            true => format!("measure={measure}&weeks={}", self.weeks.count()),
            false => format!("measure={measure}&from={first}&to={last}"),
        }
    }
}

fn last_weeks(text: &str, times: &Calendar) -> Result<Weeks, Problem> {
    let wrong = || Problem::bad_request("weeks", format!("weeks goes from 1 to {MOST}"));
    let count = if text.is_empty() { USUAL } else { text.parse::<u16>().map_err(|_| wrong())? };
    let last = last_over(times).ok_or_else(wrong)?;
    let first = last.checked_sub((7 * (i64::from(count) - 1)).days()).ok();
    match first {
        Some(first) if (1..=MOST).contains(&count) => Ok(Weeks { first, last }),
        _ => Err(wrong()),
    }
}

fn weeks_between(from: &str, to: &str, times: &Calendar) -> Result<Weeks, Problem> {
    let day = |name: &str, text: &str| {
        let wrong = || Problem::bad_request(name, format!("{name} must be a day of the calendar, as 2026-01-31"));
        text.parse::<Date>().ok().and_then(monday).ok_or_else(wrong)
    };
    let over = last_over(times).ok_or_else(|| Problem::bad_request("to", "no week is over yet"))?;
    let first = day("from", from)?;
    let last = if to.is_empty() { over } else { day("to", to)? };
    if first > over {
        return Err(Problem::bad_request("from", "this week is not over: figures are made of whole weeks"));
    }
    if last < first {
        return Err(Problem::bad_request("to", "the last week comes before the first"));
    }
    let weeks = Weeks { first, last: last.min(over) };
    if weeks.count() > i64::from(MOST) {
        return Err(Problem::bad_request("from", format!("at most {MOST} weeks are shown at a time")));
    }
    Ok(weeks)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    /// Wed 11 March 2026, 12:00 in Berlin.
    fn times() -> Calendar {
        let zone = TimeZone::get("Europe/Berlin").expect("the zones are there");
        let now = date(2026, 3, 11).at(12, 0, 0, 0).to_zoned(zone.clone()).expect("an instant");
        Calendar::new(zone, now.timestamp().as_millisecond())
    }

    fn read(wanted: Wanted<'_>) -> Result<Asked, Problem> {
        Asked::read(wanted, &Barred::these(&[]), &times())
    }

    #[test]
    fn what_is_not_said_is_the_last_twelve_weeks_of_the_first_measure_that_may_be_shown() {
        let asked = read(Wanted::default()).expect("reads");
        assert_eq!((asked.weeks.first, asked.weeks.last), (date(2025, 12, 15), date(2026, 3, 2)));
        assert_eq!((asked.weeks.count(), asked.measure.name), (12, "stress_load"));
        let barred = Barred::these(&["stress_load", "attention"]);
        let asked = Asked::read(Wanted::default(), &barred, &times()).expect("reads");
        assert_eq!(asked.measure.name, "attention_stability");
    }

    #[test]
    fn days_stand_for_their_weeks_and_what_is_not_over_is_left_out() {
        let wanted = Wanted { measure: "vibe", from: "2026-02-04", to: "2026-03-11", ..Wanted::default() };
        let asked = read(wanted).expect("reads");
        assert_eq!((asked.weeks.first, asked.weeks.last), (date(2026, 2, 2), date(2026, 3, 2)));
        let before = asked.weeks.before().expect("weeks");
        assert_eq!((before.first, before.last, before.count()), (date(2025, 12, 29), date(2026, 1, 26), 5));
        assert_eq!(asked.query(), "measure=vibe&from=2026-02-02&to=2026-03-02");
    }

    #[test]
    fn weeks_within_days_are_whole_and_over() {
        let within = |first, last| Weeks::within(Days { first, last }, &times()).map(|weeks| (weeks.first, weeks.last));
        let (monday, sunday) = (date(2026, 2, 23), date(2026, 3, 1));
        assert_eq!(within(monday, sunday), Some((monday, monday)));
        assert_eq!(within(date(2026, 2, 17), date(2026, 3, 7)), Some((monday, monday)), "from Tuesday to Saturday");
        assert_eq!(within(date(2026, 2, 24), date(2026, 3, 7)), None, "twelve days, and no week");
        assert_eq!(within(monday, date(2026, 4, 30)), Some((monday, date(2026, 3, 2))), "what is not over is left out");
        assert_eq!(within(date(2026, 3, 9), date(2026, 3, 15)), None);
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        for wanted in [
            Wanted { weeks: "4", ..Wanted::default() },
            Wanted { measure: "coverage", from: "2025-06-01", to: "2025-07-01", ..Wanted::default() },
        ] {
            let asked = read(wanted).expect("reads");
            let query = asked.query();
            let of = |name: &str| {
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value).unwrap_or_default()
            };
            let again = Wanted { measure: of("measure"), weeks: of("weeks"), from: of("from"), to: of("to") };
            let again = read(again).expect("reads");
            assert_eq!((again.weeks, again.measure.name), (asked.weeks, asked.measure.name));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let none = Wanted::default();
        for (wanted, field) in [
            (Wanted { measure: "mood", ..none }, "measure"),
            (Wanted { weeks: "0", ..none }, "weeks"),
            (Wanted { weeks: "54", ..none }, "weeks"),
            (Wanted { weeks: "many", ..none }, "weeks"),
            (Wanted { from: "2026-02-30", ..none }, "from"),
            (Wanted { from: "2026-03-10", ..none }, "from"),
            (Wanted { from: "2020-01-01", ..none }, "from"),
            (Wanted { to: "2026-02-01", ..none }, "from"),
            (Wanted { from: "2026-02-09", to: "2026-02-02", ..none }, "to"),
        ] {
            let problem = read(wanted).expect_err("refused");
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{wanted:?}");
        }
    }
}
