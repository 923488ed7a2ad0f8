//! Texts that somebody wrote: bounded, without what nobody sees.

use attune_ground::http::Problem;
use attune_people::accounts::is_unseen;

/// Characters of a turn.
pub(crate) const LONGEST: usize = 4000;
/// Characters of a title, of a room's name, of something that is remembered, and of a part of a safety plan.
pub(crate) const LONGEST_TITLE: usize = 60;
pub(crate) const LONGEST_ROOM: usize = 64;
pub(crate) const LONGEST_MEMORY: usize = 300;
pub(crate) const LONGEST_PART: usize = 2000;

/// A text without control characters but ends of lines, and without spaces around it.
pub(crate) fn cleaned(text: &str) -> String {
    let kept: String = text.chars().filter(|letter| !letter.is_control() || *letter == '\n').collect();
    kept.trim().to_owned()
}

/// What somebody wrote.
///
/// # Errors
/// 400 for a text in which nothing is seen, and for one that is too long.
pub(crate) fn written(field: &str, text: &str, longest: usize) -> Result<String, Problem> {
    // A text of a megabyte is refused before anything is made of it: a character has four bytes at most.
    let is_short = text.len() <= 4 * longest + 4096;
    let kept = if is_short { cleaned(text) } else { String::new() };
    if !is_short || kept.chars().count() > longest {
        return Err(Problem::bad_request(field, format!("{field} has at most {longest} characters")));
    }
    if kept.chars().all(|letter| letter.is_whitespace() || is_unseen(letter)) {
        return Err(Problem::bad_request(field, format!("{field} is missing: say it in words")));
    }
    Ok(kept)
}

/// The same of what may be left out; empty where nothing of it is seen.
///
/// # Errors
/// 400 for one that is too long.
pub(crate) fn may_be_empty(field: &str, text: &str, longest: usize) -> Result<String, Problem> {
    if text.chars().all(|letter| letter.is_whitespace() || is_unseen(letter)) {
        return Ok(String::new());
    }
    written(field, text, longest)
}

/// How a talk is called that begins with a text: its first words.
pub(crate) fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut title = String::new();
    for word in line.split_whitespace() {
        if title.chars().count() + 1 + word.chars().count() > LONGEST_TITLE {
            break;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    if title.is_empty() { line.chars().take(LONGEST_TITLE).collect() } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_says_something_and_no_more_than_it_may() {
        let kept = written("text", " a\0b\r\nc\u{202e} \u{5d0} ", LONGEST).expect("reads");
        assert_eq!(kept, "ab\nc\u{202e} \u{5d0}");
        for nothing in ["", " \n\t ", "\0", "\u{200b}\u{feff} \u{202e}"] {
            assert_eq!(written("text", nothing, LONGEST).expect_err("nothing is seen").status, 400, "{nothing:?}");
            assert_eq!(may_be_empty("text", nothing, LONGEST).expect("it may"), "");
        }
        let longest = "\u{1f600}".repeat(LONGEST);
        assert_eq!(written("text", &longest, LONGEST).expect("fits"), longest);
        for long in [format!("{longest}a"), "a".repeat(1 << 20)] {
            assert_eq!(written("text", &long, LONGEST).expect_err("too long").status, 400);
            assert_eq!(may_be_empty("text", &long, LONGEST).expect_err("too long").status, 400);
        }
    }

    #[test]
    fn a_talk_is_called_by_its_first_words() {
        assert_eq!(title("I have  too much to do\nand no time"), "I have too much to do");
        assert_eq!(title(&"word ".repeat(40)), "word ".repeat(12).trim_end());
        assert_eq!(title(&"\u{5d0}".repeat(200)), "\u{5d0}".repeat(LONGEST_TITLE));
        assert_eq!(title(""), "");
    }
}
