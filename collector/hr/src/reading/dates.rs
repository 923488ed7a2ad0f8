//! Dates as people of all countries write them, and in which order.
//!
//! The order is decided once for the file, by what fits every date: 1/2/2024 alone can be either of two. The day is taken as it is
//! written; a time or a zone behind it moves nothing.

use jiff::ToSpan;
use jiff::civil::Date;

use super::answers::Order;
use super::limits;
use super::problem::ProblemKind;
use super::text;

/// A date as it is written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Written {
    /// In one way only: year, month and day.
    Sure(i16, i8, i8),
    /// Three numbers, the last of which is a year of four digits.
    Long(i8, i8, i16),
    /// Three numbers of two digits.
    Short(i8, i8, i8),
    /// A number, as it may be a day of Excel.
    Serial(f64),
    Not(ProblemKind),
}

/// What a date comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Day {
    Of(Date),
    /// The year 9999 stands for "none yet".
    Open,
}

/// Takes text apart; it need not be plain.
pub(crate) fn written(text: &str) -> Written {
    let plain = text::plain(text);
    if plain.len() >= 3 && plain.bytes().all(|byte| byte == b'#') {
        return Written::Not(ProblemKind::TooNarrow);
    }
    if plain.len() > 64 {
        return Written::Not(ProblemKind::NoDate);
    }
    let day = without_time(&plain).trim_end_matches('.');
    if day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && day.matches('.').count() < 2 {
        return number(day);
    }
    let parts = || day.split(['/', '-', '.', ' ', ',']).filter(|part| !part.is_empty());
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    // Each date of a large file comes along here, and most are numbers: no list of them is made.
    let mut first = parts();
    match (first.next(), first.next(), first.next(), first.next()) {
        (Some(a), Some(b), Some(c), None) if [a, b, c].into_iter().all(is_number) => numeric(a, b, c),
        _ => named(&parts().collect::<Vec<_>>()).unwrap_or(Written::Not(ProblemKind::NoDate)),
    }
}

/// Without a time of the day behind the date.
fn without_time(plain: &str) -> &str {
    let starts_as_time = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (1..=2).contains(&digits) && rest[digits..].starts_with(':')
    };
    let at = plain.char_indices().find(|&(at, sign)| {
        let before_is_digit = plain[..at].ends_with(|before: char| before.is_ascii_digit() || before == ',');
        matches!(sign, 'T' | 't' | ' ') && before_is_digit && starts_as_time(&plain[at + 1..])
    });
    at.map_or(plain, |(at, _)| plain[..at].trim_end_matches(','))
}

fn number(day: &str) -> Written {
    let parsed = |from: usize, to: usize| day.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    if day.len() == 8 && !day.contains('.') {
        let (year, month, day) = (parsed(0, 4), parsed(4, 6), parsed(6, 8));
        return match (year, month, day) {
            (Some(year), Some(month), Some(day)) => sure(year, month, day),
            _ => Written::Not(ProblemKind::NoDate),
        };
    }
    day.parse().map_or(Written::Not(ProblemKind::NoDate), Written::Serial)
}

fn sure(year: i16, month: i16, day: i16) -> Written {
    match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Written::Sure(year, month, day),
        _ => Written::Not(ProblemKind::NoSuchDay),
    }
}

fn numeric(a: &str, b: &str, c: &str) -> Written {
    let lengths = [a.len(), b.len(), c.len()];
    let numbers = (a.parse::<i16>(), b.parse::<i16>(), c.parse::<i16>());
    let (Ok(first), Ok(second), Ok(third)) = numbers else { return Written::Not(ProblemKind::NoDate) };
    let small = |number: i16| i8::try_from(number).ok();
    match lengths {
        [4, 1..=2, 1..=2] => sure(first, second, third),
        [1..=2, 1..=2, 4] => match (small(first), small(second)) {
            (Some(first), Some(second)) => Written::Long(first, second, third),
            _ => Written::Not(ProblemKind::NoDate),
        },
        [1..=2, 1..=2, 1..=2] => match (small(first), small(second), small(third)) {
            (Some(first), Some(second), Some(third)) => Written::Short(first, second, third),
            _ => Written::Not(ProblemKind::NoDate),
        },
        _ => Written::Not(ProblemKind::NoDate),
    }
}

