//! Markup, links and signs that nobody sees: an answer is plain words.

use crate::prompt::is_unseen;

/// Letters of the longest word that is one.
const LONGEST: usize = 32;
/// From so many letters on a word with digits in it is a key or code.
const KEY: usize = 14;
/// So many letters that stand alone spell something out.
const SPELLED: usize = 6;
/// Ends of names of machines.
const ENDS: [&str; 14] =
    [".com", ".org", ".net", ".io", ".de", ".eu", ".uk", ".info", ".example", ".app", ".dev", ".co", ".me", ".ai"];

/// Whether a text is more than plain words; `links` are addresses that it may name.
pub(super) fn is_in(text: &str, links: &[String]) -> bool {
    has_tag(text)
        || has_block(text)
        || text.chars().any(is_hidden)
        || is_spelled(text)
        || text.split_whitespace().any(|word| is_code(word) || is_link(word, links))
}

fn is_hidden(letter: char) -> bool {
    is_unseen(letter) || letter.is_control() && !matches!(letter, '\n' | '\t' | '\r') || letter == '\u{fffd}'
}

fn has_tag(text: &str) -> bool {
    let tag = |(at, _): (usize, &str)| {
        text[at + 1..].starts_with(|letter: char| letter.is_ascii_alphabetic() || matches!(letter, '/' | '!' | '|'))
    };
    let bracket = |(at, _): (usize, &str)| !is_placeholder(&text[at..]);
    text.match_indices('<').any(tag)
        || text.match_indices('[').any(bracket)
        || ["](", "`", "**"].iter().any(|sign| text.contains(sign))
}

/// `[PERSON_1]` and the like; whether it stands for anybody is looked up elsewhere.
fn is_placeholder(text: &str) -> bool {
    let Some(end) = text.find(']') else { return false };
    let Some((kind, number)) = text[1..end].rsplit_once(['_', ' ', '-']) else { return false };
    let letters =
        |part: &str, of: fn(&u8) -> bool| !part.is_empty() && part.len() <= 10 && part.bytes().all(|byte| of(&byte));
    letters(kind, u8::is_ascii_alphabetic) && letters(number, u8::is_ascii_digit)
}

/// A heading or a table.
fn has_block(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(['#', '|']))
}

fn is_code(word: &str) -> bool {
    let length = word.chars().count();
    let (digits, letters) =
        (word.bytes().any(|byte| byte.is_ascii_digit()), word.bytes().filter(u8::is_ascii_alphabetic).count());
    length >= LONGEST || length >= KEY && digits && letters > 4 && !word.contains('[')
}

fn is_link(word: &str, links: &[String]) -> bool {
    let word = word.to_lowercase();
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    let host = bare.split('/').next().unwrap_or(bare);
    let is_named = bare.contains("://") || bare.starts_with("www.") || bare.contains('@');
    let is_link = is_named || ENDS.iter().any(|end| host.len() > end.len() && host.ends_with(end));
    is_link && !links.iter().any(|link| bare == link.to_lowercase())
}

/// "Y o u   a r e"
fn is_spelled(text: &str) -> bool {
    let mut row = 0;
    text.split_whitespace().any(|word| {
        row = if word.chars().count() == 1 && word.chars().all(char::is_alphanumeric) { row + 1 } else { 0 };
        row >= SPELLED
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_plain_words() {
        let links = ["findahelpline.com".to_owned(), "https://help.example.org/now".to_owned()];
        for fine in [
            "I love <3 this, and 3 < 4.",
            "[PERSON_1] said: yes!",
            "See findahelpline.com.",
            "It is at https://help.example.org/now.",
            "Well...what then? E.g. rest.\nOr not.",
            "A one-on-one with your well-meaning-but-tired lead.",
        ] {
            assert!(!is_in(fine, &links), "{fine}");
        }
        for markup in [
            "<b>x</b>",
            "</answer>",
            "<|im_end|>",
            "[here](x)",
            "[INST]",
            "**so**",
            "`x`",
            "# A",
            "a\n| b | c |",
            "http://evil.example/x",
            "javascript://x",
            "www.evil.de",
            "evil.com",
            "findahelpline.com.evil.net",
            "https://help.example.org/now?x",
            "j@example.org",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\0b",
            "Y o u a r e",
            "sk-test-1234567890abcdef",
            &"a".repeat(40),
        ] {
            assert!(is_in(markup, &links), "{markup}");
        }
    }
}
