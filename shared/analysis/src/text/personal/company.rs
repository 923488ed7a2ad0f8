//! Names of firms that are clients: what stands behind "client" or "customer", with its legal form.

use super::found::{Found, Kind};
use super::names::{Class, class, is_common};
use super::view::{Shape, View};

const CLIENT: [&str; 26] = [
    "client",
    "clients",
    "customer",
    "customers",
    "kunde",
    "kunden",
    "kundin",
    "kundschaft",
    "klient",
    "cliente",
    "clienti",
    "klant",
    "kund",
    "klienta",
    "klientem",
    "mandant",
    "mandantin",
    "prospect",
    "auftraggeber",
    "asiakas",
    "account",
    "buyer",
    "müsteri",
    "clientes",
    "mandanten",
    "musteri",
];
/// Legal forms, in small letters and without dots.
const FORMS: [&str; 40] = [
    "ltd",
    "limited",
    "gmbh",
    "ag",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "llc",
    "llp",
    "plc",
    "sa",
    "srl",
    "spa",
    "sas",
    "sarl",
    "bv",
    "nv",
    "oy",
    "oyj",
    "ab",
    "as",
    "asa",
    "aps",
    "a/s",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "se",
    "ek",
    "ev",
    "eg",
    "kft",
    "zrt",
    "pty",
    "pvt",
    "lp",
    "sl",
    "co",
];
/// Between "client" and the name.
const FILLER: [&str; 10] = ["is", "ist", "called", "named", "the", "company", "firm", "firma", "namens", "from"];
const LONGEST: usize = 8;

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    for at in 0..view.words.len() {
        if view.words[at].is_one_of(&CLIENT)
            && !view.words[at].is_genitive()
            && let Some((first, last)) = firm(view, at)
        {
            let (start, mut end) = (view.words[first].start, view.words[last].end);
            // The dot of "Ltd." belongs to it, but where it ends the sentence as well.
            let dot = view.text[end..].starts_with('.');
            let dotted = dot && is_abbreviated(&view.words[last].folded);
            let goes_on = view.text[end..]
                .strip_prefix('.')
                .is_some_and(|rest| !rest.trim().is_empty() && !rest.starts_with('\n'));
            if dotted && goes_on && view.word(last + 1).is_none_or(|next| next.shape == Shape::Lower)
                || dot && ends_dotted(view, last)
            {
                end += 1;
            }
            found.push(Found::plain(view.text, start, end, Kind::Company));
        }
    }
}

fn is_abbreviated(form: &str) -> bool {
    matches!(form, "ltd" | "inc" | "corp" | "co" | "pty")
}

/// Whether a form ends in a letter that has a dot before it as well: "S.r.l."
fn ends_dotted(view: &View<'_>, last: usize) -> bool {
    view.words[last].end - view.words[last].start == 1 && view.gap_before(last) == "."
}

