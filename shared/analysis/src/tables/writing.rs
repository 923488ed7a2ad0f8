//! How a column writes its times: what marks between digits are for, and whether the day or the month of a date stands
//! first. One row leaves both open; the whole column tells.

use std::ops::Range;

use super::text::{Row, Table};
use super::times::{self, Unit};
use super::{Origin, TableError};

/// Rows that tell what the marks are for.
const LOOKED_AT: usize = 2000;

/// What is said of dates that can be read in two ways.
const OPEN_DATES: &str = "its times do not read: nothing in it tells whether the day or the month of its dates stands \
    first; write them such as 2024-05-01T10:00:00.25Z";
const OTHER_DATES: &str = "its times do not read: in some of its dates the day stands first and in others the month; \
    write them such as 2024-05-01T10:00:00.25Z";
const OPEN_MARKS: &str = "its times do not read: their points or commas may stand before decimals or between \
    thousands; write them without the latter";

/// How times are written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Writing {
    /// A mark stands between thousands and never before decimals.
    grouped: bool,
    /// In dates such as 13.5.2024 or 5/13/2024.
    day_first: bool,
}

impl Writing {
    /// Looks at the times in a column, behind the first rows of a table. `named` is their unit, where its name says it,
    /// and rows can be as far apart as `steps`, in seconds.
    ///
    /// # Errors
    /// When they can be read in two ways, or the table cannot be read.
    pub(super) fn of(
        origin: &Origin,
        rows_before: usize,
        place: usize,
        named: Option<Unit>,
        steps: &Range<f64>,
    ) -> Result<Self, TableError> {
        let mut table = Table::open(origin)?;
        for _ in 0..rows_before {
            table.next()?;
        }
        let (mut marks, mut days, mut looked) = (Marks::default(), Days::default(), 0);
        while looked < LOOKED_AT || days.are_open() {
            let Some(row) = table.next()? else { break };
            if looked < LOOKED_AT {
                marks.look(row, place);
            }
            looked += 1;
            days.look(row.get(place).unwrap_or_default());
        }
        Ok(Self { grouped: marks.are_between_thousands(named, steps)?, day_first: days.come_first()? })
    }

    /// A time: a number, a date as ISO 8601 writes it or with its day or month first, as Unix seconds, or a time of
    /// day, as seconds; without an offset a date is taken as UTC.
    pub(super) fn time(self, row: &Row, column: usize) -> Option<f64> {
        let text = row.get(column)?;
        if self.grouped {
            return thousands(text).map(|(value, _)| value).or_else(|| row.number(column));
        }
        row.number(column).or_else(|| times::date(text)).or_else(|| self.date(text)).or_else(|| clock(text))
    }

    fn date(self, text: &str) -> Option<f64> {
        let Date { first, second, year, rest } = Date::of(text)?;
        let (day, month) = if self.day_first { (first, second) } else { (second, first) };
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        Some(midnight as f64 + clock(rest)?)
    }
}

/// A date with the year behind, and the time of day behind that.
struct Date<'a> {
    first: i8,
    second: i8,
    year: i16,
    rest: &'a str,
}

impl<'a> Date<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mark =
            text.chars().find(|letter| !letter.is_ascii_digit()).filter(|mark| matches!(mark, '.' | '/' | '-'))?;
        let (first, behind) = text.split_once(mark)?;
        let (second, behind) = behind.split_once(mark)?;
        let (year, rest) = behind.split_at_checked(4)?;
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        let rest = rest.strip_prefix(['T', ' '])?.trim_start();
        let short = |digits: &str| matches!(digits.len(), 1 | 2).then(|| digits.parse().ok()).flatten();
        Some(Self { first: short(first)?, second: short(second)?, year: year.parse().ok()?, rest })
    }
}

/// Seconds since midnight of `9:05`, `09:05:07` or `09:05:07.25`.
fn clock(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let mut whole = |under: u32| parts.next().and_then(|part| part.parse::<u32>().ok()).filter(|value| *value < under);
    let (hours, minutes) = (whole(24)?, whole(60)?);
    let seconds = match parts.next() {
        Some(seconds) => {
            seconds.replace(',', ".").parse::<f64>().ok().filter(|seconds| (0.0..60.0).contains(seconds))?
        }
        None => 0.0,
    };
    parts.next().is_none().then(|| f64::from(3600 * hours + 60 * minutes) + seconds)
}

/// A whole number with a mark before every three digits but the first, as many as it has; `None` where it is none.
fn thousands(text: &str) -> Option<(f64, usize)> {
    let mut groups = text.split(['.', ',']);
    let first = groups.next()?;
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|digit| digit.is_ascii_digit());
    let marks = text.matches(['.', ',']).count();
    let begins = digits(first) && first.len() <= 3 && (marks == 0 || !first.starts_with('0'));
    let goes_on = groups.all(|group| group.len() == 3 && digits(group));
    let whole = (begins && goes_on).then(|| text.replace(['.', ','], "").parse().ok()).flatten();
    whole.map(|whole| (whole, marks))
}

/// What the marks of a column are for.
#[derive(Default)]
struct Marks {
    /// The fewest and the most of a number, where all can be thousands.
    counts: Option<(usize, usize)>,
    decimals: bool,
    values: Vec<f64>,
}

impl Marks {
    fn look(&mut self, row: &Row, place: usize) {
        let (Some(value), Some(text)) = (row.number(place), row.get(place)) else { return };
        let Some((_, marks)) = thousands(text) else {
            self.decimals = true;
            return;
        };
        let (fewest, most) = self.counts.unwrap_or((marks, marks));
        self.counts = Some((fewest.min(marks), most.max(marks)));
        self.values.push(value);
    }