/// A date whose month is a word.
fn named(parts: &[&str]) -> Option<Written> {
    let parts: Vec<String> = parts.iter().map(|part| part.to_lowercase()).filter(|part| !is_filler(part)).collect();
    let [a, b, c] = &parts[..] else { return None };
    let digits = |part: &str| {
        let bare = ["st", "nd", "rd", "th"].iter().find_map(|end| part.strip_suffix(end)).unwrap_or(part);
        (bare.len() <= 4 && bare.bytes().all(|byte| byte.is_ascii_digit())).then(|| bare.parse::<i16>().ok())?
    };
    let (month, day, year) = match (month(a), month(b)) {
        (Some(month), None) => (month, b, c),
        (None, Some(month)) if a.len() == 4 => (month, c, a),
        (None, Some(month)) => (month, a, c),
        _ => return None,
    };
    let (day, value) = (digits(day)?, digits(year)?);
    let year = match year.len() {
        4 => value,
        1..=2 => century(i8::try_from(value).ok()?),
        _ => return None,
    };
    Some(sure(year, month, day))
}

/// Words between the parts of a date.
fn is_filler(part: &str) -> bool {
    const FILLERS: [&str; 18] = [
        "of",
        "de",
        "del",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "den",
    ];
    FILLERS.contains(&part)
}

fn month(part: &str) -> Option<i16> {
    const MONTHS: [&[&str]; 12] = [
        &["january", "jan", "januar", "jänner", "janvier", "janv", "enero", "ene"],
        &["february", "feb", "februar", "février", "févr", "febrero"],
        &["march", "mar", "märz", "mär", "mrz", "mars", "marzo"],
        &["april", "apr", "avril", "avr", "abril", "abr"],
        &["may", "mai", "mayo"],
        &["june", "jun", "juni", "juin", "junio"],
        &["july", "jul", "juli", "juillet", "juil", "julio"],
        &["august", "aug", "août", "agosto", "ago"],
        &["september", "sep", "sept", "septembre", "septiembre"],
        &["october", "oct", "oktober", "okt", "octobre", "octubre"],
        &["november", "nov", "novembre", "noviembre"],
        &["december", "dec", "dezember", "dez", "décembre", "déc", "diciembre", "dic"],
    ];
    MONTHS.iter().position(|names| names.contains(&part)).and_then(|at| i16::try_from(at + 1).ok())
}

/// A year of two digits: the last fifty years and the next.
const fn century(year: i8) -> i16 {
    match year {
        ..=50 => 2000 + year as i16,
        _ => 1900 + year as i16,
    }
}

/// A day of the calendar that a working life can have.
pub(crate) fn day(year: i16, month: i8, day: i8) -> Result<Day, ProblemKind> {
    if (year, month, day) == (9999, 12, 31) {
        return Ok(Day::Open);
    }
    if year <= 1 || month == 0 || day == 0 {
        return Err(ProblemKind::Placeholder);
    }
    let date = Date::new(year, month, day).map_err(|_| ProblemKind::NoSuchDay)?;
    plausible(date)
}

/// A date that a working life can have.
pub(crate) fn plausible(date: Date) -> Result<Day, ProblemKind> {
    match date.year() {
        9999 if (date.month(), date.day()) == (12, 31) => Ok(Day::Open),
        ..=1 => Err(ProblemKind::Placeholder),
        year if limits::YEARS.contains(&year) => Ok(Day::Of(date)),
        _ => Err(ProblemKind::Implausible),
    }
}

