//! Which sign stands between fields.

use std::borrow::Cow;

use super::super::cell::Halt;
use super::super::headings;
use super::super::refusal::Refusal;
use super::super::{limits, text};
use super::decode;
use super::records::Records;

const SIGNS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter, and whether a first line names it.
pub(super) fn told(sample: &[u8]) -> Result<(u8, bool), Halt> {
    if let Some(sign) = named(sample) {
        return Ok((sign, true));
    }
    let mut best = ((0, 0), b',');
    let mut refused = None;
    for sign in SIGNS {
        match weighed(sample, sign) {
            Ok(weight) if weight > best.0 => best = (weight, sign),
            Ok(_) => {}
            Err(halt) => refused = refused.or(Some(halt)),
        }
    }
    match (best.0, refused) {
        ((0, 0), Some(halt)) => Err(halt),
        _ => Ok((best.1, false)),
    }
}

/// The delimiter that a line `sep=;` names.
fn named(sample: &[u8]) -> Option<u8> {
    let line = sample.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', sign] if SIGNS.contains(sign) => Some(*sign),
        _ => None,
    }
}

/// How well a delimiter fits: how many columns of a table the best row names, and how many rows have as many fields as the most have.
fn weighed(sample: &[u8], sign: u8) -> Result<(usize, usize), Halt> {
    let mut records = Records::new(Box::new(sample), sign, false);
    let mut named = 0;
    let mut widths = Vec::new();
    loop {
        match records.next() {
            Ok(Some(record)) => {
                if record.len() > limits::COLUMNS {
                    return Err(Refusal::TooManyColumns.into());
                }
                if record.number <= limits::HEAD {
                    let names: Vec<String> = record.fields().map(|field| text::squeezed(&as_text(field))).collect();
                    named = named.max(headings::known(&names));
                }
                widths.push(record.len());
            }
            // The sample may end within quotes, and the file is refused later if it has such a quote itself.
            Ok(None) | Err(Halt::Refused(Refusal::OpenQuote { .. })) => break,
            Err(halt) => return Err(halt),
        }
    }
    widths.truncate(500);
    let as_wide = |width: usize| widths.iter().filter(|other| **other == width).count();
    let usual = widths.iter().copied().filter(|width| *width > 1).max_by_key(|width| (as_wide(*width), *width));
    Ok((named, usual.map_or(0, |width| as_wide(width) * (width - 1))))
}

fn as_text(field: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(field).map_or_else(|_| decode::western(field), Cow::Borrowed)
}
