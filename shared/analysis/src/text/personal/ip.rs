//! Addresses of machines on the network. Those of no machine in particular stay, and versions and chapters that look like one.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::found::{Found, Kind};
use super::view::View;

/// Longer than any address that is written out.
const LONGEST: usize = 45;
const NUMBERED: [&str; 28] = [
    "version",
    "versions",
    "ver",
    "v",
    "release",
    "releases",
    "chapter",
    "chapters",
    "section",
    "sections",
    "kapitel",
    "abschnitt",
    "chapitre",
    "capitulo",
    "build",
    "firmware",
    "driver",
    "update",
    "clause",
    "paragraph",
    "oid",
    "patch",
    "sec",
    "article",
    "appendix",
    "figure",
    "upgrade",
    "rev",
];

pub(super) fn find(view: &View<'_>, found: &mut Vec<Found>) {
    let bytes = view.text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_hexdigit() || matches!(bytes[at], b':' | b'.')) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        if let Some((start, end, value)) = address(view, start, at) {
            found.push(Found { start, end, kind: Kind::Ip, value });
        }
    }
}

fn address(view: &View<'_>, start: usize, end: usize) -> Option<(usize, usize, String)> {
    let text = view.text;
    if end - start > LONGEST + 8 || !stands_alone(text, start, end) {
        return None;
    }
    let run = text[start..end].trim_end_matches('.');
    if let Ok(address) = run.trim_end_matches(':').parse::<Ipv6Addr>().or_else(|_| run.parse::<Ipv6Addr>()) {
        let length = if run.ends_with("::") { run.len() } else { run.trim_end_matches(':').len() };
        // "a::b" is the path of a program as well.
        let is_machine =
            !address.is_loopback() && !address.is_unspecified() && run.bytes().any(|byte| byte.is_ascii_digit());
        return is_machine.then(|| (start, start + length, address.to_string()));
    }
    let (run, _port) = run.split_once(':').unwrap_or((run, ""));
    let address: Ipv4Addr = run.parse().ok()?;
    let first = address.octets()[0];
    let is_machine = !matches!(first, 0 | 127) && first < 240 && !view.follows(start, 2, &NUMBERED);
    (is_machine && !text[..start].ends_with('§') && !text[..start].ends_with("§ "))
        .then(|| (start, start + run.len(), address.to_string()))
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let behind = text[end..].chars().next();
    !before.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
        && !behind.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}
