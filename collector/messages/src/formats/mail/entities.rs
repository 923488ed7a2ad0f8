//! References to characters in HTML.

use std::borrow::Cow;

/// The longest reference that is looked for.
const LONGEST: usize = 32;

/// Names of the characters from U+00A0 on.
const LATIN: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm",
    "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
    "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
    "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Names of others that are met in mails.
const OTHERS: [(&str, char); 61] = [
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("Scaron", 'Š'),
    ("scaron", 'š'),
    ("Yuml", 'Ÿ'),
    ("fnof", 'ƒ'),
    ("circ", 'ˆ'),
    ("tilde", '˜'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("dagger", '†'),
    ("Dagger", '‡'),
    ("bull", '•'),
    ("hellip", '…'),
    ("permil", '‰'),
    ("prime", '′'),
    ("Prime", '″'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("euro", '€'),
    ("trade", '™'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("harr", '↔'),
    ("rArr", '⇒'),
    ("minus", '−'),
    ("infin", '∞'),
    ("asymp", '≈'),
    ("ne", '≠'),
    ("le", '≤'),
    ("ge", '≥'),
    ("check", '✓'),
    ("hearts", '♥'),
    ("star", '☆'),
    ("num", '#'),
    ("colon", ':'),
    ("commat", '@'),
];

/// What numbers from 0x80 to 0x9F mean: the characters of windows-1252.
const WESTERN: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A text with its references put in, each once.
pub(in crate::formats) fn decoded(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let (before, mut rest) = text.split_at(first);
    let mut out = before.to_owned();
    while let Some(behind) = rest.strip_prefix('&') {
        let found = reference(behind);
        let (letter, length) = found.unwrap_or(('&', 0));
        out.push(letter);
        let next = &behind[length..];
        let end = next.find('&').unwrap_or(next.len());
        out.push_str(&next[..end]);
        rest = &next[end..];
    }
    Cow::Owned(out)
}

/// The character that stands behind `&`, and how long its name is.
fn reference(text: &str) -> Option<(char, usize)> {
    let within = |letter: &u8| letter.is_ascii_alphanumeric() || *letter == b'#';
    let length = text.bytes().take(LONGEST).take_while(within).count();
    let name = &text[..length];
    let closed = text[length..].starts_with(';');
    let letter = match name.strip_prefix('#') {
        Some(number) => {
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let number =
                u32::from_str_radix(hexadecimal.unwrap_or(number), if hexadecimal.is_some() { 16 } else { 10 });
            let number = number.ok()?;
            let western = usize::try_from(number).ok().and_then(|number| WESTERN.get(number.checked_sub(0x80)?));
            // No character, or the zero that is none in text.
            western.copied().or(char::from_u32(number)).filter(|&letter| letter != '\0').unwrap_or('\u{fffd}')
        }
        // Those of old are read without their end, too.
        None => named(name).filter(|&letter| closed || ("&<>\"\u{a0}".contains(letter)))?,
    };
    Some((letter, length + usize::from(closed)))
}

fn named(name: &str) -> Option<char> {
    if name.is_empty() {
        return None;
    }
    let latin = || {
        let place = LATIN.iter().position(|known| *known == name)?;
        char::from_u32(0xa0 + u32::try_from(place).ok()?)
    };
    OTHERS.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter).or_else(latin)
}
