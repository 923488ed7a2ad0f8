//! Days, as administrators write them: the collector knows no zone of theirs, so they are days of UTC.

use attune_ground::http::Problem;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::teams::Period;

/// When a day begins, Unix milliseconds.
fn begins(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

fn date(field: &str, text: &str) -> Result<Date, Problem> {
    let wrong = || Problem::bad_request(field, format!("{field} is no day: write it as 2026-03-31"));
    let text = text.trim();
    // Other forms of a day would read, too; two that are read in two ways would not be told apart.
    if text.len() != 10 {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// The first instant of a day.
///
/// # Errors
/// 400, naming the field.
pub(super) fn first(field: &str, text: &str) -> Result<i64, Problem> {
    begins(date(field, text)?).ok_or_else(|| out_of_range(field))
}

/// The first instant behind a day, so that all of it is within.
///
/// # Errors
/// 400, naming the field.
pub(super) fn last(field: &str, text: &str) -> Result<i64, Problem> {
    date(field, text)?.tomorrow().ok().and_then(begins).ok_or_else(|| out_of_range(field))
}

fn out_of_range(field: &str) -> Problem {
    Problem::bad_request(field, format!("{field} is too far away"))
}

/// A time from a first day on, to a last one where it is given.
///
/// # Errors
/// 400, naming the field.
pub(super) fn period(since: &str, until: Option<&str>) -> Result<Period, Problem> {
    let since = first("since", since)?;
    let until = until.map(|until| last("until", until)).transpose()?;
    if until.is_some_and(|until| until <= since) {
        return Err(Problem::bad_request("until", "the last day comes before the first"));
    }
    Ok(Period { since, until })
}

/// The day of an instant, as it is written.
pub(super) fn of(millis: i64) -> String {
    let at = Timestamp::from_millisecond(millis).map(|at| at.to_zoned(TimeZone::UTC).date().to_string());
    at.unwrap_or_default()
}

/// The first and the last day of a time; the last is empty where it goes on.
pub(super) fn days(period: Period) -> (String, Option<String>) {
    (of(period.since), period.until.map(|until| of(until - 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_holds_its_last_day_whole_and_is_told_as_it_was_written() {
        let time = period("2026-03-01", Some(" 2026-03-31 ")).expect("days");
        assert_eq!(time.since, 1_772_323_200_000);
        assert_eq!(time.until, Some(1_772_323_200_000 + 31 * 24 * 3_600_000));
        assert_eq!(days(time), ("2026-03-01".into(), Some("2026-03-31".into())));
        assert_eq!(days(period("2026-03-01", None).expect("a day")).1, None);
        assert!(period("2026-03-01", Some("2026-03-01")).is_ok(), "one day");
    }

    #[test]
    fn what_is_no_day_names_its_field() {
        for wrong in ["", "2026-02-30", "1.3.2026", "2026-3-1", "20260301", "2026-03-01T00:00", "yesterday!"] {
            assert_eq!(first("since", wrong).expect_err(wrong).field.as_deref(), Some("since"));
        }
        assert_eq!(period("2026-03-02", Some("2026-03-01")).expect_err("backwards").field.as_deref(), Some("until"));
    }
}
