//! Where somebody lives: a street and a number beside a post code or a town, and all that belongs to them.

use super::found::{Found, Kind};
use super::names::is_common;
use super::places::{is_country, is_post_code, is_state, is_street, is_street_end, is_street_first, is_town};
use super::view::{Shape, View};

const FLAT: [&str; 16] = [
    "flat",
    "apt",
    "apartment",
    "unit",
    "suite",
    "room",
    "floor",
    "wohnung",
    "whg",
    "etage",
    "apto",
    "piso",
    "interno",
    "stock",
    "m",
    "lok",
];
const CALLED: [&str; 20] = [
    "address",
    "adresse",
    "live",
    "lives",
    "living",
    "lived",
    "wohnt",
    "wohne",
    "wohnhaft",
    "indirizzo",
    "direccion",
    "adres",
    "anschrift",
    "habite",
    "vive",
    "vivo",
    "mieszka",
    "home",
    "deliver",
    "residing",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let mut at = 0;
    while at < view.words.len() {
        let Some((first, last)) = street(view, at) else {
            at += 1;
            continue;
        };
        let (front, back) = (before(view, first), behind(view, last));
        let beside = front.town || back.town || view.text.get(view.words[back.edge].start..).is_none();
        let called = view.follows(view.words[first].start, 5, &CALLED) && (back.edge > last || front.edge < first);
        if beside || called {
            let (start, end) = (view.words[front.edge].start, view.words[back.edge].end);
            found.push(Found::plain(view.text, start, end, Kind::Address));
            at = back.edge + 1;
        } else {
            at += 1;
        }
    }
}

