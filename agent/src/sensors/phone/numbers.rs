//! Numbers as the app writes them: plain, with an exponent, or as text.

/// Whole nanoseconds of a decimal number, exactly: a 64-bit float has steps of 256 ns at times of today. A fraction of one is
/// cut off.
pub(super) fn nanos(text: &str) -> Option<i64> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits before the point once it has moved; more than 19 of them are no instant.
    let places = i32::try_from(whole.len()).ok()?.checked_add(exponent).filter(|places| *places <= 19)?;
    let mut value: i64 = 0;
    let mut all = whole.bytes().chain(fraction.bytes());
    for _ in 0..places.max(0) {
        let digit = all.next().map_or(0, |byte| i64::from(byte - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    Some(if negative { -value } else { value })
}

/// A finite number.
pub(super) fn finite(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_to_the_nanosecond_however_it_is_written() {
        for (text, value) in [
            ("1767258000123456789", Some(1_767_258_000_123_456_789)),
            ("1.767258e18", Some(1_767_258_000_000_000_000)),
            ("17672580001234567.89E2", Some(1_767_258_000_123_456_789)),
            ("1767258000123456789.9", Some(1_767_258_000_123_456_789)),
            ("-5", Some(-5)),
            ("5e-1", Some(0)),
            ("0e999999999", None),
            ("1e2147483647", None),
            ("99999999999999999999", None),
            ("", None),
            ("NaN", None),
            ("null", None),
            ("1e", None),
            (".5", None),
        ] {
            assert_eq!(nanos(text), value, "{text}");
        }
        assert_eq!((finite("1e999"), finite("NaN"), finite(" 0.5 ")), (None, None, Some(0.5)));
    }
}
