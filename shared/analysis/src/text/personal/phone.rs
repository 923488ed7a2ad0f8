//! Telephone numbers as they are written, by the rules of the countries.

use super::digits::{Group, groups, only};
use super::found::{Found, Kind};
use super::view::View;

const CALLED: [&str; 44] = [
    "phone",
    "phones",
    "tel",
    "telephone",
    "telefon",
    "mobile",
    "mobil",
    "cell",
    "cellphone",
    "call",
    "calling",
    "ring",
    "fax",
    "whatsapp",
    "text",
    "sms",
    "numero",
    "nummer",
    "handy",
    "handynummer",
    "telefonnummer",
    "rufnummer",
    "reach",
    "dial",
    "signal",
    "telegram",
    "landline",
    "hotline",
    "telefono",
    "movil",
    "celular",
    "portable",
    "telefone",
    "komorka",
    "numer",
    "anrufen",
    "ruf",
    "appelez",
    "chiamami",
    "llame",
    "llamame",
    "phonenumber",
    "m",
    "t",
];
/// What else is numbered. A number behind one of these is that.
const NUMBERED: [&str; 47] = [
    "ticket",
    "tickets",
    "build",
    "builds",
    "version",
    "release",
    "error",
    "errors",
    "part",
    "parts",
    "pr",
    "issue",
    "order",
    "orders",
    "invoice",
    "ref",
    "reference",
    "serial",
    "id",
    "batch",
    "case",
    "bug",
    "commit",
    "line",
    "lines",
    "row",
    "sum",
    "total",
    "code",
    "sku",
    "isbn",
    "ean",
    "tracking",
    "hash",
    "timestamp",
    "bestellung",
    "rechnung",
    "fehler",
    "vorgang",
    "artikel",
    "item",
    "model",
    "port",
    "log",
    "pid",
    "job",
    "rev",
];
const UNITS: [&str; 30] = [
    "eur", "euro", "euros", "usd", "dollar", "dollars", "pounds", "gbp", "chf", "ms", "ns", "us", "s", "seconds",
    "bytes", "kb", "mb", "gb", "rows", "lines", "users", "items", "percent", "kg", "km", "m", "times", "records",
    "files", "x",
];
const MOST_GROUPS: usize = 8;
const MOST_DIGITS: usize = 15;

/// Digits and what joins them.
struct Number<'a> {
    text: &'a str,
    groups: &'a [Group],
    start: usize,
    end: usize,
    digits: String,
}

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let groups = groups(view.text);
    let mut first = 0;
    while first < groups.len() {
        let count = longest(view, &groups[first..]);
        if count > 0 {
            let number = Number::of(view.text, &groups[first..first + count]);
            let value = number.value();
            found.push(Found { start: number.start, end: number.end, kind: Kind::Phone, value });
        }
        first += count.max(1);
    }
}

fn longest(view: &View<'_>, groups: &[Group]) -> usize {
    if glued_before(view.text, groups[0].start) {
        return 0;
    }
    let (mut best, mut digits) = (0, 0);
    for at in 0..groups.len().min(MOST_GROUPS) {
        if at > 0 && !joins(&view.text[groups[at - 1].end..groups[at].start]) {
            break;
        }
        digits += groups[at].len();
        if digits > MOST_DIGITS + 3 {
            break;
        }
        let number = Number::of(view.text, &groups[..=at]);
        if !glued_behind(view.text, number.end) && number.is_phone(view) {
            best = at + 1;
        }
    }
    best
}

fn joins(gap: &str) -> bool {
    matches!(
        gap,
        " " | "-"
            | "."
            | "/"
            | ") "
            | ")"
            | " ("
            | "("
            | " - "
            | " / "
            | ")-"
            | "-("
            | ") - "
            | "\u{a0}"
            | "\u{202f}"
            | "‑"
            | "–"
            | " – "
            | "  "
            | ")/"
            | "-(0)"
            | ". "
    )
}

fn glued_before(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    match before.next() {
        Some('.' | ',' | ':' | '/' | '-') => before.next().is_some_and(char::is_alphanumeric),
        Some('#' | '$' | '€' | '£' | '¥' | '=' | '@' | '&') => true,
        _ => false,
    }
}

fn glued_behind(text: &str, end: usize) -> bool {
    let mut behind = text[end..].chars();
    match behind.next() {
        Some('.' | ',' | ':' | '/' | '-') => behind.next().is_some_and(|letter| letter.is_ascii_digit()),
        Some('%' | '€' | '$' | '£' | '@') => true,
        Some(' ') => matches!(behind.next(), Some('€' | '$' | '£' | '%')),
        _ => false,
    }
}

impl<'a> Number<'a> {
    fn of(text: &'a str, groups: &'a [Group]) -> Self {
        let (mut start, end) = (groups[0].start, groups[groups.len() - 1].end);
        // A bracket and a plus before the first digit belong to it.
        for sign in ['(', '+'] {
            if text[..start].ends_with(sign) && (sign == '+' || text[start..end].contains(')')) {
                start -= 1;
            }
        }
        if text[..start].ends_with('(') && text[start..end].contains(')') && text[start..end].starts_with('+') {
            start -= 1;
        }
        Self { text, groups, start, end, digits: only(&text[start..end]) }
    }

