//! Names under which people sign in and are called: "@x", "x#1234", and what stands behind "user" or "login".

use super::found::{Found, Kind};
use super::names::is_common;
use super::view::View;

/// Groups that are called, and what programs write behind the sign.
const NOBODY: &str = "here channel everyone all team group room admins mods override deprecated suppresswarnings \
    functionalinterface safevarargs test before after beforeeach aftereach beforeall afterall nullable nonnull notnull \
    component autowired bean entity service controller restcontroller repository configuration inject injectable input \
    output property staticmethod classmethod dataclass abstractmethod pytest param parameter return returns throws author \
    see since version media import keyframes font-face charset supports types babel angular vue main objc interface \
    implementation end protocol selector available escaping state binding published discardableresult transactional \
    getmapping postmapping requestmapping table column id data getter setter builder value todo example latest next beta \
    alpha rc stable dev master head property";
const FILES: [&str; 22] = [
    "php", "html", "htm", "js", "ts", "py", "rs", "txt", "md", "json", "xml", "yml", "yaml", "css", "java", "png",
    "jpg", "svg", "csv", "log", "exe", "aspx",
];
const CALLED: [&str; 19] = [
    "user",
    "login",
    "username",
    "userid",
    "handle",
    "nick",
    "nickname",
    "benutzer",
    "benutzername",
    "nutzer",
    "utilisateur",
    "usuario",
    "utente",
    "uzytkownik",
    "logon",
    "alias",
    "screenname",
    "gamertag",
    "discord",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    for (at, _) in view.text.match_indices('@') {
        if let Some(end) = called(view.text, at) {
            found.push(Found::plain(view.text, at, end, Kind::Handle));
        }
    }
    for (at, _) in view.text.match_indices('#') {
        if let Some((start, end)) = numbered(view.text, at) {
            found.push(Found::plain(view.text, start, end, Kind::Handle));
        }
    }
    for (at, word) in view.words.iter().enumerate() {
        if word.is_one_of(&CALLED)
            && let Some((start, end)) = signed_in(view, at)
        {
            found.push(Found::plain(view.text, start, end, Kind::Handle));
        }
    }
}

const fn is_part(letter: char) -> bool {
    matches!(letter, '_' | '.' | '-')
}

/// Length of the name with which a text begins.
fn name(text: &str) -> usize {
    let length = text
        .char_indices()
        .take(41)
        .find(|(_, letter)| !(letter.is_alphanumeric() || is_part(*letter)))
        .map_or_else(|| if text.chars().nth(41).is_some() { 0 } else { text.len() }, |(place, _)| place);
    text[..length].trim_end_matches(['.', '-']).len()
}

fn called(text: &str, at: usize) -> Option<usize> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '/' | '@' | '+')) {
        return None;
    }
    let rest = &text[at + 1..];
    let length = name(rest);
    let handle = &rest[..length];
    let behind = rest[length..].chars().next();
    let digits = handle.starts_with(|letter: char| letter.is_ascii_digit()) && handle.len() < 15;
    let nobody = NOBODY.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case(handle));
    let is_handle = handle.chars().count() >= 2 && !digits && !nobody && !matches!(behind, Some('/' | '(' | '@'));
    is_handle.then_some(at + 1 + length)
}

/// "name#1234".
fn numbered(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &text[at + 1..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    if digits != 4 || rest[digits..].starts_with(joins) {
        return None;
    }
    let mut start = at;
    for (place, letter) in text[..at].char_indices().rev().take(33) {
        if !(letter.is_alphanumeric() || is_part(letter)) {
            if matches!(letter, '/' | '#' | '@') {
                return None;
            }
            break;
        }
        start = place;
    }
    start += text[start..at].find(char::is_alphanumeric)?;
    let name = text[start..at].to_lowercase();
    (name.chars().count() >= 2 && !is_common(&name)).then_some((start, at + 1 + digits))
}

fn signed_in(view: &View<'_>, at: usize) -> Option<(usize, usize)> {
    let filler = ["is", "name", "ist", "est", "es", "called", "named"];
    let (mut last, mut told) =
        (at, view.words[at].folded.starts_with("usern") || view.words[at].folded == "benutzername");
    let mut named = told;
    while let Some(next) = view.word(last + 1)
        && next.is_one_of(&filler)
        && view.gap(last) == " "
        && last - at < 2
    {
        named |= next.is_one_of(&["name", "called", "named"]);
        told |= named && next.is_one_of(&["is", "ist", "est", "es", "called", "named"]);
        last += 1;
    }
    let gap = view.gap(last);
    let marked = gap.trim_end().ends_with([':', '=']);
    let sign = gap.trim();
    let rest = view.words.get(last + 1).map(|word| word.start)?;
    if gap.contains('\n') || !matches!(sign, "" | ":" | "=" | "\"" | "'" | "“" | "„" | "`" | "«") {
        return None;
    }
    let length = name(&view.text[rest..]);
    let handle = &view.text[rest..rest + length];
    let (mut letters, mut others) = (0, 0);
    for letter in handle.chars() {
        if letter.is_alphabetic() { letters += 1 } else { others += usize::from(letter != '-') }
    }
    let file = handle.rsplit_once('.').is_some_and(|(_, end)| FILES.contains(&end));
    let small = !handle.chars().any(char::is_uppercase);
    let plain = (marked || told) && small && letters >= 3 && !is_common(handle) && !filler.contains(&handle);
    let coded = others > 0 && letters > 0;
    let is_name = length >= 3 && !file && (coded || plain) && !view.text[rest + length..].starts_with(['@', '/', '(']);
    is_name.then_some((rest, rest + length))
}
