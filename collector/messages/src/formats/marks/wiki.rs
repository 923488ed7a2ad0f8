//! Jira's wiki markup.

use super::letters::Letters;
use super::links::{ends, is_bare};

/// Blocks that hold no word of the writer's.
const OUT: [&str; 3] = ["code", "noformat", "quote"];
/// Marks around blocks whose words stay.
const AROUND: [&str; 6] = ["color", "panel", "info", "note", "tip", "warning"];

/// The words of a text, and whether there is a picture in it.
pub(in crate::formats) fn words(text: &str) -> (String, bool) {
    let (mut letters, mut has_picture) = (Letters::default(), false);
    for line in without_blocks(&text.replace("\r\n", "\n")).split('\n') {
        let begin = line.trim_start();
        let is_rule = begin.len() >= 4 && begin.trim_end().bytes().all(|sign| sign == b'-');
        if !begin.starts_with("bq. ") && !is_rule {
            in_line(&mut letters, item(heading(begin)), &mut has_picture);
        }
        letters.line();
    }
    letters.emoji();
    for mark in ["*", "_", "-", "+"] {
        letters.unmark(mark, false);
    }
    (letters.finish(), has_picture)
}

/// A line without the mark of a heading.
fn heading(line: &str) -> &str {
    let level = line.strip_prefix('h').and_then(|rest| rest.strip_prefix(['1', '2', '3', '4', '5', '6']));
    level.and_then(|rest| rest.strip_prefix(". ")).unwrap_or(line)
}

/// A line without the mark of an item of a list.
fn item(line: &str) -> &str {
    let words = line.trim_start_matches(['*', '#', '-']);
    if words.len() < line.len() && words.starts_with(' ') { words } else { line }
}

/// A text without blocks of code and quotes. One that is never closed is text.
fn without_blocks(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        whole += &rest[..at];
        rest = &rest[at..];
        let is_escaped = whole.ends_with('\\');
        let end = ends(rest, 1, '}').filter(|_| !is_escaped && !rest.starts_with("{{"));
        let name = end.map(|end| rest[1..end].split(':').next().unwrap_or_default());
        let block = OUT.into_iter().find(|block| name == Some(*block) && !open.contains(block));
        let behind = end.map_or("", |end| &rest[end + 1..]);
        if let Some(block) = block {
            let closing = format!("{{{block}}}");
            if let Some(end) = behind.find(&closing) {
                whole.push('\n');
                rest = &behind[end + closing.len()..];
                continue;
            }
            // Nor is one that comes behind it.
            open.push(block);
        }
        if name.is_some_and(|name| AROUND.contains(&name)) {
            rest = behind;
        } else {
            // Of two braces both: the second begins nothing.
            let length = if rest.starts_with("{{") { 2 } else { 1 };
            whole += &rest[..length];
            rest = &rest[length..];
        }
    }
    whole + rest
}

fn in_line(letters: &mut Letters, line: &str, has_picture: &mut bool) {
    let is_row = line.starts_with('|');
    let mut rest = line;
    while let Some(at) = rest.find(['[', '!', '{', '\\', '|']) {
        letters.text(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            b'[' => link(letters, rest),
            b'!' => picture(rest).inspect(|_| *has_picture = true),
            b'{' if rest.starts_with("{{") => code(letters, rest),
            b'\\' => escaped(letters, rest),
            b'|' if is_row => {
                letters.plain(" ");
                Some(1)
            }
            _ => None,
        };
        let length = taken.unwrap_or_else(|| {
            letters.text(&rest[..1]);
            1
        });
        rest = &rest[length..];
    }
    letters.text(rest);
}

/// `[label|target]`, a mention, a file.
fn link(letters: &mut Letters, text: &str) -> Option<usize> {
    let end = ends(text, 1, ']')?;
    let inner = &text[1..end];
    let is_target = |text: &str| text.contains("://") || text.starts_with("mailto:");
    match inner.split_once('|') {
        Some((label, target)) if !is_bare(target, label) => letters.text(label),
        Some(_) => {}
        None if inner.starts_with(['~', '^', '#']) || is_target(inner) => {}
        None => return None,
    }
    Some(end + 1)
}

/// `!shot.png|thumbnail!`.
fn picture(text: &str) -> Option<usize> {
    let end = ends(text, 1, '!')?;
    let name = text[1..end].split('|').next()?;
    (name.contains('.') && !name.contains(char::is_whitespace) && !name.starts_with('.')).then_some(end + 1)
}

/// `{{code}}`: its words stay.
fn code(letters: &mut Letters, text: &str) -> Option<usize> {
    let end = ends(text, 2, '}').filter(|end| text[*end..].starts_with("}}"))?;
    letters.plain(&text[2..end]);
    Some(end + 2)
}

fn escaped(letters: &mut Letters, text: &str) -> Option<usize> {
    let sign = text[1..].chars().next().filter(char::is_ascii_punctuation)?;
    match sign {
        '\\' => letters.line(),
        sign => letters.plain(sign.encode_utf8(&mut [0; 4])),
    }
    Some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_out_and_words_are_in() {
        for (text, right) in [
            (
                "h3. Week 9\r\n[~u-ben] *late*, see [the plan|https://example.org] [https://example.org]",
                "Week 9 late, see the plan",
            ),
            ("* one\n** two\n# three\n-gone- e-mail - 4 - AT-1", "one two three gone e-mail - 4 - AT-1"),
            ("{quote}theirs{quote}\nmine {code:java}\nx{code} {noformat}y{noformat} {color:red}red{color}", "mine red"),
            ("||day||hours||\n|Mon|12|\n----\n\\{not *markup*\\} [1] a!b", "day hours Mon 12 {not markup} [1] a!b"),
            ("{{cargo *test*}} fails \\\\ _so_ {code}open", "cargo *test* fails so {code}open"),
        ] {
            let read = words(text).0;
            assert_eq!(read.split_whitespace().collect::<Vec<_>>().join(" "), right, "{text}");
        }
        assert!(words("!shot.png|thumbnail!").1);
    }

    #[test]
    fn odd_text_is_read_in_no_more_than_its_time() {
        let begun = std::time::Instant::now();
        for sign in ["{", "{code:a}", "{{", "[", "!", "!a.b", "\\", "|", "- "] {
            let text = sign.repeat(100_000);
            assert!(words(&text).0.len() <= text.len() + 1);
        }
        assert!(begun.elapsed().as_secs() < 60);
    }
}
