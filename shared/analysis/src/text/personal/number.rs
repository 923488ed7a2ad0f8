//! Numbers by which a firm knows its customers and its people: told by the word before them.

use super::found::{Found, Kind};
use super::view::View;

/// Whose number it is. Behind these it needs a word for "number", or at least four digits.
const WHOSE: [&str; 30] = [
    "cust",
    "customer",
    "client",
    "kunde",
    "kunden",
    "kd",
    "badge",
    "employee",
    "emp",
    "staff",
    "personnel",
    "personal",
    "pers",
    "mitarbeiter",
    "member",
    "membership",
    "patient",
    "matricule",
    "cliente",
    "klant",
    "klient",
    "kund",
    "account",
    "acct",
    "subscriber",
    "policy",
    "payroll",
    "dipendente",
    "empleado",
    "abonne",
];
/// The same in one word.
const WHOLE: [&str; 25] = [
    "kundennummer",
    "kundennr",
    "kdnr",
    "kd-nr",
    "kunden-nr",
    "kunden-nummer",
    "personalnummer",
    "personalnr",
    "personal-nr",
    "pers-nr",
    "persnr",
    "mitarbeiternummer",
    "mitarbeiter-nr",
    "klantnummer",
    "kundnummer",
    "custno",
    "custid",
    "cust-no",
    "empid",
    "emp-id",
    "employeeid",
    "customerid",
    "customer-id",
    "employee-id",
    "matricule",
];
const NUMBER: [&str; 19] = [
    "no",
    "nr",
    "number",
    "num",
    "id",
    "nummer",
    "numero",
    "n",
    "nº",
    "№",
    "ref",
    "code",
    "card",
    "reference",
    "identifier",
    "nbr",
    "ids",
    "numer",
    "numeros",
];
const FILLER: [&str; 12] = ["is", "ist", "est", "es", "e", "the", "lautet", "jest", "was", "reads", "of", "für"];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let mut first = 0;
    while first < view.words.len() {
        let place = told(view, first).and_then(|(at, named)| number(view, at, named));
        if let Some((start, end)) = place {
            found.push(Found::plain(view.text, start, end, Kind::Number));
        }
        first += 1;
    }
}

/// The word behind what tells of a number, and whether "number" was said.
fn told(view: &View<'_>, first: usize) -> Option<(usize, bool)> {
    let word = &view.words[first];
    let mut named = word.is_one_of(&WHOLE);
    if !named && !word.is_one_of(&WHOSE) && !numero_of(view, first) {
        return None;
    }
    let mut at = first + 1;
    while at <= first + 4
        && let Some(next) = view.word(at)
    {
        let says = next.is_one_of(&NUMBER) && !next.is_genitive();
        let fills = named && next.is_one_of(&FILLER);
        let whose = at == first + 1 && next.is_one_of(&WHOSE);
        if !(says || fills || whose) || !joins(view.gap(at - 1)) {
            break;
        }
        named |= says;
        at += 1;
    }
    let gap = view.gap(at - 1);
    named |= ['#', '№', '°', 'º'].iter().any(|sign| gap.contains(*sign));
    joins(gap).then_some((at, named))
}

/// "numéro client 4711", "Nr. klienta"
fn numero_of(view: &View<'_>, at: usize) -> bool {
    let whose = ["klienta", "klijenta", "salarie", "employe", "pracownika", "cliente"];
    view.words[at].is_one_of(&whose) && view.before(at).is_some_and(|word| word.is_one_of(&NUMBER))
}

fn joins(gap: &str) -> bool {
    gap.len() <= 6
        && !gap.contains('\n')
        && gap.chars().all(|sign| {
            matches!(sign, ' ' | '.' | ':' | '#' | '-' | '=' | '°' | 'º' | '№' | '/' | '(' | '\u{a0}' | '\t')
        })
}

fn number(view: &View<'_>, at: usize, named: bool) -> Option<(usize, usize)> {
    let start = view.word(at)?.start;
    // A hyphen that joins letters to digits stands within a word; other signs may join more to it.
    let rest = &view.text[start..];
    let mut end = rest
        .char_indices()
        .take(40)
        .find(|(_, letter)| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '/' | '.' | '_')))
        .map_or_else(|| rest.char_indices().nth(40).map_or(rest.len(), |(place, _)| place), |(place, _)| place);
    end = rest[..end].trim_end_matches(['-', '/', '.', '_']).len();
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Digits in groups.
    if is_plain(&rest[..end]) && end <= 4 {
        for _ in 0..3 {
            let Some(more) = rest[end..].strip_prefix(' ') else { break };
            let count = more.bytes().take_while(u8::is_ascii_digit).count();
            if !(2..=4).contains(&count) || more[count..].starts_with(|letter: char| letter.is_alphanumeric()) {
                break;
            }
            end += 1 + count;
        }
    }
    let digits = rest[..end].bytes().filter(u8::is_ascii_digit).count();
    let letters = rest[..end].bytes().filter(u8::is_ascii_alphabetic).count();
    let enough = if named { 2 } else { 4 };
    let year = !named && end == 4 && (rest.starts_with("19") || rest.starts_with("20"));
    let badge = view.before(at).is_some_and(|word| word.is_one_of(&["badge"])) && digits >= 3;
    ((digits >= enough || badge) && letters <= 6 && !year).then_some((start, start + end))
}
