//! Dates and times of day as people and programs write them, but for what ISO 8601 has.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A date, and the time of day behind it.
pub(super) struct Date<'a> {
    pub(super) numbers: Numbers,
    year: i16,
    rest: &'a str,
}

/// A month and a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Numbers {
    /// The year or the name of the month tells which is which.
    Told { month: i8, day: i8 },
    /// They stand before the year: one is the day.
    Open(i8, i8),
}

impl<'a> Date<'a> {
    pub(super) fn of(text: &'a str) -> Option<Self> {
        // Of most times the first letter tells that they are none; a weekday says nothing.
        let text = match word(text) {
            Some((day, rest)) if is_one_of(&WEEKDAYS, day).is_some() => {
                rest.strip_prefix(',').unwrap_or(rest).trim_start()
            }
            _ => text,
        };
        let (first, mark, rest) = field(text)?;
        let (second, other, rest) = field(rest)?;
        let (last, rest) = rest.split_at(rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len()));
        let number = |text: &str| matches!(text.len(), 1 | 2).then(|| text.parse::<i8>().ok()).flatten();
        let year = |text: &str| (text.len() == 4).then(|| text.parse::<i16>().ok()).flatten();
        let marked = mark == other && matches!(mark, '.' | '/' | '-');
        let named = matches!(mark, ' ' | '-' | '/') && matches!(other, ' ' | '-' | '/' | ',');
        let (year, numbers) = match (is_one_of(&MONTHS, first), is_one_of(&MONTHS, second)) {
            (Some(month), None) if named => (year(last)?, Numbers::Told { month, day: number(second)? }),
            (None, Some(month)) if named => (year(last)?, Numbers::Told { month, day: number(first)? }),
            _ if !marked => return None,
            _ => match year(first) {
                Some(year) => (year, Numbers::Told { month: number(second)?, day: number(last)? }),
                None => (year(last)?, Numbers::Open(number(first)?, number(second)?)),
            },
        };
        let rest = rest.strip_prefix(',').unwrap_or(rest);
        let rest = rest.strip_prefix(['T', ' ', '_'])?.trim_start();
        Some(Self { numbers, year, rest })
    }

    /// Unix seconds; without an offset it is taken as UTC.
    pub(super) fn seconds(&self, day_first: bool) -> Option<f64> {
        let (month, day) = match self.numbers {
            Numbers::Told { month, day } => (month, day),
            Numbers::Open(day, month) if day_first => (month, day),
            Numbers::Open(month, day) => (month, day),
        };
        let date = jiff::civil::Date::new(self.year, month, day).ok()?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        Some(midnight as f64 + clock(self.rest)?)
    }
}

/// Letters at the beginning, and what follows.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Digits or letters, the mark behind them, and what follows.
fn field(text: &str) -> Option<(&str, char, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric())?;
    let (field, rest) = text.split_at(end);
    let mark = rest.chars().next()?;
    let rest = &rest[mark.len_utf8()..];
    Some((field, mark, if mark == ',' { rest.trim_start() } else { rest })).filter(|(field, ..)| !field.is_empty())
}

