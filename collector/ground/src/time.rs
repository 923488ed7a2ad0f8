//! The wall clock and how its instants are written.

use std::time::{SystemTime, UNIX_EPOCH};

/// The wall clock, Unix milliseconds; a clock set before 1970 reads 0.
#[must_use]
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Reads an instant as RFC 3339 has it, with its offset. What only a part of the readers would understand is none: a date
/// alone, a time without an offset, the name of a zone in brackets, an offset beyond the clock.
///
/// # Errors
/// With the sentence that says what is wanted.
pub fn instant(text: &str) -> Result<jiff::Timestamp, &'static str> {
    let read = if is_rfc3339(text.as_bytes()) { text.parse().ok() } else { None };
    read.ok_or(WANTED)
}

const WANTED: &str =
    "expected an instant as RFC 3339 has it, with its offset: 2026-01-31T09:30:00Z or 2026-01-31T10:30:00+01:00";

/// `2026-01-31T09:30:00[.5](Z|+01:00)`; whether there is such a day is for the calendar to say.
fn is_rfc3339(text: &[u8]) -> bool {
    let fits = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                wanted => byte.eq_ignore_ascii_case(wanted),
            })
    };
    let form = b"0000-00-00t00:00:00";
    let Some((time, rest)) = text.split_at_checked(form.len()) else { return false };
    let fraction = match rest.strip_prefix(b".") {
        Some(digits) => 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let offset = &rest[fraction..];
    let signed = fits(offset, b"+00:00") || fits(offset, b"-00:00");
    let known = fits(offset, b"z") || signed && offset[1..3] < b"24"[..] && offset[4..6] < b"60"[..];
    fits(time, form) && fraction != 1 && known
}

/// An instant, Unix milliseconds, as RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn rfc3339(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(at) => format!("{at:.3}"),
        Err(_) => String::from("out of range"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_reads_in_one_form_only() {
        let at = instant("2026-01-31T09:30:00Z").expect("reads");
        for same in ["2026-01-31t09:30:00.000z", "2026-01-31T10:30:00+01:00", "2026-01-31T04:00:00-05:30"] {
            assert_eq!(instant(same), Ok(at), "{same}");
        }
        for wrong in [
            "2026-01-31",
            "2026-01-31T09:30:00",
            "2026-01-31T09:30Z",
            "2026-01-31 09:30:00Z",
            "2026-01-31T09:30:00.Z",
            "2026-01-31T10:30:00+01:00[Europe/Berlin]",
            "2026-01-31T09:30:00[Europe/Berlin]",
            "2026-01-31T09:30:00+25:00",
            "2026-01-31T09:30:00+01:60",
            "2026-01-31T09:30:00+0100",
            "2026-01-31T09:30:00 01:00",
            "2026-02-30T09:30:00Z",
            "1767603600",
            "",
        ] {
            assert!(instant(wrong).is_err_and(|sentence| sentence.contains("with its offset")), "{wrong}");
        }
    }
}
