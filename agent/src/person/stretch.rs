use jiff::{SignedDuration, Timestamp};

use crate::own::Between;

/// The stretch of time that a person names: `--last 2h`, or `--from` and `--until`, RFC 3339 instants.
///
/// # Errors
/// With what is wrong with them.
pub fn stretch(
    last: Option<&str>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Between, String> {
    let from = match last {
        Some(text) => Some(now - duration(text)?),
        None => from,
    };
    let millis = |instant: Option<Timestamp>, or| instant.map_or(or, |instant| instant.as_millisecond());
    let between = Between { from: millis(from, i64::MIN), until: millis(until, i64::MAX) };
    match between.from < between.until {
        true => Ok(between),
        false => Err("nothing lies between them: name an --until behind --from".into()),
    }
}

/// A length of time as people write it: 30m, 2h, 1h30m, 90s; at most a year.
pub(crate) fn duration(text: &str) -> Result<SignedDuration, String> {
    let read: Option<SignedDuration> = text.parse().ok();
    let year = SignedDuration::from_hours(366 * 24);
    read.filter(|length| length.is_positive() && *length <= year)
        .ok_or_else(|| format!("'{text}' is no length of time: write 30m, 2h or 1h30m, a year at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_instants_name_a_stretch_and_what_is_none_is_said() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        let hours = |h: i64| now.as_millisecond() - h * 3_600_000;
        assert_eq!(stretch(None, None, None, now), Ok(Between::ALL));
        assert_eq!(stretch(Some("2h"), None, None, now), Ok(Between { from: hours(2), until: i64::MAX }));
        assert_eq!(duration("1h30m").map(|length| length.as_secs()), Ok(5400));
        assert!(stretch(None, Some(now), Some(now), now).unwrap_err().contains("--until"));
        for text in ["", "2", "-1h", "0s", "400d", "9999999h", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
