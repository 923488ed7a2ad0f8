//! Times as programs write them, in Unix milliseconds.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The last instant of the year 9999.
const LAST: i64 = 253_402_300_799_999;

/// A time as ISO 8601 has it, with a blank for the T, or with a zone that has no colon; one without a zone is of `zone`, if that is known.
pub(super) fn iso(text: &str, zone: Option<&TimeZone>) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return within(time.as_millisecond());
    }
    of(text.parse().ok()?, zone?)
}

/// A time that says its zone.
pub(crate) fn rfc3339(text: &str) -> Option<i64> {
    iso(text, None)
}

/// A time on a clock of a zone.
pub(super) fn of(time: DateTime, zone: &TimeZone) -> Option<i64> {
    // What is there twice in autumn is the first.
    within(zone.to_ambiguous_zoned(time).compatible().ok()?.timestamp().as_millisecond())
}

/// Unix seconds with a fraction, as `1772438401.000100`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let millis: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    within(whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(millis)?)
}

/// Unix seconds or milliseconds: one program writes both. Before November 1973 there were no messages.
pub(super) fn seconds_or_millis(number: i64) -> Option<i64> {
    const FIRST: i64 = 100_000_000_000;
    if number <= 0 { None } else { within(if number < FIRST { number * 1000 } else { number }) }
}

/// A time that can be.
pub(super) fn within(millis: i64) -> Option<i64> {
    (0..=LAST).contains(&millis).then_some(millis)
}

/// The day of an instant, in UTC, as `2026-03-02`.
pub(super) fn day(millis: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(within(millis)?).ok()?;
    Some(time.to_zoned(TimeZone::UTC).date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_programs_write_them() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let at = 1_772_438_401_123;
        for text in [
            "2026-03-02T08:00:01.123Z",
            "2026-03-02T09:00:01.1230000+01:00",
            "2026-03-02T09:00:01.123+0100",
            "2026-03-02 08:00:01.123000+00:00",
            "2026-03-02 09:00:01.123",
        ] {
            assert_eq!(iso(text, Some(&berlin)), Some(at), "{text}");
        }
        assert_eq!(iso("2026-03-02 09:00:01", None), None);
        assert_eq!(iso("yesterday", Some(&berlin)), None);
        assert_eq!(iso("1969-01-01T00:00:00Z", None), None);
    }

    #[test]
    fn seconds_are_told_from_milliseconds() {
        assert_eq!(seconds("1772438401.000100"), Some(1_772_438_401_000));
        assert_eq!(seconds("1772438401.9"), Some(1_772_438_401_900));
        for text in ["", ".5", "-1", "1e9", "99999999999999999999", "1.x"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(seconds_or_millis(1_772_442_015), seconds_or_millis(1_772_442_015_000));
        assert_eq!(seconds_or_millis(i64::MAX), None);
        assert_eq!(day(1_772_150_400_000).as_deref(), Some("2026-02-27"));
    }
}
