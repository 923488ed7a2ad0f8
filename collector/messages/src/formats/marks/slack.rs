//! Slack's mrkdwn. What people type of `&`, `<` and `>` comes as an entity: such a sign itself is always a mark.

use super::super::time;
use super::Channels;
use super::letters::Letters;
use super::links::{self, ends};

/// The words of a text.
pub(in crate::formats) fn words(text: &str, channel: Channels<'_>) -> String {
    let mut letters = Letters::default();
    for line in links::without_blocks(text).split('\n') {
        let begin = line.trim_start();
        if begin.starts_with("&gt;&gt;&gt;") {
            break;
        }
        if !begin.starts_with("&gt;") {
            let item = ["\u{2022} ", "\u{25e6} ", "\u{25aa}\u{fe0e} "].iter().find_map(|item| begin.strip_prefix(item));
            in_line(&mut letters, item.unwrap_or(line), channel);
        }
        letters.line();
    }
    letters.emoji();
    for mark in ["*", "_", "~"] {
        letters.unmark(mark, false);
    }
    letters.finish()
}

fn in_line(letters: &mut Letters, line: &str, channel: Channels<'_>) {
    let mut rest = line;
    while let Some(at) = rest.find(['<', '&', '`']) {
        letters.text(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            b'<' => token(rest, channel).map(|(length, words, is_plain)| {
                if is_plain {
                    letters.plain(&words)
                } else {
                    letters.text(&words)
                }
                length
            }),
            b'&' => entity(rest).map(|(length, sign)| {
                letters.plain(sign);
                length
            }),
            _ => ends(rest, 1, '`').filter(|end| *end > 1).map(|end| {
                letters.plain(&decoded(&rest[1..end]));
                end + 1
            }),
        };
        let length = taken.unwrap_or_else(|| {
            letters.plain(&rest[..1]);
            1
        });
        rest = &rest[length..];
    }
    letters.text(rest);
}

/// The entity with which a text begins: there are three.
fn entity(text: &str) -> Option<(usize, &'static str)> {
    let all = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];
    all.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, sign)| (name.len(), sign))
}

/// A text with each entity decoded once.
fn decoded(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        whole += &rest[..at];
        let (length, sign) = entity(&rest[at..]).unwrap_or((1, "&"));
        whole += sign;
        rest = &rest[at + length..];
    }
    whole + rest
}

/// What stands in angle brackets: how long it is, its words, and whether these are without marks.
fn token(text: &str, channel: Channels<'_>) -> Option<(usize, String, bool)> {
    let end = ends(text, 1, '>')?;
    let inner = &text[1..end];
    let (target, label) = inner.split_once('|').unwrap_or((inner, ""));
    let mut is_plain = false;
    let words = match target.as_bytes().first() {
        Some(b'@') => String::new(),
        Some(b'!') => match target.strip_prefix("!date^") {
            Some(date) if label.is_empty() => day(date).unwrap_or_default(),
            Some(_) => decoded(label),
            None => String::new(),
        },
        Some(b'#') => {
            is_plain = true;
            let name = if label.is_empty() { channel(&target[1..]) } else { Some(decoded(label)) };
            name.map(|name| format!("#{name}")).unwrap_or_default()
        }
        _ if links::is_bare(target, label) => String::new(),
        _ => decoded(label),
    };
    Some((end + 1, words, is_plain))
}

/// The day of a date token without a fallback.
fn day(token: &str) -> Option<String> {
    let seconds: i64 = token.split('^').next()?.parse().ok()?;
    time::day(seconds.checked_mul(1000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let channel = |id: &str| (id == "C1").then(|| "general".to_owned());
        words(text, &channel).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_out_and_words_are_in() {
        for (text, right) in [
            ("<@U1> and <@U1|ben>, <!here> <!subteam^S1|@ops> go", "and , go"),
            ("<#C1> <#C2> <#C2|team-ops>", "#general #team-ops"),
            (
                "<https://example.org/?a=1&amp;b=2|the plan> <https://example.org> <http://example.org|example.org>",
                "the plan",
            ),
            ("<!date^1772150400^{date}|Friday> <!date^1772150400^{date}>", "Friday 2026-02-27"),
            ("*bold* _it_ ~gone~ `*code* &amp; x_y_z`", "bold it gone *code* & x_y_z"),
            ("&amp;lt;b&amp;gt; &lt;i&gt; &nbsp; & <", "&lt;b&gt; <i> &nbsp; & <"),
            ("a\n&gt; theirs\nb\n&gt;&gt;&gt; theirs\ntheirs, too", "a b"),
            ("a ```x\ny``` b ``` c", "a b ``` c"),
            ("\u{2022} one\n\u{2022} two :sob:", "one two \u{1f62d}"),
        ] {
            assert_eq!(read(text), right, "{text}");
        }
    }

    #[test]
    fn odd_text_is_read_in_no_more_than_its_time() {
        for sign in ["<", "`", "&", "```", "<@", "\u{200b}<", "\0"] {
            assert!(words(&sign.repeat(200_000), &|_| None).len() <= 4 * 200_000 * sign.len());
        }
    }
}
