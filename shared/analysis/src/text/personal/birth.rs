//! Dates on which somebody was born: a date that can be one, and a word of birth beside it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold::fold;
use super::found::{Found, Kind};
use super::view::{View, Word};

const BORN: [&str; 34] = [
    "born",
    "dob",
    "birth",
    "birthday",
    "birthdate",
    "birthdays",
    "bday",
    "b-day",
    "geb",
    "geboren",
    "geburtsdatum",
    "geburtstag",
    "geburt",
    "gebdat",
    "nee",
    "ne",
    "naissance",
    "anniversaire",
    "nacido",
    "nacida",
    "nacio",
    "nacimiento",
    "cumpleanos",
    "nato",
    "nata",
    "nascita",
    "compleanno",
    "urodzony",
    "urodzona",
    "urodzenia",
    "nascido",
    "nascida",
    "nascimento",
    "birthyear",
];
const CYRILLIC: [&str; 5] = ["родился", "родилась", "рождения", "γεννηθηκε", "γεννησης"];
/// The room has no clock: nobody who is written of was born behind this year.
const LAST_YEAR: u32 = 2026;
const FIRST_YEAR: u32 = 1890;
const MONTHS: [&str; 12] = [
    "january jan januar jänner janvier enero gennaio stycznia janeiro января",
    "february feb februar février fevrier febrero febbraio lutego fevereiro февраля",
    "march mar märz marz mars marzo marca março marco марта",
    "april apr avril abril aprile kwietnia апреля",
    "may mai mayo maggio maja maio мая",
    "june jun juni juin junio giugno czerwca junho июня",
    "july jul juli juillet julio luglio lipca julho июля",
    "august aug août aout agosto sierpnia августа",
    "september sep sept septembre septiembre settembre września wrzesnia setembro сентября",
    "october oct oktober okt octobre octubre ottobre października pazdziernika outubro октября",
    "november nov novembre noviembre listopada novembro ноября",
    "december dec dezember dez décembre decembre diciembre dicembre grudnia dezembro декабря",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < view.words.len() {
        let Some((last, value)) = date(view, at) else {
            at += 1;
            continue;
        };
        let (start, end) = (view.words[at].start, view.words[last].full_end);
        if is_birth(view, start, end) {
            found.push(Found { start, end, kind: Kind::Birth, value });
        }
        at = last + 1;
    }
    eastern(view, found);
}

fn is_birth(view: &View<'_>, start: usize, end: usize) -> bool {
    let before = view.text[..start].trim_end_matches([' ', ':', '.']).as_bytes();
    let dotted =
        |sign: &[u8]| before.len() >= sign.len() && before[before.len() - sign.len()..].eq_ignore_ascii_case(sign);
    view.follows(start, 6, &BORN)
        || view.follows(start, 6, &CYRILLIC)
        || view.precedes(end, 4, &BORN) && !view.text[end..].starts_with('\n')
        || dotted(b"d.o.b")
        || dotted(b"d. o. b")
}

/// The last word of a date that begins with this word, and which date it is.
fn date(view: &View<'_>, at: usize) -> Option<(usize, String)> {
    if let Some(value) = hyphened(&view.words[at]) {
        return Some((at, value));
    }
    let (first, second) = (view.word(at)?, view.word(at + 1)?);
    if let Some(month) = month(first) {
        // "March 12, 1984"
        let day = day(second)?;
        let joined = matches!(view.gap(at), " " | ". ") && matches!(view.gap(at + 1), ", " | " ");
        let value = real(year(view.word(at + 2)?)?, month, day)?;
        return joined.then_some((at + 2, value));
    }
    let mut next = at + 1;
    while view.word(next)?.is_one_of(&["of", "de", "day"]) && next < at + 3 {
        next += 1;
    }
    let gap = view.gap(at);
    if let Some(month) = view.word(next).and_then(month) {
        let mut last = next + 1;
        while view.word(last)?.is_one_of(&["de", "of"]) && last < next + 2 {
            last += 1;
        }
        let spaced = matches!(gap, " " | ". " | "." | "-" | "/") && view.gap(next).len() <= 2;
        let value = real(year(view.word(last)?)?, month, day(first)?)?;
        return spaced.then_some((last, value));
    }
    let third = view.word(at + 2)?;
    if !matches!(gap, "." | "/" | " / " | ". ") || gap != view.gap(at + 1) {
        return None;
    }
    numbers(&first.folded, &second.folded, &third.folded).map(|value| (at + 2, value))
}

