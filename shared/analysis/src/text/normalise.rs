//! What somebody wrote, in one form and without what others wrote.

mod code;
mod marks;
mod quotes;

use unicode_normalization::UnicodeNormalization as _;

use super::letters::is_unseen;

/// The letters of a text in one form, and nothing else changed: Unicode's NFKC, straight quotation marks, one kind of line end, and
/// nothing that nobody sees: joiners, marks of direction, NULs.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut before = None;
    let shown = text.chars().filter_map(|c| {
        let after_return = before.replace(c) == Some('\r');
        one_form(c, after_return)
    });
    shown.nfkc().collect()
}

/// The words of its writer, in one form as [`plain`] has it: without code blocks, quoted replies and forwarded messages, links,
/// addresses and mentions. Words in code inside a line stay, and the label of a link, and emoji.
///
/// Lines stay lines, blanks are single. What only looks like a quote stays, for what is cut here can't be a sign of anything.
#[must_use]
pub fn own_words(text: &str) -> String {
    let text = plain(text);
    let text = code::without_fenced(&text);
    let mut out = String::with_capacity(text.len());
    for line in code::without_indented(&quotes::own_lines(&text)) {
        marks::write(line, &mut out);
        end_line(&mut out);
    }
    out.truncate(out.trim_end().len());
    out
}

fn one_form(c: char, after_return: bool) -> Option<char> {
    match c {
        '\n' if after_return => None,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\u{2018}'..='\u{201b}' | '\u{2bc}' | '\u{2032}' | '\u{b4}' => Some('\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' => Some('"'),
        c if is_unseen(c) => None,
        c => Some(c),
    }
}

/// Ends a line; of empty ones one stays, and none at the beginning.
fn end_line(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests;
