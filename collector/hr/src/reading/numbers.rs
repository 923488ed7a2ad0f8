//! Numbers as people of all countries write them, and which sign stands for decimals.
//!
//! The sign is decided once for the file, by what fits every number: 1.234 alone can be either of two.

use super::answers::Decimal;
use super::problem::ProblemKind;
use super::text;

/// A number as it is written: digits, points, commas and an exponent.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Written {
    negative: bool,
    /// An amount of money.
    pub(crate) money: bool,
    body: String,
    exponent: String,
}

/// What the signs between the digits can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Signs {
    /// There is none.
    None,
    /// The last is for decimals.
    Decimals(Decimal),
    /// All of them are for thousands.
    Thousands(Decimal),
    /// One that can be for either.
    Either(Decimal),
}

const MONEY: [&str; 12] = ["€", "$", "£", "¥", "₹", "EUR", "USD", "GBP", "CHF", "INR", "JPY", "Fr."];

impl Written {
    /// Takes text apart; it need not be plain.
    pub(crate) fn of(text: &str) -> Result<Self, ProblemKind> {
        let plain = text::plain(text);
        let mut rest = &*plain;
        if rest.len() > 64 {
            return Err(ProblemKind::NoNumber);
        }
        if rest.ends_with('%') {
            return Err(ProblemKind::Percent);
        }
        let mut negative = false;
        let mut money = false;
        if let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (negative, rest) = (true, inner.trim());
        }
        // A sign may stand before or behind the money's: -5 €, €-5, 5-.
        let is_bare = rest.starts_with(is_digit) && rest.ends_with(is_digit);
        let rounds = if is_bare { 0 } else { 2 };
        for _ in 0..rounds {
            if let Some(inner) = rest.strip_prefix(['-', '−', '–']).or_else(|| rest.strip_suffix(['-', '−', '–']))
            {
                if negative {
                    return Err(ProblemKind::NoNumber);
                }
                (negative, rest) = (true, inner.trim());
            } else if let Some(inner) = rest.strip_prefix('+') {
                rest = inner.trim();
            }
            let found = MONEY.iter().find_map(|sign| rest.strip_prefix(sign).or_else(|| rest.strip_suffix(sign)));
            if let Some(inner) = found {
                (money, rest) = (true, inner.trim());
            }
        }
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let exponent_fits = match mantissa.len() == rest.len() {
            true => true,
            false => (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()),
        };
        let body = ungrouped(mantissa).filter(|_| exponent_fits).ok_or(ProblemKind::NoNumber)?;
        let written = Self { negative, money, body, exponent: exponent.to_owned() };
        written.signs().map(|_| written).ok_or(ProblemKind::NoNumber)
    }

    /// What its signs can be; none where they fit nothing.
    pub(crate) fn signs(&self) -> Option<Signs> {
        let Some(last) = self.body.rfind(['.', ',']) else { return Some(Signs::None) };
        let sign = match self.body.as_bytes()[last] {
            b'.' => Decimal::Point,
            _ => Decimal::Comma,
        };
        let (whole, part) = (&self.body[..last], &self.body[last + 1..]);
        let (own, other) = (char_of(sign), char_of(opposite(sign)));
        match (whole.contains(own), whole.contains(other)) {
            (true, true) => None,
            (true, false) => grouped(&self.body, own).then_some(Signs::Thousands(sign)),
            (false, true) => grouped(whole, other).then_some(Signs::Decimals(sign)),
            (false, false) => {
                let either = part.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
                match either && self.exponent.is_empty() {
                    true => Some(Signs::Either(sign)),
                    false => (!part.is_empty() || !whole.is_empty()).then_some(Signs::Decimals(sign)),
                }
            }
        }
    }

    /// Its value, where this sign stands for decimals.
    pub(crate) fn value(&self, decimal: Decimal) -> Result<f64, ProblemKind> {
        let fits = match self.signs() {
            None => false,
            Some(Signs::None | Signs::Either(_)) => true,
            Some(Signs::Decimals(sign)) => sign == decimal,
            Some(Signs::Thousands(sign)) => sign != decimal,
        };
        if !fits {
            return Err(ProblemKind::NoNumber);
        }
        let (own, other) = (char_of(decimal), char_of(opposite(decimal)));
        let is_plain = decimal == Decimal::Point && self.exponent.is_empty() && !self.body.contains(other);
        let read: Result<f64, _> = match is_plain {
            true => self.body.parse(),
            false => {
                let mut digits = self.body.replace(other, "").replace(own, ".");
                if !self.exponent.is_empty() {
                    digits.push('e');
                    digits.push_str(&self.exponent);
                }
                digits.parse()
            }
        };
        let value = read.map_err(|_| ProblemKind::NoNumber)?;
        match value.is_finite() {
            true => Ok(if self.negative { -value } else { value }),
            false => Err(ProblemKind::TooLarge),
        }
    }
}

