//! How numbers are shown: whether one is a date, a time, a share, money, or an id with zeros before it.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::super::cell::{Halt, Shown};
use super::super::limits;
use super::super::refusal::Refusal;
use super::package::Package;
use super::xml::attribute;

/// For each style of cells how it shows numbers.
pub(crate) fn read(package: &Package, name: &str) -> Result<Vec<Shown>, Halt> {
    package.with(name, |xml| {
        let (most, most_codes, longest) = limits::FORMATS;
        let mut codes: HashMap<u32, String> = HashMap::new();
        let mut styles = Vec::new();
        let mut within = false;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&element, "numFmtId")?.and_then(|id| id.parse().ok());
                        if let (Some(id), Some(code)) = (id, attribute(&element, "formatCode")?) {
                            if code.len() > longest {
                                return Err(Refusal::Damaged.into());
                            }
                            codes.insert(id, code);
                        }
                    }
                    "cellXfs" => within = true,
                    "xf" if within => {
                        let id = attribute(&element, "numFmtId")?.and_then(|id| id.parse().ok()).unwrap_or_default();
                        styles.push(codes.get(&id).map_or_else(|| built_in(id), |code| of_code(code)));
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "cellXfs" => within = false,
                Event::Eof => return Ok(styles),
                _ => {}
            }
            if styles.len() > most || codes.len() > most_codes {
                return Err(Refusal::Damaged.into());
            }
        }
    })
}

/// Formats that have a number and no code (ECMA-376, 18.8.30).
fn built_in(id: u32) -> Shown {
    match id {
        5..=8 | 42 | 44 => Shown::Money,
        9 | 10 => Shown::Percent,
        14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shown::Date,
        18..=21 | 32..=35 | 45..=47 | 55 | 56 => Shown::Time,
        _ => Shown::Plain,
    }
}

/// What a code of a format shows. Only its first part counts: that of numbers above 0.
pub(crate) fn of_code(code: &str) -> Shown {
    let mut letters = String::new();
    let mut literal = String::new();
    let (mut before, mut after) = (String::new(), String::new());
    let mut zeros = 0_usize;
    let mut only_zeros = true;
    let mut money = false;
    let mut signs = code.chars();
    while let Some(sign) = signs.next() {
        literal.clear();
        match sign {
            ';' => break,
            '"' => literal.extend(signs.by_ref().take_while(|sign| *sign != '"')),
            '\\' => literal.extend(signs.next()),
            // A blank as wide as the sign behind, and that sign up to the edge.
            '_' | '*' => {
                signs.next();
            }
            '[' => {
                let inner: String = signs.by_ref().take_while(|sign| *sign != ']').collect();
                money |= inner.starts_with('$') && !inner.starts_with("$-");
                let elapsed =
                    !inner.is_empty() && inner.chars().all(|sign| matches!(sign, 'h' | 'H' | 'm' | 'M' | 's' | 'S'));
                if elapsed {
                    letters.push('h');
                }
            }
            '0' => zeros += 1,
            '€' | '$' | '£' | '¥' | '₹' => money = true,
            '-' | ' ' | '/' | ':' | '(' | ')' => literal.push(sign),
            '%' => return Shown::Percent,
            sign => {
                only_zeros = false;
                letters.push(sign.to_ascii_lowercase());
            }
        }
        money |= literal.contains(['€', '$', '£', '¥', '₹']);
        match zeros {
            0 => before.push_str(&literal),
            _ => after.push_str(&literal),
        }
    }
    // Words such as General have letters of dates in them.
    let letters = letters.replace("general", "").replace("am/pm", "").replace("ampm", "").replace('@', "");
    if letters.contains(['y', 'd']) || letters.contains("mmm") {
        return Shown::Date;
    }
    if letters.contains(['h', 's']) {
        return Shown::Time;
    }
    match (money, only_zeros && letters.is_empty(), zeros) {
        (true, ..) => Shown::Money,
        (false, true, 2..) => Shown::Padded { before, zeros, after },
        (false, true, 1) if !before.is_empty() || !after.is_empty() => Shown::Padded { before, zeros, after },
        _ => Shown::Plain,
    }
}
