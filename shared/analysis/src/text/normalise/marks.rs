use crate::text::letters::head;

/// How far the end of a mark is looked for.
const LONGEST: usize = 2048;
/// How long an address of mail may be.
const LONGEST_ADDRESS: usize = 254;
const LINKS: [&str; 6] = ["https://", "http://", "www.", "ftp://", "file://", "mailto:"];

/// Writes a line without its links, addresses, mentions and the marks of code, and with single blanks.
pub(super) fn write(line: &str, out: &mut String) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let (length, words) = mark(rest, c, before).unwrap_or((c.len_utf8(), &rest[..c.len_utf8()]));
        if length > c.len_utf8() {
            blank(out);
            words.chars().for_each(|c| put(c, out));
            blank(out);
        } else {
            words.chars().for_each(|c| put(c, out));
        }
        before = rest[..length].chars().next_back().unwrap_or(c);
        rest = &rest[length..];
    }
}

fn put(c: char, out: &mut String) {
    if c.is_whitespace() { blank(out) } else { out.push(c) }
}

fn blank(out: &mut String) {
    if !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

/// A mark at the beginning of `rest`: how long it is, and the words in it that stay.
fn mark(rest: &str, c: char, before: char) -> Option<(usize, &str)> {
    match c {
        '`' => Some((1, "")),
        '<' => in_brackets(rest),
        '[' => labelled(rest),
        '@' if !before.is_alphanumeric() => mention(rest),
        c if c.is_ascii_alphanumeric() && !before.is_alphanumeric() => link(rest).or_else(|| address(rest)),
        _ => None,
    }
}

/// What Slack and Discord put between angle brackets: people, groups, channels, links, their own emoji, times. But for the form of a
/// date, which has a label behind it, none of them has a blank: what people put there has.
fn in_brackets(rest: &str) -> Option<(usize, &str)> {
    let end = head(rest, LONGEST).find('>')?;
    let inner = &rest[1..end];
    let (target, label) = inner.split_once('|').unwrap_or((inner, ""));
    if target.starts_with("!date") {
        return Some((end + 1, label));
    }
    let named = target.starts_with(['@', ':', '!']) || target.starts_with("a:") || target.starts_with("t:");
    let labelled = target.starts_with('#') || begins_link(target);
    let known = (named || labelled) && !target.contains(char::is_whitespace);
    known.then_some((end + 1, if labelled { label } else { "" }))
}

/// `[label](link)`.
fn labelled(rest: &str) -> Option<(usize, &str)> {
    let within = head(rest, LONGEST);
    let end = 1 + within[1..].find(['[', ']'])?;
    let target = within[end..].strip_prefix("](")?;
    if !(begins_link(target) || target.starts_with('/')) {
        return None;
    }
    let close = target.find(')')?;
    Some((end + "](".len() + close + 1, &rest[1..end]))
}

/// `@name`; not `@ 5` nor `@5pm`.
fn mention(rest: &str) -> Option<(usize, &str)> {
    let name = &rest[1..];
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    let end = name.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(name.len());
    Some((1 + name[..end].trim_end_matches(['.', '-']).len(), ""))
}

fn begins_link(text: &str) -> bool {
    LINKS.iter().any(|link| text.get(..link.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(link)))
}

/// A bare link, without the sign that ends the sentence around it.
fn link(rest: &str) -> Option<(usize, &str)> {
    if !begins_link(rest) {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
    Some((rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']).len(), ""))
}

/// The address of a mailbox.
fn address(rest: &str) -> Option<(usize, &str)> {
    let within = head(rest, LONGEST_ADDRESS);
    let at = within.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')))?;
    let host = within[at..].strip_prefix('@')?;
    let end = host.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(host.len());
    let host = host[..end].trim_end_matches(['.', '-']);
    host.contains('.').then_some((at + 1 + host.len(), ""))
}