/// The number of a name, by its first three letters.
fn is_one_of(names: &[&str], text: &str) -> Option<i8> {
    let begin = text.get(..3).filter(|_| text.bytes().all(|letter| letter.is_ascii_alphabetic()))?;
    (1..).zip(names).find(|(_, name)| begin.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

/// Seconds since midnight, in UTC where an offset stands behind: of `9:05`, `09:05:07.25`, `09:05:07:250`, `9:05:07 PM`,
/// `09:05:07 +0200`.
pub(super) fn clock(text: &str) -> Option<f64> {
    let (text, offset) = without_zone(text.trim());
    let (text, half) = without_half(text);
    let mut parts = text.split(':');
    let mut under = |most: u32| parts.next().and_then(whole).filter(|value| *value < most);
    let (hours, minutes) = (under(24)?, under(60)?);
    let seconds = parts.next().map_or(Some(0.0), seconds)?;
    let millis = parts.next().map_or(Some(0), |part| whole_of(part, 3))?;
    let hours = match half {
        None => hours,
        Some(later) => (1..=12).contains(&hours).then_some(hours % 12 + 12 * u32::from(later))?,
    };
    let seconds = f64::from(3600 * hours + 60 * minutes) + seconds + f64::from(millis) / 1e3;
    parts.next().is_none().then_some(seconds - f64::from(offset))
}

/// Seconds of `1:05` or `75:10.25`: minutes and seconds.
pub(super) fn minutes(text: &str) -> Option<f64> {
    let (minutes, rest) = text.split_once(':')?;
    Some(60.0 * f64::from(whole(minutes)?) + seconds(rest)?)
}

/// The two fields of `9:05` or `75:10.25`, the first of them a number.
pub(super) fn two(text: &str) -> Option<(u32, &str)> {
    let (first, second) = text.split_once(':')?;
    seconds(second)?;
    Some((whole(first)?, second))
}

fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn whole_of(text: &str, digits: usize) -> Option<u32> {
    whole(text).filter(|_| text.len() == digits)
}

fn seconds(text: &str) -> Option<f64> {
    let begins = text.starts_with(|letter: char| letter.is_ascii_digit());
    let value = begins.then(|| text.replace(',', ".").parse::<f64>().ok()).flatten()?;
    (0.0..60.0).contains(&value).then_some(value)
}

/// A time of day without the zone behind it, and the seconds that the zone is ahead of UTC.
fn without_zone(text: &str) -> (&str, i32) {
    let utc = |text: &str| -> Option<usize> {
        ["UTC", "GMT", "Z", "z"].iter().find_map(|zone| Some(text.strip_suffix(zone)?.trim_end().len()))
    };
    let after_clock = text.find(':').unwrap_or(text.len());
    let sign = text[after_clock..].rfind(['+', '-']).map(|place| after_clock + place);
    let offset = sign.and_then(|place| Some((place, offset(&text[place..])?)));
    let (place, offset) = offset.unwrap_or((text.len(), 0));
    let text = text[..place].trim_end();
    (&text[..utc(text).unwrap_or(text.len())], offset)
}

/// Seconds of `+02:00`, `-0330` or `+01`.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = text.split_at(1);
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) => (hours, minutes),
        (None, 4) => digits.split_at_checked(2)?,
        (None, _) => (digits, "0"),
    };
    let (hours, minutes) = (whole(hours).filter(|hours| *hours <= 14)?, whole(minutes).filter(|m| *m < 60)?);
    let ahead = i32::try_from(3600 * hours + 60 * minutes).ok()?;
    Some(if sign == "-" { -ahead } else { ahead })
}

/// A time of day without `AM` or `PM` behind it, and whether it is in the second half of the day.
fn without_half(text: &str) -> (&str, Option<bool>) {
    let end = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == '.');
    match text[end.len()..].replace('.', "").to_ascii_lowercase().as_str() {
        "am" => (end.trim_end(), Some(false)),
        "pm" => (end.trim_end(), Some(true)),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_as_people_and_programs_write_it_and_what_is_none_is_not() {
        for (text, hours) in [
            ("09:00", 9.0),
            ("9:30:00", 9.5),
            ("9:30:00 AM", 9.5),
            ("9:30:00.0pm", 21.5),
            ("12:30 a.m.", 0.5),
            ("12:30\u{202f}PM", 12.5),
            ("09:30:00:000", 9.5),
            ("09:30:00 +0200", 7.5),
            ("09:30:00-03:30", 13.0),
            ("09:30:00,0 UTC", 9.5),
            ("09:30Z", 9.5),
            ("09:30 GMT+1", 8.5),
        ] {
            assert_eq!(clock(text), Some(3600.0 * hours), "{text}");
        }
        for text in
            ["24:00", "09:60", "9:0:60", "1:2:3:4", "1:2:3:004:5", "x:y", "13:00 PM", "0:30 AM", "9", "", ":", "+"]
        {
            assert_eq!(clock(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_read_as_people_and_programs_write_it() {
        let nine = 1_714_554_000.0;
        for text in [
            "2024/05/01 09:00",
            "2024.05.01 09:00:00",
            "2024-05-01 10:00:00 +0100",
            "2024-05-01 09:00:00:000",
            "2024-5-1T9:00 AM",
            "01-May-2024 09:00:00.000",
            "1 May 2024 9:00",
            "May 1, 2024, 9:00:00 AM",
            "Wed, 01 May 2024 09:00:00 GMT",
        ] {
            assert_eq!(Date::of(text).and_then(|date| date.seconds(false)), Some(nine), "{text}");
        }
        let open = Date::of("13/05/2024 09:00").expect("a date");
        assert_eq!(open.numbers, Numbers::Open(13, 5));
        assert_eq!((open.seconds(true), open.seconds(false)), (Some(nine + 12.0 * 86_400.0), None));
        for text in [
            "09:00",
            "2024/05-01 09:00",
            "1.5.24 09:00",
            "31.02.2024 09:00",
            "13.05.2024",
            "May 1 09:00",
            "",
            ".. ",
            "1 2 2024 9:00",
        ] {
            assert_eq!(Date::of(text).and_then(|date| date.seconds(true)), None, "{text}");
        }
    }
}
