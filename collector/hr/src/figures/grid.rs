use std::ops::RangeInclusive;

use jiff::Span;
use jiff::civil::{Date, date};

/// A Monday from which weeks are counted.
const MONDAY: Date = date(1970, 1, 5);

/// How many years back rows count.
const YEARS_BACK: i16 = 10;

/// Into what time is cut. Every piece of it has a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Grid {
    /// From Monday on.
    Week,
    /// From January, April, July and October on.
    Quarter,
    /// From January on.
    Year,
}

impl Grid {
    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The number of the piece in which a day lies.
    pub(crate) fn of(self, day: Date) -> i32 {
        let (year, month) = (i32::from(day.year()), i32::from(day.month()));
        match self {
            Self::Week => (day - MONDAY).get_days().div_euclid(7),
            Self::Quarter => year * 4 + (month - 1) / 3,
            Self::Year => year,
        }
    }

    /// The first day of a piece; none where the calendar has no such day.
    pub(crate) fn first(self, number: i32) -> Option<Date> {
        let year = |year: i32| i16::try_from(year).ok();
        match self {
            Self::Week => MONDAY.checked_add(Span::new().try_days(number.checked_mul(7)?).ok()?).ok(),
            Self::Quarter => {
                let month = i8::try_from(number.rem_euclid(4) * 3 + 1).ok()?;
                Date::new(year(number.div_euclid(4))?, month, 1).ok()
            }
            Self::Year => Date::new(year(number)?, 1, 1).ok(),
        }
    }

    /// The first day of a piece and the last.
    pub(crate) fn days(self, number: i32) -> Option<(Date, Date)> {
        Some((self.first(number)?, self.first(number.checked_add(1)?)?.yesterday().ok()?))
    }

    /// The last day of a piece; the last of all where the calendar has no such day.
    pub(super) fn last(self, number: i32) -> Date {
        self.days(number).map_or(Date::MAX, |(_, last)| last)
    }

    /// How many of them are shown where nothing else is asked for, and at most.
    pub(super) const fn bounds(self) -> (i32, i32) {
        match self {
            Self::Week => (26, 105),
            Self::Quarter => (8, 44),
            Self::Year => (5, 12),
        }
    }
}

/// Days that count: ten years back, and this year.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Window(RangeInclusive<i16>);

impl Window {
    /// As it is on a day.
    pub(crate) fn at(today: Date) -> Self {
        Self(today.year().saturating_sub(YEARS_BACK)..=today.year())
    }

    /// Whether a day counts.
    pub(crate) fn has(&self, day: Date) -> bool {
        self.has_year(day.year())
    }

    /// Whether a year does.
    pub(crate) fn has_year(&self, year: i16) -> bool {
        self.0.contains(&year)
    }
}
