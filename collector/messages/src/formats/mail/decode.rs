//! From the bytes of a part to its text: transfer encodings, and charsets as the web reads them. Nothing here fails: what is
//! damaged is read as far as it goes.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far into a page its charset is looked for.
const HEAD_OF_A_PAGE: usize = 4096;

/// Base64 without its padding; what is none of its letters is passed over, and what does not fill a byte at the end is left.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => continue,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits).to_le_bytes()[0]);
        }
    }
    out
}

/// Quoted-printable: soft breaks out, blanks at the ends of lines out, digits of either case.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let content = line.trim_ascii_end();
        match content.strip_suffix(b"=") {
            Some(content) => unescape(content, &mut out),
            None => {
                unescape(content, &mut out);
                if line.ends_with(b"\n") {
                    out.push(b'\n');
                }
            }
        }
    }
    out
}

/// What the `Q` of an encoded word says.
pub(super) fn q(text: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = text.iter().map(|&byte| if byte == b'_' { b' ' } else { byte }).collect();
    let mut out = Vec::with_capacity(text.len());
    unescape(&blanks, &mut out);
    out
}

fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        match behind.first_chunk().filter(|_| byte == b'=').and_then(hexadecimal) {
            Some(escaped) => {
                out.push(escaped);
                rest = &behind[2..];
            }
            None => {
                out.push(byte);
                rest = behind;
            }
        }
    }
}

fn hexadecimal(&[high, low]: &[u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// The text of bytes for which a charset was told, or none.
pub(super) fn text(bytes: &[u8], label: Option<&str>) -> String {
    let told = label.and_then(|label| Encoding::for_label(label.as_bytes())).filter(|&told| can_be(told, bytes));
    if let Some((marked, length)) = Encoding::for_bom(bytes) {
        return marked.decode_without_bom_handling(&bytes[length..]).0.into_owned();
    }
    match told {
        Some(told) if told != UTF_8 && told != WINDOWS_1252 => told.decode_without_bom_handling(bytes).0.into_owned(),
        _ => match std::str::from_utf8(bytes) {
            // Also where it was called windows-1252, as which ASCII counts, too: UTF-8 by chance is rare.
            Ok(text) => text.to_owned(),
            Err(_) if told == Some(WINDOWS_1252) => western(bytes),
            Err(_) => {
                let text = String::from_utf8_lossy(bytes);
                let damaged = text.chars().filter(|&letter| letter == char::REPLACEMENT_CHARACTER).count();
                let whole = text.chars().filter(|letter| !letter.is_ascii()).count() - damaged;
                if damaged > whole { western(bytes) } else { text.into_owned() }
            }
        },
    }
}

fn western(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether bytes can be what was told: some names mean no charset at all, and what has no zero is no UTF-16.
fn can_be(told: &'static Encoding, bytes: &[u8]) -> bool {
    let wide = told == UTF_16LE || told == UTF_16BE;
    told != REPLACEMENT && told != X_USER_DEFINED && (!wide || bytes.contains(&0))
}

/// The charset that a page tells of itself.
pub(super) fn charset_of_a_page(page: &[u8]) -> Option<String> {
    let head: String = page.iter().take(HEAD_OF_A_PAGE).map(|&byte| char::from(byte.to_ascii_lowercase())).collect();
    let mut rest = head.as_str();
    while let Some(at) = rest.find("<meta") {
        rest = &rest[at + 5..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        if let Some(at) = tag.find("charset") {
            let value = tag[at + 7..].trim_start().strip_prefix('=').unwrap_or_default();
            let value = value.trim_start_matches([' ', '"', '\'']);
            let end = value.find(|letter: char| !letter.is_ascii_graphic() || "\"';/".contains(letter));
            let label = &value[..end.unwrap_or(value.len())];
            if !label.is_empty() {
                return Some(label.to_owned());
            }
        }
    }
    None
}
