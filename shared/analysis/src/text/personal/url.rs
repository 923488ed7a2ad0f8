//! Links that name somebody: the whole link goes. Links that name nobody stay.

use super::found::{Found, Kind};
use super::view::View;

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let ends =
        |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '|' | '`' | '«' | '»' | '“' | '”');
    let mut from = 0;
    for piece in view.text.split(ends) {
        // Without brackets around it, and what ends the sentence.
        let lead = piece.len() - piece.trim_start_matches(['(', '[', '{', '\'', '’', ',']).len();
        let start = from + lead + scheme(&piece[lead..]);
        let link = &view.text[start..from + piece.len()];
        let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', ']', '}', '…']);
        let link = if link.contains('(') { link } else { link.trim_end_matches([')', '.', ',']) };
        if names_somebody(link) {
            let value = link.to_lowercase();
            found.push(Found { start, end: start + link.len(), kind: Kind::Url, value });
        }
        from += piece.len() + view.text[from + piece.len()..].chars().next().map_or(0, char::len_utf8);
    }
}

/// Where the scheme begins: text may be glued to it ("link:https://...").
fn scheme(piece: &str) -> usize {
    let Some(at) = piece.find("://") else { return 0 };
    let letters = piece[..at]
        .bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
        .count();
    at - letters
}

const ROOMS: [&str; 15] = [
    "u", "user", "users", "profile", "profiles", "people", "person", "member", "members", "in", "account", "accounts",
    "author", "authors", "employee",
];
/// What stands behind such a room and is nobody.
const NOBODY: [&str; 22] = [
    "me",
    "login",
    "logout",
    "new",
    "all",
    "settings",
    "list",
    "search",
    "index",
    "signin",
    "signup",
    "register",
    "edit",
    "password",
    "create",
    "guide",
    "index.html",
    "help",
    "about",
    "home",
    "current",
    "self",
];
const KEYS: [&str; 20] = [
    "uid",
    "user",
    "userid",
    "user_id",
    "user-id",
    "username",
    "user_name",
    "account",
    "account_id",
    "email",
    "mail",
    "login",
    "member",
    "member_id",
    "customer",
    "customer_id",
    "customerid",
    "cust",
    "employee",
    "employee_id",
];

fn names_somebody(link: &str) -> bool {
    let (schemed, rest) = match link.split_once("://") {
        Some((scheme, rest)) => (!scheme.is_empty(), rest),
        None => (false, link),
    };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority);
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if schemed && !user.is_empty() && !host.is_empty() {
        return true;
    }
    if !schemed && !is_host(host) {
        return false;
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.split('#').next().unwrap_or(path);
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let tilde = |segment: &&str| segment.starts_with(['~', '@']) && segment[1..].starts_with(char::is_alphanumeric);
    let roomed = segments.windows(2).any(|pair| {
        let (room, name) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        ROOMS.contains(&room.as_str()) && !NOBODY.contains(&name.as_str()) && !name.starts_with('{')
    });
    let keyed = query.split(['&', ';', '#']).any(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        !value.is_empty() && KEYS.contains(&key.to_ascii_lowercase().as_str()) && !value.starts_with(['{', '$', '<'])
    });
    segments.iter().any(tilde) || roomed || keyed
}

fn is_host(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or(host);
    let Some((first, top)) = host.rsplit_once('.') else { return false };
    let labels = first
        .split('.')
        .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    labels && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}
