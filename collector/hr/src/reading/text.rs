//! Text as a person means it: without what is not seen, and with one kind of blank.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Without invisible signs, with full-width letters as plain ones, blanks as one blank each and none at the ends. Not more: a small 2
/// above the line is no 2.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let has_blank_end = |at: Option<&u8>| at.is_some_and(u8::is_ascii_whitespace);
    if text.is_ascii()
        && !has_blank_end(bytes.first())
        && !has_blank_end(bytes.last())
        && !bytes.windows(2).any(|two| two == b"  ")
        && !bytes.iter().any(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | 0x0b | 0x0c))
    {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut blank = false;
    for sign in text.chars() {
        match shown(sign) {
            None => {}
            Some(' ') => blank = true,
            Some(sign) => {
                if blank && !plain.is_empty() {
                    plain.push(' ');
                }
                blank = false;
                plain.push(sign);
            }
        }
    }
    match is_nfc(&plain) {
        true => Cow::Owned(plain),
        false => Cow::Owned(plain.nfc().collect()),
    }
}

/// Whether [`plain`] leaves nothing. It looks no further than the first sign that is seen.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(|sign| matches!(shown(sign), None | Some(' ')))
}

/// How a sign counts: none for one that is not seen.
fn shown(sign: char) -> Option<char> {
    match sign {
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => None,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(sign) - 0xfee0),
        sign if sign.is_whitespace() => Some(' '),
        sign => Some(sign),
    }
}

/// [`plain`] in small letters: two words that differ in nothing else are one.
pub(crate) fn folded(text: &str) -> String {
    plain(text).to_lowercase()
}

/// Letters and digits of a heading in small letters, without accents and anything between.
pub(crate) fn squeezed(text: &str) -> String {
    let small = plain(text).to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    small.nfd().filter(|sign| sign.is_alphanumeric()).collect()
}

/// A heading as a report repeats it: plain and short.
pub(crate) fn heading(text: &str) -> String {
    plain(text).chars().filter(|sign| !sign.is_control()).take(super::limits::HEADING).collect()
}

/// The letters by which Excel calls a column, numbered from 0.
pub(crate) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}
