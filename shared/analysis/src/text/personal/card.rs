//! Numbers of payment cards.

use super::digits::{Group, groups, only};
use super::found::{Found, Kind};
use super::view::View;

const SHORTEST: usize = 12;
const LONGEST: usize = 19;
const CALLED: [&str; 26] = [
    "card",
    "cards",
    "creditcard",
    "visa",
    "mastercard",
    "amex",
    "maestro",
    "discover",
    "diners",
    "debit",
    "credit",
    "karte",
    "kreditkarte",
    "kartennummer",
    "carte",
    "tarjeta",
    "carta",
    "karta",
    "kaart",
    "kort",
    "cc",
    "pan",
    "cartao",
    "kartennr",
    "cardnumber",
    "bankkarte",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let groups = groups(view.text);
    let mut first = 0;
    while first < groups.len() {
        let before = first.checked_sub(1).map(|before| groups[before]).filter(|before| before.len() >= 4);
        let within = before.is_some_and(|before| joins(&view.text[before.end..groups[first].start]));
        first += longest(view, &groups[first..], within, found).max(1);
    }
}

/// How many groups, from the first on, are a card; it is noted.
fn longest(view: &View<'_>, groups: &[Group], within: bool, found: &mut Vec<Found>) -> usize {
    let start = groups[0].start;
    if is_fraction(view.text, start) {
        return 0;
    }
    let (mut joined, mut length) = (0, 0);
    let mut best = 0;
    for (at, group) in groups.iter().enumerate() {
        if at > 0 && !joins(&view.text[groups[at - 1].end..group.start]) {
            break;
        }
        length += group.len();
        if length > LONGEST {
            break;
        }
        joined = at + 1;
        let taken = &groups[..joined];
        let digits = only(&view.text[start..group.end]);
        let laid_out = joined == 1 || is_layout(taken);
        // The end of a longer row of groups passes by chance.
        let whole = !within || joined == 1 || length > SHORTEST;
        if length >= SHORTEST && laid_out && whole && passes(&digits) {
            best = joined;
        }
    }
    let called = || view.follows(start, 5, &CALLED);
    if best == 0 && joined > 0 {
        let length: usize = groups[..joined].iter().map(|group| group.len()).sum();
        if (SHORTEST..=LONGEST).contains(&length) && called() {
            best = joined;
        }
    }
    if best > 0 {
        found.push(Found::plain(view.text, start, groups[best - 1].end, Kind::Card));
    }
    best
}

/// What stands between the groups of one number.
fn joins(gap: &str) -> bool {
    matches!(gap, " " | "-" | "\u{a0}" | "\u{202f}" | "‑")
}

fn is_layout(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    match lengths.as_slice() {
        [4, 6, 4 | 5] | [6, 13] | [8, 8] | [8, 11] => true,
        [fours @ .., last] => fours.len() >= 2 && fours.iter().all(|length| *length == 4) && *last <= 4,
        [] => false,
    }
}

fn is_fraction(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches(['.', ',']);
    before.len() + 1 == start && before.ends_with(|letter: char| letter.is_ascii_digit())
}

/// Luhn's sum. Nought alone is no number of a card.
pub(super) fn passes(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            if place % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}