/// A day that Excel counts, in the calendar of 1900.
pub(crate) fn serial(value: f64, epoch: i64) -> Result<Day, ProblemKind> {
    if !(0.0..=3_000_000.0).contains(&value) {
        return Err(ProblemKind::NoDate);
    }
    let days = value.floor() as i64 + epoch;
    match days {
        0 => Err(ProblemKind::Placeholder),
        60 => Err(ProblemKind::NoSuchDay),
        1..60 => Err(ProblemKind::Implausible),
        61..=2_958_465 => {
            let date = Date::constant(1899, 12, 30).checked_add(days.days()).map_err(|_| ProblemKind::NoDate)?;
            plausible(date)
        }
        _ => Err(ProblemKind::NoDate),
    }
}

/// What three numbers come to in an order.
pub(crate) fn ordered(written: Written, order: Order) -> Result<Day, ProblemKind> {
    let (year, month, at) = match (written, order) {
        (Written::Sure(year, month, at), _) => (year, month, at),
        (Written::Long(at, month, year), Order::DayFirst) | (Written::Long(month, at, year), Order::MonthFirst) => {
            (year, month, at)
        }
        // Whoever says that the year comes first has said nothing of these.
        (Written::Long(..), Order::YearFirst) => return Err(ProblemKind::NoDate),
        (Written::Short(at, month, year), Order::DayFirst) | (Written::Short(month, at, year), Order::MonthFirst) => {
            (century(year), month, at)
        }
        (Written::Short(year, month, at), Order::YearFirst) => (century(year), month, at),
        (Written::Serial(_), _) => return Err(ProblemKind::NoDate),
        (Written::Not(kind), _) => return Err(kind),
    };
    day(year, month, at)
}

/// The orders, as [`Evidence`] numbers them.
pub(crate) const ORDERS: [Order; 3] = [Order::DayFirst, Order::MonthFirst, Order::YearFirst];

/// What the dates of a file say of their order.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The first row that does not fit the order.
    against: [Option<u32>; 3],
    /// The first row and column whose date is another one in another order.
    pub(crate) unclear: Option<(u32, usize)>,
}

/// What is decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Decided {
    Order(Order),
    Open(Vec<Order>),
    Clash { day_first: u32, month_first: u32 },
}

impl Evidence {
    /// Takes a date in. Whether the day can be none of its month is not looked at: the 31st of April tells an order too.
    pub(crate) fn see(&mut self, written: Written, row: u32, column: usize) {
        let fits = |day: i8, month: i8| (1..=31).contains(&day) && (1..=12).contains(&month);
        let (each, same) = match written {
            Written::Long(a, b, _) => ([fits(a, b), fits(b, a), false], a == b),
            Written::Short(a, b, c) => ([fits(a, b), fits(b, a), fits(c, b)], a == b && b == c),
            _ => return,
        };
        if !each.contains(&true) {
            return;
        }
        for (against, fits) in self.against.iter_mut().zip(each) {
            if !fits {
                against.get_or_insert(row);
            }
        }
        let only_days = matches!(written, Written::Short(a, b, _) if a == b && !each[2]);
        if each.iter().filter(|fits| **fits).count() > 1 && !same && !only_days {
            self.unclear.get_or_insert((row, column));
        }
    }

    pub(crate) fn decided(&self) -> Decided {
        let left: Vec<Order> =
            ORDERS.iter().zip(self.against).filter(|(_, against)| against.is_none()).map(|(order, _)| *order).collect();
        match (&left[..], self.unclear) {
            ([], _) => Decided::Clash {
                // A row against the one order is for the other.
                day_first: self.against[1].unwrap_or_default(),
                month_first: self.against[0].unwrap_or_default(),
            },
            ([order], _) | ([order, ..], None) => Decided::Order(*order),
            (_, Some(_)) => Decided::Open(left),
        }
    }
}
