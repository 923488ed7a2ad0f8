//! The days that clients of MindPulse ask for, and how they are told: from the first instant of the first to the last one of the last.

use attune_ground::http::Problem;
use attune_ground::time::{instant, now_millis, rfc3339};
use attune_pages::words::Calendar;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::bucket::{day_number, day_of};

/// Days of one answer, at most.
const MOST: i64 = 366;

/// Days in a row, both of them in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Days {
    pub(crate) first: Date,
    pub(crate) last: Date,
}

impl Days {
    /// Reads a first and a last day, as dates or instants. Where the last is left out it is `newest`; where the first is, there are `usual`
    /// days.
    ///
    /// # Errors
    /// 400, naming what is wrong.
    pub(crate) fn read(
        (start, end): (&str, &str),
        usual: i64,
        newest: Option<Date>,
        times: &Calendar,
    ) -> Result<Self, Problem> {
        let no_such = || Problem::bad_request("end_date", "end_date must be later: the calendar does not reach so far");
        let last = match end {
            "" => newest.ok_or_else(no_such)?,
            end => day("end_date", end, times)?,
        };
        let first = match start {
            "" => day_of(day_number(last) - usual + 1).ok_or_else(no_such)?,
            start => day("start_date", start, times)?,
        };
        if (1..=MOST).contains(&(day_number(last) - day_number(first) + 1)) {
            return Ok(Self { first, last });
        }
        let detail = format!("start_date must be the day of end_date, or one of the {} before it", MOST - 1);
        Err(Problem::bad_request("start_date", detail))
    }

    /// The first instant of the first and the last one of the last, and when it was computed.
    pub(crate) fn told(self, times: &Calendar) -> Map<String, Value> {
        let begin = times.day_span(self.first).map(|(begin, _)| rfc3339(begin));
        let end = times.day_span(self.last).map(|(_, next)| rfc3339(next - 1));
        let all = [("start_date", begin), ("end_date", end), ("calculated_at", Some(rfc3339(now_millis())))];
        all.into_iter().map(|(name, at)| (name.to_owned(), json!(at))).collect()
    }
}

/// The day of a date or of an instant.
fn day(field: &str, text: &str, times: &Calendar) -> Result<Date, Problem> {
    let of_instant = || times.date(instant(text).ok()?.as_millisecond());
    of_instant().or_else(|| text.parse::<Date>().ok()).ok_or_else(|| {
        let detail = format!("{field} must be a day or an instant: 2026-01-31 or 2026-01-31T00:00:00Z");
        Problem::bad_request(field, detail)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

    /// Wed 11 March 2026, 12:00.
    fn times() -> Calendar {
        Calendar::new(TimeZone::UTC, 1_773_230_400_000)
    }

    fn read(asked: (&str, &str)) -> Result<Days, Problem> {
        Days::read(asked, 30, Some(date(2026, 3, 8)), &times())
    }

    #[test]
    fn what_is_not_said_is_the_usual_number_of_days_up_to_the_newest_told_as_instants() {
        let days = read(("", "")).expect("reads");
        assert_eq!(days, Days { first: date(2026, 2, 7), last: date(2026, 3, 8) });
        let told = days.told(&times());
        assert_eq!(told["start_date"], "2026-02-07T00:00:00.000Z");
        assert_eq!(told["end_date"], "2026-03-08T23:59:59.999Z");
        assert!(told["calculated_at"].as_str().is_some_and(|at| at.contains('T')));
    }

    #[test]
    fn dates_and_instants_name_days_and_what_is_wrong_is_named() {
        let days = read(("2026-01-31T00:00:00Z", "2026-02-28")).expect("reads");
        assert_eq!(days, Days { first: date(2026, 1, 31), last: date(2026, 2, 28) });
        for (asked, field) in [
            (("yesterday", ""), "start_date"),
            (("", "soon"), "end_date"),
            (("2026-03-09", ""), "start_date"),
            (("2025-01-01", "2026-03-01"), "start_date"),
        ] {
            let problem = read(asked).expect_err("refused");
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{asked:?}");
        }
    }
}
