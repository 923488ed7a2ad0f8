//! The wall clock and how its instants are written.

use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, Unix milliseconds; a clock set before 1970 reads 0.
#[must_use]
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// An instant, Unix milliseconds, as RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn rfc3339(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(at) => format!("{at:.3}"),
        Err(_) => String::from("out of range"),
    }
}
