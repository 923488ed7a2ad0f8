//! Texts with only what the fonts can show: a character that none of them has makes a document that can't be read out, and is refused.

use std::iter;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::fonts::{ARABIC, LATIN, families};

/// Characters of a text; the rest is cut, and shown to be.
const LONGEST: usize = 4000;

/// Letters after which a word may be broken that has no place to break: it would leave the page.
const LONGEST_WORD: usize = 20;

const BREAK: char = '\u{200b}';

/// Cleans every text in it.
pub(super) fn clean_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(list) => list.iter_mut().for_each(clean_all),
        Value::Object(fields) => fields.values_mut().for_each(clean_all),
        _ => {}
    }
}

/// A text that the fonts can show. What none of them has is the sign for that; a mark that no font has together with its letter goes.
pub(super) fn clean(text: &str) -> String {
    let is_cut = text.chars().nth(LONGEST).is_some();
    let kept = text.chars().take(LONGEST).collect::<String>();
    let mut clean = String::new();
    // Which fonts have all of the letter before, with its marks.
    let mut before = 0;
    let mut word = 0;
    let seen = |letter: &char| letter.is_whitespace() || !(letter.is_control() || is_unseen(*letter));
    for letter in kept.nfc().filter(seen).chain(iter::repeat_n('…', usize::from(is_cut))) {
        if letter.is_whitespace() {
            clean.push(' ');
            (before, word) = (0, 0);
        } else if is_joiner(letter) {
            if before & ARABIC != 0 {
                clean.push(letter);
            }
        } else if is_combining_mark(letter) {
            let both = before & families(letter);
            if both != 0 {
                clean.push(letter);
                before = both;
            }
        } else {
            let has = families(letter);
            if word >= LONGEST_WORD && (has == 0 || has & LATIN != 0) {
                clean.push(BREAK);
                word = 0;
            }
            clean.push(if has == 0 { char::REPLACEMENT_CHARACTER } else { letter });
            (before, word) = (has, word + 1);
        }
    }
    clean.trim().to_owned()
}

/// Between Arabic letters they say how those are joined.
const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// What is not seen and can only mislead: directions that a text gives itself, zero widths, variants, tags.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{34f}' | '\u{180b}'..='\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_shown_as_that_and_the_rest_stays() {
        assert_eq!(clean("Zoë Ångström 漢"), "Zoë Ångström \u{fffd}");
        assert_eq!(clean("e\u{301}"), "é");
        assert_eq!(clean("שרה عمر"), "שרה عمر");
    }

    #[test]
    fn what_is_not_seen_goes_and_lines_become_spaces() {
        assert_eq!(clean("a\u{202e}b\u{200b}c\0d\u{fe0f}\u{2066}"), "abcd");
        assert_eq!(clean("\n a\tb\u{2028}c \r\n"), "a b c");
    }

    #[test]
    fn a_mark_stays_only_where_one_font_has_it_with_its_letter() {
        assert_eq!(clean("\u{301}a"), "a");
        assert_eq!(clean("ع\u{301}"), "ع");
        assert_eq!(clean("ع\u{64b}"), "ع\u{64b}");
        assert_eq!(clean("漢\u{301}"), "\u{fffd}");
    }

    #[test]
    fn a_text_is_cut_at_its_longest_and_a_word_can_be_broken() {
        assert_eq!(clean(&"ab ".repeat(LONGEST)).chars().count(), LONGEST + 1);
        assert!(clean(&"ab ".repeat(LONGEST)).ends_with('…'));
        assert_eq!(clean(&"a".repeat(45)).matches(BREAK).count(), 2);
        assert_eq!(clean(&"漢".repeat(45)).matches(BREAK).count(), 2, "the sign for what no font has is as wide");
    }
}