fn is_number(view: &View<'_>, at: usize) -> bool {
    let Some(word) = view.word(at) else { return false };
    let digits = word.folded.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &word.folded[digits..];
    let ranged = rest
        .strip_prefix('-')
        .is_some_and(|to| !to.is_empty() && to.len() <= 4 && to.bytes().all(|byte| byte.is_ascii_digit()));
    (1..=5).contains(&digits)
        && (rest.is_empty() || ranged || rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && view.stands_alone(word.start, word.end)
}

/// Words from the number to the street's kind or the other way round.
fn street(view: &View<'_>, at: usize) -> Option<(usize, usize)> {
    numbered_first(view, at).or_else(|| named_first(view, at))
}

/// "14 Elm Grove", "12, rue de la Paix", "12 bis rue ..."
fn numbered_first(view: &View<'_>, at: usize) -> Option<(usize, usize)> {
    if !is_number(view, at) {
        return None;
    }
    let mut first = at + 1;
    let gap = view.gap(at);
    if view.word(first)?.is_one_of(&["bis", "ter"]) {
        first += 1;
    }
    if !matches!(gap, " " | ", ") {
        return None;
    }
    if is_street_first(&view.word(first)?.folded) {
        return romance(view, first).map(|last| (at, last));
    }
    if gap != " " {
        return None;
    }
    for last in first..first + 5 {
        let word = view.word(last)?;
        if last > first && is_street(&word.folded) {
            return Some((at, last));
        }
        let small = word.shape == Shape::Lower && is_common(&word.folded) && !is_street(&word.folded);
        if small || !matches!(view.gap(last), " " | ". ") || word.shape == Shape::Other {
            return None;
        }
    }
    None
}

/// "Hauptstraße 12", "Am Markt 5", "Calle Mayor 5", "ul. Długa 7"
fn named_first(view: &View<'_>, at: usize) -> Option<(usize, usize)> {
    let word = view.word(at)?;
    if is_street_first(&word.folded) && word.shape != Shape::Other {
        let last = romance(view, at)?;
        return numbered(view, last).map(|number| (at, number));
    }
    if is_street_end(&word.folded) {
        let number = numbered(view, at)?;
        // "Berliner Straße 5": the name stands before a kind that is a word of its own.
        let named = matches!(
            word.folded.as_str(),
            "strasse" | "str" | "platz" | "allee" | "weg" | "gasse" | "ring" | "utca" | "ut" | "ulice"
        );
        let first = if named {
            at.checked_sub(1)
                .filter(|before| view.gap(*before) == " " && view.words[*before].shape == Shape::Capital)?
        } else {
            at
        };
        return Some((first, number));
    }
    if word.is_one_of(&["am", "an", "auf", "zum", "zur", "im", "unter", "alter", "alte", "neue", "neuer"])
        && word.shape == Shape::Capital
    {
        let last = (at + 1..at + 4)
            .take_while(|last| view.gap(last - 1) == " ")
            .find(|last| is_number(view, last + 1) && view.gap(*last) == " ")?;
        let named = (at + 1..=last)
            .all(|at| view.words[at].shape == Shape::Capital || view.words[at].is_one_of(&["der", "dem", "den"]));
        return named.then_some((at, last + 1));
    }
    None
}

/// The last word of a name behind "rue" or "calle": it holds a capital.
fn romance(view: &View<'_>, first: usize) -> Option<usize> {
    let mut last = None;
    for at in first + 1..first + 7 {
        let Some(word) = view.word(at) else { break };
        let joined = matches!(view.gap(at - 1), " " | ". " | ".");
        let particle = word.is_one_of(&[
            "de", "la", "le", "du", "des", "d", "del", "della", "delle", "dei", "di", "da", "do", "dos", "los", "las",
            "el", "san", "santa",
        ]);
        if !joined
            || !(word.shape == Shape::Capital
                || particle && word.shape == Shape::Lower
                || word.shape == Shape::Other && !is_number(view, at))
        {
            break;
        }
        if !particle || word.shape == Shape::Capital {
            last = Some(at);
        }
    }
    last
}

fn numbered(view: &View<'_>, last: usize) -> Option<usize> {
    let joined = matches!(view.gap(last), " " | ", " | ". " | "." | " n° " | " nº " | ", n° ");
    (joined && is_number(view, last + 1)).then_some(last + 1)
}

/// How far the address reaches, and whether a post code or a town was met.
struct Reach {
    edge: usize,
    town: bool,
}

fn separates(gap: &str) -> bool {
    matches!(
        gap,
        " " | ", "
            | ","
            | "\n"
            | ",\n"
            | " - "
            | " – "
            | ". "
            | "., "
            | "\r\n"
            | ",\r\n"
            | " / "
            | "  "
            | " · "
            | "; "
            | " ("
            | ") "
    )
}

fn behind(view: &View<'_>, last: usize) -> Reach {
    let mut reach = Reach { edge: last, town: false };
    let mut open = false;
    for _ in 0..10 {
        let gap = view.gap(reach.edge);
        let next = reach.edge + 1;
        let Some(word) = view.word(next) else { break };
        if !separates(gap) || gap == ". " && !reach.town && is_post_code(view, next).is_none() {
            break;
        }
        let great = matches!(word.shape, Shape::Capital | Shape::Caps);
        if let Some(end) = is_post_code(view, next) {
            (reach, open) = (Reach { edge: end, town: true }, true);
        } else if let Some(end) = is_town(view, next) {
            (reach, open) = (Reach { edge: end, town: true }, false);
        } else if is_country(&word.folded) && (great || reach.town && gap.contains(','))
            || great && is_state(view, next)
        {
            reach.edge = next;
        } else if word.is_one_of(&FLAT) && is_flat(view, next) {
            reach.edge = next + 1;
        } else if great
            && (open || !is_common(&word.folded))
            && (open || gap.contains(',') || gap.contains('\n') || gap == " ")
        {
            // A town that no list knows: beside a post code.
            let coded =
                (next..next + 3).take_while(|at| view.words.get(*at).is_some_and(|word| word.shape == Shape::Capital));
            let end = coded.last().unwrap_or(next);
            let before_code = separates(view.gap(end)) && is_post_code(view, end + 1).is_some();
            let before_state = view.gap(end) == ", " && is_state(view, end + 1);
            if open || before_code || before_state {
                let end = if open && !before_code { town_end(view, next) } else { end };
                (reach, open) = (Reach { edge: end, town: true }, false);
            } else {
                break;
            }
        } else {
            break;
        }
    }
    reach
}

/// The last of a town's capitalised words.
fn town_end(view: &View<'_>, first: usize) -> usize {
    let mut last = first;
    while last < first + 3
        && view.gap(last) == " "
        && view.word(last + 1).is_some_and(|word| word.shape == Shape::Capital && !is_common(&word.folded))
    {
        last += 1;
    }
    last
}

fn is_flat(view: &View<'_>, at: usize) -> bool {
    let number = view.word(at + 1).is_some_and(|word| {
        word.folded.len() <= 4 && (word.folded.bytes().any(|byte| byte.is_ascii_digit()) || word.folded.len() == 1)
    });
    number && matches!(view.gap(at), " " | ". " | " #" | ".")
}

fn before(view: &View<'_>, first: usize) -> Reach {
    let mut reach = Reach { edge: first, town: false };
    for _ in 0..4 {
        if reach.edge == 0 || !separates(view.gap_before(reach.edge)) || view.gap_before(reach.edge) == ". " {
            break;
        }
        let from = reach.edge.saturating_sub(5);
        // The longest piece that ends just before.
        let piece = (from..reach.edge).find_map(|start| {
            let ends = reach.edge - 1;
            if view.words[start].is_one_of(&FLAT) && is_flat(view, start) && start + 1 == ends {
                return Some((start, false));
            }
            if is_town(view, start) == Some(ends) && view.gap(ends).contains([',', '\n']) {
                return Some((start, true));
            }
            let code = is_post_code(view, start)?;
            // A year may stand there as well: four digits alone are no town.
            let coded = code == ends && view.words[start].folded.len() >= 5;
            let town = coded
                || code < ends
                    && (code..ends).all(|at| view.gap(at) == " " && view.words[at + 1].shape == Shape::Capital);
            (town && view.gap(ends).contains([',', '\n'])).then_some((start, true))
        });
        let Some((edge, town)) = piece else { break };
        reach = Reach { edge, town: reach.town || town };
    }
    reach
}
