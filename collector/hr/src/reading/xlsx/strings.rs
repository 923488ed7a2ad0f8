//! Texts that cells share.

use quick_xml::events::Event;

use super::super::cell::Halt;
use super::super::limits;
use super::super::refusal::Refusal;
use super::super::text::plain;
use super::package::Package;

/// Reads them in their order. Whatever the part says of their number is not looked at.
pub(crate) fn read(package: &Package, name: &str) -> Result<Vec<Box<str>>, Halt> {
    package.with(name, |xml| {
        let (most, most_bytes) = limits::STRINGS;
        let mut strings: Vec<Box<str>> = Vec::new();
        let mut bytes = 0;
        loop {
            let is_text = match xml.next()? {
                Event::Start(start) if start.local_name().as_ref() == "si" => true,
                Event::Empty(start) if start.local_name().as_ref() == "si" => false,
                Event::Eof => return Ok(strings),
                _ => continue,
            };
            let text = if is_text { meant(xml.rich()?) } else { String::new() };
            bytes += text.len() + size_of::<Box<str>>();
            strings.push(text.into_boxed_str());
            if strings.len() > most || bytes > most_bytes {
                return Err(Refusal::TooLarge.into());
            }
        }
    })
}

/// A text as a person means it, as far as it can mean something.
pub(crate) fn meant(text: String) -> String {
    let text = unescaped(text);
    let plain = plain(&text);
    match plain.char_indices().nth(limits::TEXT) {
        Some((end, _)) => plain[..end].to_owned(),
        None => plain.into_owned(),
    }
}

/// Signs that XML cannot have are written as `_x000D_`.
fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let sign = code
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        match sign {
            Some(sign) => {
                plain.push(sign);
                rest = &rest[at + 7..];
            }
            None => {
                plain.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    plain.push_str(rest);
    plain
}
