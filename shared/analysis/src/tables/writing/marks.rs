//! What the marks of a column of numbers are for: decimals or thousands.

use std::ops::Range;

use super::super::text::Row;
use super::super::times::{self, Unit};
use crate::tables::TableError;

const OPEN_MARKS: &str = "its times do not read: their points or commas may stand before decimals or between \
    thousands; write them without the latter";
/// So many times as large as the others are numbers of a column whose mark does not stand where it was taken to.
const LEAP: f64 = 100.0;

/// A whole number with a mark, and always the same, before every three digits but the first, as many as it has; `None`
/// where it is none.
pub(in crate::tables) fn thousands(text: &str) -> Option<(f64, usize)> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1.0), |digits| (digits, -1.0));
    let mark = digits.chars().find(|letter| matches!(letter, '.' | ',')).unwrap_or('.');
    let mut groups = digits.split(mark);
    let first = groups.next()?;
    let is_number = |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
    let marks = digits.matches(mark).count();
    let begins = is_number(first) && first.len() <= 3 && (marks == 0 || !first.starts_with('0'));
    let goes_on = groups.all(|group| group.len() == 3 && is_number(group));
    let whole: Option<f64> = (begins && goes_on).then(|| digits.replace(mark, "").parse().ok()).flatten();
    whole.map(|whole| (sign * whole, marks))
}

/// What the marks of a column are for.
#[derive(Default)]
pub(in crate::tables) struct Marks {
    /// The fewest and the most of a number, where all can be thousands.
    counts: Option<(usize, usize)>,
    decimals: bool,
    /// Each number with the mark before decimals, and between thousands.
    values: Vec<(f64, f64)>,
}

impl Marks {
    pub(in crate::tables) fn look(&mut self, row: &Row, place: usize) {
        let (Some(value), Some(text)) = (row.number(place), row.get(place)) else { return };
        let Some((whole, marks)) = thousands(text) else {
            self.decimals = true;
            return;
        };
        let (fewest, most) = self.counts.unwrap_or((marks, marks));
        self.counts = Some((fewest.min(marks), most.max(marks)));
        self.values.push((value, whole));
    }

    /// Whether the marks of a column of times stand between thousands. `named` is their unit, where its name says it, and
    /// rows can be as far apart as `steps`, in seconds.
    pub(super) fn are_between_thousands(&self, named: Option<Unit>, steps: &Range<f64>) -> Result<bool, TableError> {
        let (decimals, wholes): (Vec<f64>, Vec<f64>) = self.values.iter().copied().unzip();
        match self.counts {
            Some((_, most)) if !self.decimals && most > 1 => Ok(true),
            // Read in the wrong way they would leap back: 980, 1.0, 1.02.
            Some((0, 1)) if !self.decimals => Ok(leaps_back(&decimals) > leaps_back(&wholes)),
            // Three decimals in each: seconds are what milliseconds with a mark between are. What is named is told by
            // its steps.
            Some((1, 1)) if !self.decimals => {
                let Some(step) = times::step(&decimals) else { return Ok(false) };
                let step = named.unwrap_or(Unit::Seconds).seconds(step);
                let seconds = named.is_none_or(|unit| unit == Unit::Seconds);
                match (steps.contains(&step), steps.contains(&(1000.0 * step))) {
                    (true, true) if !seconds => Err(TableError::content(OPEN_MARKS)),
                    (decimals, thousands) => Ok(thousands && !decimals),
                }
            }
            _ => Ok(false),
        }
    }

    /// Whether the marks of a column of values stand between thousands: as decimals, those that have one would be nowhere
    /// near the others.
    pub(in crate::tables) fn make_values_leap(&self) -> bool {
        let (marked, plain): (Vec<_>, Vec<_>) =
            self.values.iter().copied().partition(|(decimal, whole)| decimal != whole);
        let middle = |values: &[(f64, f64)]| {
            let mut sizes: Vec<f64> = values.iter().map(|(decimal, _)| decimal.abs()).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            sizes.get(sizes.len() / 2).copied()
        };
        let leap = middle(&plain).zip(middle(&marked)).is_some_and(|(plain, marked)| plain > LEAP * marked);
        !self.decimals && leap
    }
}

fn leaps_back(times: &[f64]) -> usize {
    times.windows(2).filter(|pair| pair[1] < pair[0]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_between_thousands_are_all_the_same() {
        for (text, number) in [
            ("980", Some((980.0, 0))),
            ("1.234", Some((1234.0, 1))),
            ("-1,234,567", Some((-1_234_567.0, 2))),
            ("1,234.567", None),
            ("0.123", None),
            ("1.23", None),
            ("1234.567", None),
            ("1700000000", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(thousands(text), number, "{text}");
        }
    }
}
