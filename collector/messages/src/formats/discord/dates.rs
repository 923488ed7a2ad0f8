//! Dates in the form of somebody's machine, which do not say what is the day and what the month.

use jiff::civil::{Date, DateTime, Time};

/// In which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dates {
    /// The month first, as in 3/31/2026.
    MonthFirst,
    /// The day first, as in 31/3/2026.
    DayFirst,
}

/// A date whose first two numbers may each be the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Written {
    first: i8,
    second: i8,
    year: i16,
    time: Time,
}

impl Written {
    /// Reads `03/04/2026 1:05 PM` and its like.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.replace(['\u{202f}', '\u{a0}'], " ");
        let (date, time) = text.trim().split_once(' ')?;
        let mut parts = date.trim_end_matches(',').split(['/', '.', '-']);
        let (first, second) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
        if parts.next().is_some() {
            return None;
        }
        Some(Self { first, second, year, time: clock(time)? })
    }

    /// The order that it must have, if it has only one.
    pub(super) fn says(self) -> Option<Dates> {
        match (self.at(Dates::MonthFirst), self.at(Dates::DayFirst)) {
            (Some(_), None) => Some(Dates::MonthFirst),
            (None, Some(_)) => Some(Dates::DayFirst),
            _ => None,
        }
    }

    /// When it is, in an order.
    pub(super) fn at(self, dates: Dates) -> Option<DateTime> {
        let (month, day) = match dates {
            Dates::MonthFirst => (self.first, self.second),
            Dates::DayFirst => (self.second, self.first),
        };
        Some(Date::new(self.year, month, day).ok()?.to_datetime(self.time))
    }
}

/// `13:05`, `1:05:30 PM`.
fn clock(text: &str) -> Option<Time> {
    let (clock, half) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let mut parts = clock.split(':');
    let (hour, minute): (i8, i8) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second: i8 = parts.next().map_or(Some(0), |second| second.parse().ok())?;
    let is_half = (1..=12).contains(&hour);
    let hour = match half.replace(['.', ' '], "").to_lowercase().as_str() {
        "" => hour,
        "am" if is_half => hour % 12,
        "pm" if is_half => hour % 12 + 12,
        _ => return None,
    };
    Time::new(hour, minute, second, 0).ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_says_its_order_only_where_it_must() {
        let says = |text: &str| Written::read(text).expect(text).says();
        assert_eq!(says("03/04/2026 1:05 PM"), None);
        assert_eq!(says("03/13/2026 12:10 AM"), Some(Dates::MonthFirst));
        assert_eq!(says("31.03.2026 13:05"), Some(Dates::DayFirst));
        for text in ["", "2026-03-04 13:05", "3/4/26 13:05", "3/4/2026", "3/4/2026 13:05 PM", "3/4/2026 1:99"] {
            assert_eq!(Written::read(text), None, "{text}");
        }
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        let at = |text: &str| Written::read(text).and_then(|date| date.at(Dates::MonthFirst)).expect(text).to_string();
        assert_eq!(at("03/13/2026 12:10 AM"), "2026-03-13T00:10:00");
        assert_eq!(at("03/13/2026 12:10:05\u{202f}PM"), "2026-03-13T12:10:05");
    }
}
