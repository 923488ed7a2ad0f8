use super::phrase::Plural;
use super::text::words;

/// A count, with its thousands told apart: `12,480`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut made = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            made.push_str(&words().number.thousands);
        }
        made.push(digit);
    }
    made
}

impl Plural {
    /// The sentence for so many.
    #[must_use]
    pub fn of(&self, n: u64) -> String {
        let form = if n == 1 { &self.one } else { &self.other };
        form.with("n", &count(n))
    }
}

/// A value with so many decimals: `1,204.50`, `-0.4`. What is no number says so.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return words().number.none.clone();
    }
    let written = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    // Beyond what a count can hold nothing is told apart.
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    let is_zero = written.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { words().number.minus.as_str() } else { "" };
    let point = if fraction.is_empty() { "" } else { words().number.point.as_str() };
    format!("{sign}{whole}{point}{fraction}")
}

/// A value with two decimals, and a whole one with none: `7.50`, `14`.
#[must_use]
pub fn short(value: f64) -> String {
    decimal(value, if value.fract() == 0.0 { 0 } else { 2 })
}

/// A share of 0 to 1 in whole per cent: `62 %`. What is there at all is never said to be 0 %, nor what lacks anything 100 %.
#[must_use]
pub fn percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    let whole = match whole {
        0.0 if share > 0.0 => "<\u{a0}1".into(),
        100.0 if share < 1.0 => ">\u{a0}99".into(),
        whole => decimal(whole, 0),
    };
    words().number.percent.with("n", &whole)
}

/// A number of bytes: `512 B`, `4.0 kB`, `1.2 GB`, in thousands.
#[must_use]
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{} {}", decimal(value, 1), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!([0, 999, 1000, 12_480, 1_000_000].map(count), ["0", "999", "1,000", "12,480", "1,000,000"]);
    }

    #[test]
    fn values_keep_their_decimals_and_no_zero_is_negative() {
        assert_eq!(decimal(1204.5, 2), "1,204.50");
        assert_eq!(decimal(-0.42, 1), "\u{2212}0.4");
        assert_eq!(decimal(-0.001, 1), "0.0");
        assert_eq!(decimal(f64::NAN, 1), "no number");
        assert_eq!([14.0, 7.5, -0.25].map(short), ["14", "7.50", "\u{2212}0.25"]);
    }

    #[test]
    fn a_little_is_not_nothing_and_almost_all_is_not_all() {
        assert_eq!(
            [0.0, 0.001, 0.62, 0.999, 1.0].map(percent),
            ["0\u{a0}%", "<\u{a0}1\u{a0}%", "62\u{a0}%", ">\u{a0}99\u{a0}%", "100\u{a0}%"]
        );
    }

    #[test]
    fn bytes_are_said_in_the_unit_that_fits() {
        assert_eq!([512, 4000, 999_960, 1_234_567_890].map(bytes), ["512 B", "4.0 kB", "1.0 MB", "1.2 GB"]);
    }
}
