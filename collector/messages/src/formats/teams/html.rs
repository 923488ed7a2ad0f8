//! The HTML of a message: what its writer said of it.

use super::super::mail::decoded;

/// What others said or no person did: out with all in it.
const OUT: [&str; 7] = ["at", "attachment", "blockquote", "codeblock", "pre", "script", "style"];
/// Within a line.
const WITHIN: [&str; 16] =
    ["a", "b", "code", "del", "em", "font", "i", "ins", "mark", "s", "span", "strike", "strong", "sub", "sup", "u"];

/// The words of a page, and whether there is a picture in it.
pub(super) fn words(page: &str) -> (String, bool) {
    // As long as the page itself, letter by letter.
    let lower = page.to_ascii_lowercase();
    let (mut whole, mut has_picture, mut at) = (String::new(), false, 0);
    let mut never_closed: Vec<&str> = Vec::new();
    while let Some(begin) = page[at..].find('<').map(|begin| at + begin) {
        whole += &decoded(&page[at..begin]);
        if let Some(comment) = lower[begin..].strip_prefix("<!--") {
            at = comment.find("-->").map_or(page.len(), |end| begin + "<!--".len() + end + "-->".len());
            continue;
        }
        let is_tag = lower[begin + 1..].starts_with(|sign: char| sign.is_ascii_alphabetic() || "/!?".contains(sign));
        let Some(end) = end_of_tag(page, begin).filter(|_| is_tag) else {
            whole.push('<');
            at = begin + 1;
            continue;
        };
        at = end;
        let inner = &lower[begin + 1..end - 1];
        let is_end = inner.starts_with('/');
        let name = inner.trim_start_matches('/').split(|sign: char| sign.is_whitespace() || sign == '/').next();
        let name = name.unwrap_or_default();
        if OUT.contains(&name) && !is_end && !inner.ends_with('/') && !never_closed.contains(&name) {
            match behind(&lower, name, end) {
                Some(behind) => at = behind,
                None => never_closed.push(name),
            }
        }
        match name {
            "emoji" | "img" if is_end => {}
            "img" if !inner.contains("emoji") => has_picture = true,
            "emoji" | "img" => {
                // An own one has a word there.
                let sign = attribute(&page[begin + 1..end - 1], "alt").map(|alt| decoded(alt).into_owned());
                whole += &sign.filter(|sign| !sign.chars().any(char::is_alphabetic)).unwrap_or_default();
            }
            "at" => {}
            name if WITHIN.contains(&name) => {}
            _ => whole.push('\n'),
        }
    }
    whole += &decoded(&page[at..]);
    (whole, has_picture)
}

/// Behind the end of a tag; what is quoted in it ends it not.
fn end_of_tag(page: &str, begin: usize) -> Option<usize> {
    let mut quote = None;
    for (at, sign) in page[begin..].bytes().enumerate().take(4 << 10) {
        match (quote, sign) {
            (None, b'>') => return Some(begin + at + 1),
            (None, b'"' | b'\'') => quote = Some(sign),
            (Some(open), sign) if open == sign => quote = None,
            _ => {}
        }
    }
    None
}

/// Behind the end of what a tag began, which may lie in itself.
fn behind(lower: &str, name: &str, from: usize) -> Option<usize> {
    let (begins, ends) = (format!("<{name}"), format!("</{name}"));
    let (mut at, mut depth) = (from, 1_u32);
    loop {
        let end = at + lower[at..].find(&ends)?;
        // Names of people may hold any sign.
        let inner = if name == "at" { 0 } else { lower[at..end].matches(&begins).count() };
        depth = depth - 1 + u32::try_from(inner).unwrap_or(u32::MAX - depth);
        at = end + ends.len();
        if depth == 0 {
            return Some(lower[at..].find('>').map_or(lower.len(), |end| at + end + 1));
        }
    }
}

/// What an attribute of a tag says.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let from = tag.match_indices(name).find_map(|(at, _)| {
        let value = tag[at + name.len()..].strip_prefix('=')?;
        tag[..at].ends_with(char::is_whitespace).then_some(value)
    })?;
    let quote = from.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    from[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(page: &str) -> String {
        words(page).0.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_words_of_the_writer_stay_and_lines_stay_apart() {
        for (page, right) in [
            (
                "<div>Hi <at id=\"0\">A <b</at>&nbsp;<at id=\"1\">B</at>, tired&nbsp;<emoji alt=\"\u{1f641}\"></emoji></div>",
                "Hi , tired \u{1f641}",
            ),
            ("<p>Yes.</p><ul><li>Mon</li><li>Tue</li></ul>but<br>no<b>t</b>", "Yes. Mon Tue but not"),
            (
                "<blockquote><blockquote>a</blockquote>b</blockquote><p>mine</p><codeblock><code>x</code></codeblock>",
                "mine",
            ),
            ("<emoji alt=\"ours\"></emoji>1 < 2 &amp;amp; <a title='>' href=\"x\">there</a>", "1 < 2 &amp; there"),
            ("<blockquote>never closed", "never closed"),
        ] {
            assert_eq!(read(page), right, "{page}");
        }
        assert!(words("<img alt=\"image\" src=\"x\">").1);
    }
}