    fn has_plus(&self) -> bool {
        self.text[self.start..self.groups[0].start].contains('+')
    }

    fn lengths(&self) -> Vec<usize> {
        self.groups.iter().map(|group| group.len()).collect()
    }

    fn is_phone(&self, view: &View<'_>) -> bool {
        let count = self.digits.len();
        if self.has_plus() {
            return (8..=MOST_DIGITS + 1).contains(&count) && !self.digits.starts_with('0');
        }
        if self.is_date() || view.follows(self.start, 2, &NUMBERED) || self.digits.bytes().all(|digit| digit == b'0') {
            return false;
        }
        let gap = &self.text[self.end..];
        if gap.starts_with(' ') && view.precedes(self.end, 1, &UNITS) && self.groups.len() == 1 {
            return false;
        }
        let called = view.follows(self.start, 4, &CALLED);
        if called && (7..=MOST_DIGITS).contains(&count) && !self.is_grouped_sum() {
            return true;
        }
        self.is_abroad() || self.is_american() || self.is_french() || self.is_trunk()
    }

    /// "0049 89 1234567"
    fn is_abroad(&self) -> bool {
        let abroad = self.digits.strip_prefix("00").is_some_and(|rest| !rest.starts_with('0'));
        abroad && (10..=MOST_DIGITS + 2).contains(&self.digits.len())
    }

    /// Ten digits in three groups; area and exchange begin with 2 to 9.
    fn is_american(&self) -> bool {
        let digits = match self.digits.len() {
            11 => self.digits.strip_prefix('1'),
            10 => Some(self.digits.as_str()),
            _ => None,
        };
        let lengths = self.lengths();
        let grouped = matches!(lengths.as_slice(), [3, 3, 4] | [1, 3, 3, 4] | [3, 7]);
        let begins = |place: usize| digits.is_some_and(|digits| matches!(digits.as_bytes()[place], b'2'..=b'9'));
        grouped && digits.is_some() && begins(0) && begins(3)
    }

    /// Five pairs.
    fn is_french(&self) -> bool {
        let begins = matches!(self.digits.as_bytes(), [b'0', b'1'..=b'9', ..]);
        begins && self.lengths() == [2; 5]
    }

    /// A national number begins with 0 in the United Kingdom, Germany, Italy, the Netherlands and most others.
    fn is_trunk(&self) -> bool {
        let begins = matches!(self.digits.as_bytes(), [b'0', b'1'..=b'9', ..]);
        let lengths = self.lengths();
        let count = self.digits.len();
        let dots_only = lengths.len() > 3 && self.text[self.start..self.end].matches('.').count() + 1 == lengths.len();
        let grouped =
            lengths.len() >= 2 && (2..=6).contains(&lengths[0]) && lengths[1..].iter().all(|length| *length >= 2);
        let bare = lengths.len() == 1 && (10..=12).contains(&count);
        begins && (9..=12).contains(&count) && (grouped || bare) && !dots_only
    }

    /// "1 250 000" and "1.250.000" are sums.
    fn is_grouped_sum(&self) -> bool {
        let lengths = self.lengths();
        let same = |sign: &str| self.text[self.start..self.end].matches(sign).count() + 1 == lengths.len();
        lengths.len() >= 3
            && lengths[0] <= 2
            && !self.digits.starts_with('0')
            && lengths[1..].iter().all(|length| *length == 3)
            && (same(".") || same(" "))
    }

    /// A day, a month and a year in any order, or a day and a time.
    fn is_date(&self) -> bool {
        let value = |group: &Group| self.text[group.start..group.end].parse::<u32>().unwrap_or(0);
        let day = |group: &Group| group.len() <= 2 && (1..=31).contains(&value(group));
        let year = |group: &Group| group.len() == 4 && (1900..2100).contains(&value(group));
        match self.groups {
            [year_first, month, date, ..] if year(year_first) && day(month) && day(date) => true,
            [date, month, year_last, ..] if day(date) && day(month) && year(year_last) => true,
            [one] if one.len() == 8 => {
                let digits = value(one);
                (1900..2100).contains(&(digits / 10_000))
                    && (1..=12).contains(&(digits / 100 % 100))
                    && (1..=31).contains(&(digits % 100))
            }
            [from, to] => year(from) && year(to),
            _ => false,
        }
    }

    /// With the country's plus where it is known; a nought that falls away abroad is left out.
    fn value(&self) -> String {
        let whole = self.text[self.start..self.end].replace("(0)", "");
        let digits = only(&whole);
        match digits.strip_prefix("00") {
            _ if self.has_plus() => format!("+{digits}"),
            Some(rest) => format!("+{rest}"),
            None => digits,
        }
    }
}
