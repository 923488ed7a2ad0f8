//! Dates as mail programs wrote them through forty years.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::headers::without_comments;

/// From 1980 to 2100. A clock that was never set, and one that runs ahead by ages, tells no time.
const CAN_BE: std::ops::Range<i64> = 315_532_800_000..4_102_444_800_000;
/// More words than this are no date.
const WORDS: usize = 12;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Hours from UTC of the zones that once had names.
const ZONES: [(&str, i32); 17] = [
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("wet", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("bst", 1),
    ("cet", 1),
    ("mez", 1),
    ("cest", 2),
];

/// The time that a field tells, Unix milliseconds. Words that say nothing of it are passed over; without a zone it is UTC.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = without_comments(text);
    let text = text.trim();
    let by_words = || Parts::of(text.split([' ', '\t', ','])).0.millis();
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond).or_else(by_words).filter(|at| CAN_BE.contains(at))
}

/// The time of words that are a date and nothing else.
pub(super) fn only(words: &[&str]) -> Option<i64> {
    let (parts, all) = Parts::of(words.iter().copied());
    parts.millis().filter(|at| all && CAN_BE.contains(at))
}

#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    clock: Option<(i8, i8, i8)>,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Parts {
    /// What words tell, and whether each of them told something.
    fn of<'t>(words: impl Iterator<Item = &'t str>) -> (Self, bool) {
        let mut parts = Self::default();
        let mut all = true;
        for (place, word) in words.filter(|word| !word.is_empty()).enumerate() {
            all &= place < WORDS && parts.note(word).is_some();
            if place >= WORDS {
                break;
            }
        }
        (parts, all)
    }

    fn note(&mut self, word: &str) -> Option<()> {
        let first = word.chars().next()?;
        if first.is_ascii_digit() && word.contains(':') {
            let (clock, zone) = word.split_at(word.find(['+', '-', 'Z']).unwrap_or(word.len()));
            self.clock = Some(clock_of(clock)?);
            if !zone.is_empty() {
                self.offset = Some(offset_of(zone)?);
            }
        } else if matches!(first, '+' | '-') {
            self.offset = Some(offset_of(word)?);
        } else if word.bytes().all(|byte| byte.is_ascii_digit()) {
            self.number(word)?;
        } else if word.contains('-') && !word.to_ascii_lowercase().starts_with("gmt") && !word.starts_with("UTC") {
            word.split('-').try_for_each(|piece| if piece.contains(':') { None } else { self.note(piece) })?;
        } else {
            self.name(&word.trim_end_matches('.').to_ascii_lowercase())?;
        }
        Some(())
    }

    fn number(&mut self, digits: &str) -> Option<()> {
        let number: i16 = digits.parse().ok()?;
        match digits.len() {
            1 | 2 if self.day.is_none() => self.day = i8::try_from(number).ok(),
            2 if self.year.is_none() => self.year = Some(if number < 50 { 2000 + number } else { 1900 + number }),
            3 if self.year.is_none() => self.year = Some(1900 + number),
            4 if self.year.is_none() => self.year = Some(number),
            _ => return None,
        }
        Some(())
    }

    fn name(&mut self, name: &str) -> Option<()> {
        let begins = |names: &[&str]| names.iter().position(|known| name.starts_with(known));
        if let Some((_, hours)) = ZONES.iter().find(|(known, _)| *known == name) {
            self.offset = Some(hours * 3600);
        } else if let Some(offset) = name.strip_prefix("gmt").or_else(|| name.strip_prefix("utc")) {
            self.offset = Some(offset_of(offset)?);
        } else if matches!(name, "am" | "pm") {
            self.afternoon = Some(name == "pm");
        } else if let Some(month) = begins(&MONTHS).filter(|_| self.month.is_none()) {
            self.month = i8::try_from(month + 1).ok();
        } else {
            begins(&WEEKDAYS)?;
        }
        Some(())
    }

    fn millis(&self) -> Option<i64> {
        let (hour, minute, second) = self.clock?;
        let hour = match self.afternoon {
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
            None => hour,
        };
        let civil = DateTime::new(self.year?, self.month?, self.day?, hour, minute, second, 0).ok()?;
        let offset = Offset::from_seconds(self.offset.unwrap_or(0)).ok()?;
        Some(offset.to_timestamp(civil).ok()?.as_millisecond())
    }
}

fn clock_of(text: &str) -> Option<(i8, i8, i8)> {
    let mut pieces = text.split(':');
    let mut next = || pieces.next().map(|piece| piece.split('.').next().unwrap_or_default().parse::<i8>().ok());
    let (hour, minute, second) = (next()??, next()??, next().unwrap_or(Some(0))?);
    // A leap second is told as the one before it.
    Some((hour, minute, second.min(59)))
}

/// Seconds east of UTC of `+0100`, `+01:00` or `+01`.
fn offset_of(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        ("Z", "") => return Some(0),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|&letter| letter != ':').collect();
    let (hours, minutes) = match digits.len() {
        4 => digits.split_at_checked(2)?,
        1 | 2 => (digits.as_str(), "0"),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 3600 + minutes * 60))
}