fn firm(view: &View<'_>, client: usize) -> Option<(usize, usize)> {
    let mut first = client + 1;
    while view.word(first)?.is_one_of(&FILLER) && view.gap(first - 1) == " " && first <= client + 3 {
        first += 1;
    }
    let gap = view.gap(first - 1);
    if !matches!(gap, " " | ": " | ", " | " \"" | " “" | " „" | " (" | " - " | " – " | " «" | " '" | ":") {
        return None;
    }
    let (mut last, mut formed) = (None, false);
    let mut at = first;
    while at < first + LONGEST
        && let Some(word) = view.word(at)
    {
        let joined = at == first || matches!(view.gap(at - 1), " " | " & " | "&" | ". " | "." | ", " | " + " | "-");
        if !joined {
            break;
        }
        if let Some(end) = form(view, at).filter(|_| at > first) {
            // A comma stands before a form only, and forms may follow each other ("GmbH & Co. KG").
            (last, formed, at) = (Some(end), true, end + 1);
            continue;
        }
        let gap_ends = at > first && matches!(view.gap(at - 1), ", " | ". ");
        let capital =
            matches!(word.shape, Shape::Capital | Shape::Caps) || word.shape == Shape::Other && begins_great(view, at);
        let links = word.is_one_of(&[
            "and", "und", "et", "y", "e", "of", "de", "del", "della", "do", "da", "di", "des", "du", "von", "the",
            "für",
        ]) && at > first;
        if formed || gap_ends || word.is_genitive() && at == first && form_near(view, at).is_none() {
            break;
        }
        if capital && !(at == first && is_common(&word.folded)) && !(is_common(&word.folded) && last.is_none()) {
            last = Some(at);
        } else if !(links
            && view.word(at + 1).is_some_and(|next| next.shape == Shape::Capital && !is_common(&next.folded)))
        {
            break;
        }
        at += 1;
    }
    if !formed {
        // All small: only up to a form.
        if let Some(end) = form_near(view, first)
            && (first..end)
                .all(|at| !is_common(&view.words[at].folded) && view.words[at].end - view.words[at].start > 1)
        {
            return Some((first, end));
        }
    }
    let last = last?;
    let word = &view.words[first];
    let person = matches!(class(&word.folded), Class::Given | Class::Everyday) && !formed;
    let titled = word.is_one_of(&["mr", "mrs", "ms", "dr", "herr", "frau", "mme", "prof", "miss"]);
    // Between capitals everything looks like a name.
    let shouted = word.shape == Shape::Caps && view.words[client].shape == Shape::Caps && !formed;
    let tail_common = !formed && last > first && is_common(&view.words[last].folded);
    let last = if tail_common { (first..last).rev().find(|at| !is_common(&view.words[*at].folded))? } else { last };
    (!person && !titled && !shouted).then_some((first, last))
}

fn begins_great(view: &View<'_>, at: usize) -> bool {
    view.text[view.words[at].start..].starts_with(char::is_uppercase)
}

/// The last word of a legal form that begins here: one word, or letters with dots ("S.A.", "S.r.l.", "z o.o.").
fn form(view: &View<'_>, at: usize) -> Option<usize> {
    let word = view.word(at)?;
    if word.is_one_of(&FORMS)
        && (word.shape != Shape::Lower
            || word.is_one_of(&["ltd", "gmbh", "inc", "llc", "plc", "corp", "srl", "sarl", "pty"]))
    {
        let next = view.word(at + 1);
        let doubled = word.is_one_of(&["pty", "pvt", "co"])
            && next.is_some_and(|next| next.is_one_of(&["ltd", "kg", "ohg", "inc"]));
        return Some(if doubled { at + 1 } else { at });
    }
    if word.folded == "sp" && view.word(at + 1).is_some_and(|next| next.folded == "z") {
        return (at + 2..=at + 3).rev().find(|end| view.word(*end).is_some_and(|word| word.is_one_of(&["o", "oo"])));
    }
    if word.folded == "e"
        && view.word(at + 1).is_some_and(|next| next.is_one_of(&["k", "v"]))
        && view.gap(at).trim() == "."
    {
        return Some(at + 1);
    }
    let mut letters = String::new();
    let mut last = at;
    while let Some(next) = view.word(last)
        && next.folded.len() == 1
        && letters.len() < 4
    {
        letters.push_str(&next.folded);
        if FORMS.contains(&letters.as_str())
            && letters.len() >= 2
            && !matches!(view.word(last + 1), Some(more) if more.folded.len() == 1 && view.gap(last) == ".")
        {
            return Some(last);
        }
        if view.gap(last) != "." {
            return None;
        }
        last += 1;
    }
    None
}

fn form_near(view: &View<'_>, first: usize) -> Option<usize> {
    let near = (first + 1..first + 5).take_while(|at| matches!(view.gap(at - 1), " " | " & " | "."));
    near.into_iter().find_map(|at| form(view, at))
}
