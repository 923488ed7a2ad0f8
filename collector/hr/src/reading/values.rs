//! From cells to values, once it is decided how the file writes them. No value is `None`; a wrong one is a problem, never a guess.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::rows::{Part, Period};

use super::answers::{Decimal, Order};
use super::cell::{Cell, Shown};
use super::dates::{self, Day, Written};
use super::problem::ProblemKind;
use super::words::{Found, Words};
use super::{numbers, text, words};

/// What a cell says in words; numbers, dates and truths are none.
pub(crate) fn said<'c>(cell: &'c Cell<'_>) -> Result<Option<Cow<'c, str>>, ProblemKind> {
    match cell {
        Cell::Empty | Cell::NotAvailable => Ok(None),
        Cell::Text(text) => {
            let plain = text::plain(text);
            if words::is_missing(&plain) {
                Ok(None)
            } else if words::is_error(&plain) {
                Err(ProblemKind::CellError)
            } else if plain.len() > 2 && plain.bytes().all(|byte| byte == b'#') {
                Err(ProblemKind::TooNarrow)
            } else {
                Ok(Some(plain))
            }
        }
        Cell::Broken => Err(ProblemKind::BrokenText),
        Cell::Error => Err(ProblemKind::CellError),
        Cell::Unfinished => Err(ProblemKind::Unfinished),
        Cell::Merged(cell) => said(cell),
        Cell::Number { .. } | Cell::Yes(_) | Cell::Day(_) => Err(ProblemKind::UnknownWord),
    }
}

/// A number, and whether it is an amount of money.
pub(crate) fn number(cell: &Cell<'_>, decimal: Decimal, is_hours: bool) -> Result<Option<(f64, bool)>, ProblemKind> {
    match cell {
        Cell::Number { value, shown } => match shown {
            Shown::Plain | Shown::Padded { .. } => Ok(Some((*value, false))),
            Shown::Money => Ok(Some((*value, true))),
            Shown::Percent => Err(ProblemKind::Percent),
            // A day of Excel is 1; a time is a part of it, to the second.
            Shown::Time if is_hours => Ok(Some(((value * 86_400.0).round() / 3_600.0, false))),
            Shown::Time | Shown::Date => Err(ProblemKind::DateForNumber),
        },
        Cell::Day(_) => Err(ProblemKind::DateForNumber),
        Cell::Yes(_) => Err(ProblemKind::NoNumber),
        Cell::Merged(_) => Err(ProblemKind::MergedNumber),
        _ => match said(cell)? {
            None => Ok(None),
            Some(text) => match numbers::hours(&text).filter(|_| is_hours) {
                Some(hours) => Ok(Some((hours, false))),
                None => {
                    let written = numbers::Written::of(&text)?;
                    Ok(Some((written.value(decimal)?, written.money)))
                }
            },
        },
    }
}

/// How the dates of a column are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    pub(crate) order: Order,
    /// Whether numbers that are text are days of Excel.
    pub(crate) serials: bool,
    /// Whether days and months of date cells were mistaken for each other.
    pub(crate) swapped: bool,
    pub(crate) epoch: i64,
}

/// A date, and whether a plain number was taken for one.
pub(crate) fn date(cell: &Cell<'_>, dates: Dates) -> Result<Option<(Day, bool)>, ProblemKind> {
    match cell {
        Cell::Day(date) => dates::plausible(*date).map(|day| Some((day, false))),
        Cell::Yes(_) => Err(ProblemKind::NoDate),
        Cell::Merged(cell) => date(cell, dates),
        Cell::Number { value, shown } => match shown {
            Shown::Percent | Shown::Money | Shown::Time => Err(ProblemKind::NoDate),
            Shown::Date => {
                let day = dates::serial(*value, dates.epoch)?;
                let day = if dates.swapped { swapped(day) } else { day };
                Ok(Some((day, false)))
            }
            Shown::Plain | Shown::Padded { .. } => {
                let compact =
                    Some(dates::written(&format!("{value}"))).filter(|written| matches!(written, Written::Sure(..)));
                match compact {
                    Some(written) => dates::ordered(written, dates.order).map(|day| Some((day, false))),
                    None => dates::serial(*value, dates.epoch).map(|day| Some((day, true))),
                }
            }
        },
        _ => match said(cell)? {
            None => Ok(None),
            Some(text) => match dates::written(&text) {
                Written::Serial(value) if dates.serials => {
                    dates::serial(value, dates.epoch).map(|day| Some((day, true)))
                }
                written => dates::ordered(written, dates.order).map(|day| Some((day, false))),
            },
        },
    }
}

fn swapped(day: Day) -> Day {
    match day {
        Day::Of(date) => Date::new(date.year(), date.day(), date.month()).map_or(day, Day::Of),
        Day::Open => day,
    }
}

pub(crate) fn yes_or_no(cell: &Cell<'_>) -> Result<Option<bool>, ProblemKind> {
    match cell {
        Cell::Yes(yes) => Ok(Some(*yes)),
        Cell::Number { value, shown: Shown::Plain } if *value == 0.0 || *value == 1.0 => Ok(Some(*value == 1.0)),
        Cell::Number { .. } | Cell::Day(_) => Err(ProblemKind::UnclearYesNo),
        Cell::Merged(cell) => yes_or_no(cell),
        _ => match said(cell)? {
            None => Ok(None),
            Some(text) => words::yes_or_no(&text.to_lowercase()).map(Some).ok_or(ProblemKind::UnclearYesNo),
        },
    }
}

/// Which of a few words; others' words count where a person has said what they are.
pub(crate) fn word(
    cell: &Cell<'_>,
    words: &Words,
    confirmed: &dyn Fn(&str) -> Option<usize>,
) -> Result<Option<usize>, ProblemKind> {
    let Some(text) = said(cell)? else { return Ok(None) };
    let folded = text.to_lowercase();
    let found = match words.find(&folded) {
        Found::Ours(which) => Some(which),
        Found::Others(_) | Found::Unknown => confirmed(&folded),
    };
    found.map(Some).ok_or(ProblemKind::UnknownWord)
}

/// A period of reviews: H1 2024, 2024 H2, Annual 2024.
pub(crate) fn period(cell: &Cell<'_>) -> Result<Option<Period>, ProblemKind> {
    let said = said(cell).map_err(|kind| match kind {
        ProblemKind::UnknownWord => ProblemKind::BadPeriod,
        kind => kind,
    })?;
    let Some(text) = said else { return Ok(None) };
    let small = text.to_lowercase();
    let (mut year, mut part) = (None, None);
    for word in small.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let given = match word {
            "h1" => Part::FirstHalf,
            "h2" => Part::SecondHalf,
            "annual" => Part::Annual,
            _ => {
                let number =
                    word.parse::<i16>().ok().filter(|number| word.len() == 4 && super::limits::YEARS.contains(number));
                match (number, year) {
                    (Some(number), None) => year = Some(number),
                    _ => return Err(ProblemKind::BadPeriod),
                }
                continue;
            }
        };
        if part.replace(given).is_some() {
            return Err(ProblemKind::BadPeriod);
        }
    }
    match (year, part) {
        (Some(year), Some(part)) => Ok(Some(Period { year, part })),
        _ => Err(ProblemKind::BadPeriod),
    }
}