/// "1979-07-23" and "12-Mar-1984" are one word.
fn hyphened(word: &Word) -> Option<String> {
    let mut parts = word.folded.split('-');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    match month_of(second) {
        Some(month) => real(year_of(third)?, month, day_of(first)?),
        None => numbers(first, second, third),
    }
}

/// Three numbers: the year first or last, the month second, or first where it cannot be second.
fn numbers(first: &str, second: &str, third: &str) -> Option<String> {
    let small = |text: &str| (text.len() <= 2).then(|| text.parse::<u32>().ok()).flatten();
    if first.len() == 4 {
        return real(year_of(first)?, small(second)?, small(third)?);
    }
    let (first, second, year) = (small(first)?, small(second)?, year_of(third)?);
    real(year, second, first).or_else(|| real(year, first, second))
}

/// A date that there is and that somebody living can be born on.
fn real(year: u32, month: u32, day: u32) -> Option<String> {
    let leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    let real = (FIRST_YEAR..=LAST_YEAR).contains(&year) && (1..=days).contains(&day);
    real.then(|| format!("{year}-{month:02}-{day:02}"))
}

fn day(word: &Word) -> Option<u32> {
    day_of(&word.folded)
}

fn day_of(word: &str) -> Option<u32> {
    let bare = ["st", "nd", "rd", "th", "er"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    (bare.len() <= 2).then(|| bare.parse().ok()).flatten()
}

fn month(word: &Word) -> Option<u32> {
    month_of(&word.folded)
}

fn month_of(word: &str) -> Option<u32> {
    static NUMBERS: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
        let names =
            (1..).zip(MONTHS).flat_map(|(number, names)| names.split(' ').map(move |name| (fold(name), number)));
        names.collect()
    });
    NUMBERS.get(word).copied()
}

fn year(word: &Word) -> Option<u32> {
    year_of(&word.folded)
}

/// Two digits are of the last hundred years.
fn year_of(word: &str) -> Option<u32> {
    let year: u32 = word.parse().ok()?;
    match word.len() {
        4 => Some(year),
        2 if year + 2000 <= LAST_YEAR => Some(year + 2000),
        2 => Some(year + 1900),
        _ => None,
    }
}

/// "1984年3月12日"
fn eastern(view: &View<'_>, found: &mut Vec<Found>) {
    let text = view.text;
    for (at, sign) in text.match_indices('年') {
        let start = at - text[..at].bytes().rev().take(4).take_while(u8::is_ascii_digit).count();
        // A month, a day and their signs are short: no further is looked.
        let from = at + sign.len();
        let near = text[from..].char_indices().nth(12).map_or(text.len(), |(place, _)| from + place);
        let Some((month, rest)) = text[from..near].split_once('月').filter(|(month, _)| month.len() <= 2) else {
            continue;
        };
        let Some((day, rest)) = rest.split_once(['日', '号']).filter(|(day, _)| day.len() <= 2) else { continue };
        let (Ok(year), Ok(month), Ok(day)) = (text[start..at].parse(), month.parse(), day.parse()) else { continue };
        let end = near - rest.len();
        let tells =
            |part: &str| ["出生", "生日", "生年月日", "誕生日", "生まれ"].iter().any(|word| part.contains(word));
        let before: String = text[..start].chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
        let behind: String = rest.chars().take(5).collect();
        if let Some(value) = real(year, month, day)
            && (tells(&before) || tells(&behind))
        {
            found.push(Found { start, end, kind: Kind::Birth, value });
        }
    }
}