const fn is_digit(sign: char) -> bool {
    sign.is_ascii_digit()
}

const fn char_of(sign: Decimal) -> char {
    match sign {
        Decimal::Point => '.',
        Decimal::Comma => ',',
    }
}

pub(crate) const fn opposite(sign: Decimal) -> Decimal {
    match sign {
        Decimal::Point => Decimal::Comma,
        Decimal::Comma => Decimal::Point,
    }
}

/// Without blanks and apostrophes between thousands; none where there is something else than digits and signs, or none at all.
fn ungrouped(text: &str) -> Option<String> {
    let blank = |sign: char| matches!(sign, ' ' | '\'' | '’');
    let fits = text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ',') || blank(sign));
    if !fits || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if !text.contains(blank) {
        return Some(text.to_owned());
    }
    let whole = text.split(['.', ',']).next().unwrap_or_default();
    let groups: Vec<&str> = whole.split(blank).collect();
    let rest_is_plain = !text[whole.len()..].contains(blank) && text[whole.len()..].matches(['.', ',']).count() <= 1;
    (thousands(&groups) && rest_is_plain).then(|| text.replace(blank, ""))
}

fn grouped(text: &str, sign: char) -> bool {
    thousands(&text.split(sign).collect::<Vec<_>>())
}

/// Whether groups of digits are thousands, or lakhs and crores.
fn thousands(groups: &[&str]) -> bool {
    let [first, between @ .., last] = groups else { return false };
    let digits = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    let by_three = (1..=3).contains(&first.len()) && between.iter().all(|group| group.len() == 3);
    let by_two = (1..=2).contains(&first.len()) && between.iter().all(|group| group.len() == 2);
    digits && last.len() == 3 && (by_three || by_two)
}

/// Hours that are written as a time: 7:30 is seven and a half.
pub(crate) fn hours(text: &str) -> Option<f64> {
    let plain = text::plain(text);
    let mut parts = plain.split(':');
    let (hours, minutes) = (parts.next()?, parts.next()?);
    let seconds = parts.next().unwrap_or("00");
    let digits = |part: &str, most: usize| {
        ((1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<f64>().ok())
    };
    let (hours, minutes, seconds) = (digits(hours, 3)??, digits(minutes, 2)??, digits(seconds, 2)??);
    (parts.next().is_none() && minutes < 60.0 && seconds < 60.0).then_some(hours + minutes / 60.0 + seconds / 3600.0)
}

/// What the numbers of a file say of its sign for decimals.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The first row that leaves no choice but a point, and but a comma.
    point: Option<u32>,
    comma: Option<u32>,
    /// That one of the readings gives a value that its column cannot have.
    likely: [bool; 2],
    /// The first number that can be read in two ways: its row, its column and its sign.
    pub(crate) unclear: Option<(u32, usize, Decimal)>,
}

/// What is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Decided {
    Sign(Decimal),
    Open,
    Clash { point: u32, comma: u32 },
}

impl Evidence {
    /// Takes a number in. `fits` says whether a value can be in its column.
    pub(crate) fn see(&mut self, written: &Written, row: u32, column: usize, fits: &dyn Fn(f64) -> bool) {
        let sure = match written.signs() {
            Some(Signs::Decimals(sign)) => Some(sign),
            Some(Signs::Thousands(sign)) => Some(opposite(sign)),
            Some(Signs::Either(sign)) => {
                self.unclear.get_or_insert((row, column, sign));
                let as_decimal = written.value(sign).is_ok_and(fits);
                let as_thousands = written.value(opposite(sign)).is_ok_and(fits);
                match (as_decimal, as_thousands) {
                    (true, false) => self.likely[usize::from(sign == Decimal::Comma)] = true,
                    (false, true) => self.likely[usize::from(sign == Decimal::Point)] = true,
                    _ => {}
                }
                None
            }
            Some(Signs::None) | None => None,
        };
        match sure {
            Some(Decimal::Point) => self.point = self.point.or(Some(row)),
            Some(Decimal::Comma) => self.comma = self.comma.or(Some(row)),
            None => {}
        }
    }

    pub(crate) const fn decided(&self) -> Decided {
        match (self.point, self.comma, self.unclear, self.likely) {
            (Some(point), Some(comma), _, _) => Decided::Clash { point, comma },
            (Some(_), None, _, _) | (None, None, Some(_), [true, false]) | (None, None, None, _) => {
                Decided::Sign(Decimal::Point)
            }
            (None, Some(_), _, _) | (None, None, Some(_), [false, true]) => Decided::Sign(Decimal::Comma),
            (None, None, Some(_), _) => Decided::Open,
        }
    }
}