    fn are_between_thousands(&self, named: Option<Unit>, steps: &Range<f64>) -> Result<bool, TableError> {
        match self.counts {
            Some((_, most)) if !self.decimals && most > 1 => Ok(true),
            // As decimals they would leap back: 980, 1.0, 1.02.
            Some((0, 1)) if !self.decimals => Ok(!self.values.is_sorted()),
            // Three decimals in each: seconds are what milliseconds with a mark between are. What is named is told by
            // its steps.
            Some((1, 1)) if !self.decimals => {
                let unit = named.filter(|unit| *unit != Unit::Seconds);
                let Some((step, unit)) = times::step(&self.values).zip(unit) else { return Ok(false) };
                let step = unit.seconds(step);
                match (steps.contains(&step), steps.contains(&(1000.0 * step))) {
                    (true, true) => Err(TableError::content(OPEN_MARKS)),
                    (decimals, thousands) => Ok(thousands && !decimals),
                }
            }
            _ => Ok(false),
        }
    }
}

/// Whether days come first.
#[derive(Default)]
struct Days {
    /// A date of which it matters.
    seen: bool,
    first: bool,
    second: bool,
}

impl Days {
    fn look(&mut self, text: &str) {
        let Some(Date { first, second, .. }) = Date::of(text) else { return };
        self.seen |= first != second;
        self.first |= first > 12;
        self.second |= second > 12;
    }

    fn are_open(&self) -> bool {
        self.seen && !self.first && !self.second
    }

    fn come_first(&self) -> Result<bool, TableError> {
        match (self.first, self.second) {
            (true, true) => Err(TableError::content(OTHER_DATES)),
            (false, false) if self.seen => Err(TableError::content(OPEN_DATES)),
            (first, _) => Ok(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::origin;
    use super::*;

    /// The times of a column of a sensor of motion.
    fn read(named: Option<Unit>, fields: &[&str]) -> Result<Vec<Option<f64>>, String> {
        let origin = origin(format!("t;\n{}", fields.iter().map(|field| format!("{field};\n")).collect::<String>()));
        let writing = Writing::of(&origin, 1, 0, named, &(1e-4..5.0)).map_err(|error| error.to_string())?;
        let mut table = Table::open(&origin).expect("opens");
        table.next().expect("reads");
        Ok(fields.iter().map(|_| writing.time(table.next().expect("reads").expect("a row"), 0)).collect())
    }

    fn some(values: &[f64]) -> Result<Vec<Option<f64>>, String> {
        Ok(values.iter().copied().map(Some).collect())
    }

    #[test]
    fn marks_are_what_the_whole_column_says() {
        assert_eq!(read(None, &["980", "1.000", "1.020"]), some(&[980.0, 1000.0, 1020.0]));
        assert_eq!(read(None, &["980", "1,000", "1,020"]), some(&[980.0, 1000.0, 1020.0]));
        assert_eq!(read(None, &["999.980", "1.000.000"]), some(&[999_980.0, 1_000_000.0]));
        assert_eq!(read(None, &["0.000", "0.020", "1.000"]), some(&[0.0, 0.02, 1.0]));
        assert_eq!(read(None, &["0,98", "1", "1,02"]), some(&[0.98, 1.0, 1.02]));
        assert_eq!(read(None, &["5", "5.833", "6.667"]), some(&[5.0, 5.833, 6.667]));
        assert_eq!(read(None, &["1.000", "1.020"]), some(&[1.0, 1.02]), "seconds, and milliseconds just as well");
        let millis = Some(Unit::Millis);
        assert_eq!(read(millis, &["1.000", "1.020", "1.040"]), some(&[1000.0, 1020.0, 1040.0]));
        assert_eq!(read(millis, &["20.000", "40.000", "60.000"]), some(&[20.0, 40.0, 60.0]));
        let open = read(millis, &["1.000", "2.000", "3.000"]).expect_err("a kilohertz or a hertz");
        assert!(open.contains("decimals or between thousands"), "{open}");
    }

    #[test]
    fn a_date_has_its_day_where_another_of_the_file_shows_it() {
        let may = 1_714_521_600.0;
        assert_eq!(
            read(None, &["12.05.2024 09:00", "13.5.2024 09:00:00,5"]),
            some(&[may + 11.0 * 86_400.0 + 32_400.0, may + 12.0 * 86_400.0 + 32_400.5])
        );
        assert_eq!(
            read(None, &["5/1/2024 9:00:00.25", "5/13/2024 9:00"]),
            some(&[may + 32_400.25, may + 12.0 * 86_400.0 + 32_400.0])
        );
        assert_eq!(read(None, &["05.05.2024, 09:00"]), some(&[may + 4.0 * 86_400.0 + 32_400.0]), "either way");
        let open = read(None, &["01.05.2024 09:00", "02.05.2024 09:00"]).expect_err("1 May or 5 January");
        assert!(open.contains("day or the month") && open.contains("2024-05-01T10:00:00"), "{open}");
        let both = read(None, &["13.05.2024 09:00", "05.13.2024 09:00"]).expect_err("both");
        assert!(both.contains("in others the month"), "{both}");
    }

    #[test]
    fn a_time_of_day_is_one_and_what_is_none_is_not() {
        assert_eq!(read(None, &["09:00", "9:00:01.5", "23:59:59"]), some(&[32_400.0, 32_401.5, 86_399.0]));
        for text in ["24:00", "09:60", "9:0:60", "1:2:3:4", "x:y", "31.02.2024 09:00", "13.05.2024", ""] {
            assert_eq!(read(None, &[text]).map(|times| times[0]), Ok(None), "{text}");
        }
    }
}
