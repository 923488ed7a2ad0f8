//! International bank account numbers.

use super::found::{Found, Kind};
use super::view::View;

/// Countries and the length of their numbers.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 \
    DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 \
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 \
    PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 \
    YE30";
const SHORTEST: usize = 15;
const LONGEST: usize = 34;
const CALLED: [&str; 12] = [
    "iban",
    "ibans",
    "konto",
    "kontonummer",
    "bank",
    "account",
    "bankverbindung",
    "compte",
    "cuenta",
    "conto",
    "rekening",
    "bic",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let bytes = view.text.as_bytes();
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let begins = bytes[at].is_ascii_alphabetic() && bytes[at + 1].is_ascii_alphabetic();
        let begins = begins && bytes[at + 2].is_ascii_digit() && bytes[at + 3].is_ascii_digit();
        if begins
            && !view.text[..at].chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
            && let Some(end) = end(view, at)
        {
            found.push(Found::plain(view.text, at, end, Kind::Iban));
            at = end;
            continue;
        }
        at += 1;
    }
}

fn end(view: &View<'_>, start: usize) -> Option<usize> {
    let text = view.text;
    let length = length(&text[start..start + 2]);
    let mut letters = String::new();
    // The ends of the groups that may be its last, and how many letters stand up to there.
    let mut ends = Vec::new();
    let mut at = start;
    loop {
        let group = text[at..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        letters.push_str(&text[at..at + group]);
        at += group;
        if text[at..].starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') || letters.len() > LONGEST {
            break;
        }
        ends.push((at, letters.len(), group));
        match text[at..].chars().next() {
            Some(' ' | '-' | '\u{a0}' | '\u{202f}' | '‑') => {
                at += text[at..].chars().next().map_or(0, char::len_utf8)
            }
            _ => break,
        }
        if !text[at..].starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
            break;
        }
    }
    let whole = ends.iter().find(|(_, count, _)| Some(*count) == length);
    if let Some((end, count, _)) = whole
        && passes(&letters[..*count])
    {
        return Some(*end);
    }
    if !view.follows(start, 5, &CALLED) {
        return None;
    }
    // A slip: of the length it should have, else as far as groups go on that have digits.
    if let Some((end, _, _)) = whole {
        return Some(*end);
    }
    let first = ends.first()?;
    let looks =
        |end: usize, group: usize| group <= 4 && text[end - group..end].bytes().any(|byte| byte.is_ascii_digit());
    let last = ends[1..].iter().take_while(|(end, _, group)| looks(*end, *group)).last().unwrap_or(first);
    ((SHORTEST - 1)..=LONGEST).contains(&last.1).then_some(last.0)
}

fn length(country: &str) -> Option<usize> {
    let entry = LENGTHS.split_ascii_whitespace().find(|entry| entry[..2].eq_ignore_ascii_case(country))?;
    entry[2..].parse().ok()
}

/// The first four letters behind the others, letters as 10 to 35: the remainder by 97 is 1.
fn passes(letters: &str) -> bool {
    let (head, tail) = letters.split_at(4.min(letters.len()));
    let rest = tail.chars().chain(head.chars()).try_fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    rest == Some(1)
}
