//! Addresses of mail, as they are written and as they are spoken.

use super::found::{Found, Kind};
use super::names::is_common;
use super::view::{View, Word};

const LONGEST: usize = 254;

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    for (at, _) in view.text.match_indices('@') {
        if let Some((start, end)) = written(view.text, at) {
            let value = view.text[start..end].to_lowercase().replace('’', "'");
            found.push(Found { start, end, kind: Kind::Email, value });
        }
    }
    let ats = (1..view.words.len()).filter(|at| view.words[*at].is_one_of(&["at", "chez", "arobase", "arroba"]));
    for at in ats {
        if let Some(spoken) = spoken(view, at) {
            found.push(spoken);
        }
    }
}

const fn is_local(letter: char) -> bool {
    matches!(letter, '.' | '_' | '%' | '+' | '-' | '\'' | '’' | '&' | '=' | '/')
}

fn written(text: &str, at: usize) -> Option<(usize, usize)> {
    let (before, behind) = (&text[..at], &text[at + 1..]);
    let mut start = at;
    for (place, letter) in before.char_indices().rev().take(LONGEST) {
        if letter == '@' {
            return None;
        }
        if !(letter.is_alphanumeric() || is_local(letter)) {
            break;
        }
        start = place;
    }
    start += text[start..at].find(char::is_alphanumeric)?;
    // A link's key or a path is not part of the name.
    if let Some(cut) = text[start..at].rfind(['=', '/']) {
        start += cut + 1;
    }
    let length = behind
        .char_indices()
        .take(LONGEST)
        .find(|(_, letter)| !(letter.is_alphanumeric() || matches!(letter, '.' | '-')))
        .map_or_else(|| ceil(behind, LONGEST), |(place, _)| place);
    let host = behind[..length].trim_end_matches(['.', '-']);
    if start == at || text[..at].ends_with('.') || behind[length..].starts_with('@') || !is_host(host) {
        return None;
    }
    // "git@host.example:room/code" is the place of a programme's source.
    let is_source = &text[start..at] == "git" && behind[host.len()..].starts_with(':');
    (!is_source).then_some((start, at + 1 + host.len()))
}

/// The first place at or behind this one where a letter begins.
fn ceil(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}

fn is_host(host: &str) -> bool {
    let Some((first, last)) = host.rsplit_once('.') else { return false };
    let file = matches!(last, "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg");
    last.chars().count() >= 2
        && last.chars().all(char::is_alphabetic)
        && !file
        && first.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

const DOTS: [&str; 4] = ["dot", "punkt", "point", "punto"];

/// "anna dot berg at example dot org", with or without brackets around what is spoken.
fn spoken(view: &View<'_>, at: usize) -> Option<Found> {
    let bracketed = |word: usize| {
        let (before, behind) = (view.gap_before(word).trim(), view.gap(word).trim());
        matches!((before, behind), ("(", ")") | ("[", "]") | ("{", "}") | ("<", ">"))
    };
    let loose = |word: usize| {
        let plain = |gap: &str| !gap.is_empty() && gap.len() <= 3 && gap.chars().all(|sign| sign == ' ');
        bracketed(word) || plain(view.gap_before(word)) && plain(view.gap(word))
    };
    if !loose(at) {
        return None;
    }
    let joins = |word: usize| {
        let said =
            view.words[word].is_one_of(&DOTS) || view.words[word].is_one_of(&["underscore", "dash", "minus", "plus"]);
        said && loose(word)
    };
    let mut first = at.checked_sub(1)?;
    let mut compound = false;
    while first >= 2 && joins(first - 1) && at - first < 10 {
        first -= 2;
        compound = true;
    }
    while let Some(before) = first.checked_sub(1) {
        if !matches!(view.gap(before), "." | "_" | "+") || at - first > 10 {
            break;
        }
        (first, compound) = (before, true);
    }
    let name = &view.words[first];
    if !(compound || bracketed(at)) && (is_common(&name.folded) || !name.folded.is_ascii()) {
        return None;
    }
    let mut last = at + 1;
    let mut dots = 0;
    let mut heard = false;
    while last + 2 < view.words.len() && view.words[last + 1].is_one_of(&DOTS) && loose(last + 1) && dots < 6 {
        (last, dots, heard) = (last + 2, dots + 1, true);
    }
    while last + 1 < view.words.len() && view.gap(last) == "." && dots < 6 {
        (last, dots) = (last + 1, dots + 1);
    }
    let top = view.word(last)?;
    let is_top = (2..=10).contains(&top.folded.len()) && top.folded.bytes().all(|byte| byte.is_ascii_alphabetic());
    if dots == 0 || !is_top || !(heard || bracketed(at)) {
        return None;
    }
    let (start, end) = (name.start, top.end);
    let parts: Vec<String> = view.words[first..=last].iter().map(said).collect();
    Some(Found { start, end, kind: Kind::Email, value: join(view, &parts, first) })
}

fn said(word: &Word) -> String {
    match word.folded.as_str() {
        dot if DOTS.contains(&dot) => ".".to_owned(),
        "at" | "chez" | "arobase" | "arroba" => "@".to_owned(),
        "underscore" => "_".to_owned(),
        "dash" | "minus" => "-".to_owned(),
        "plus" => "+".to_owned(),
        other => other.to_owned(),
    }
}

/// As it would be written; a dot that is written already comes between two words.
fn join(view: &View<'_>, parts: &[String], first: usize) -> String {
    let mut value = String::new();
    for (place, part) in parts.iter().enumerate() {
        value.push_str(part);
        let gap = view.gap(first + place);
        if matches!(gap, "." | "_" | "+") && place + 1 < parts.len() {
            value.push_str(gap);
        }
    }
    value
}
