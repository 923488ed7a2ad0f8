//! The agent's own text files, with a sum at their end by which a flipped bit is found, and turned back: in a key it would
//! otherwise cost all that waits, and in a number be believed.
//!
//! The sum is a comment of fifteen bytes, `# sum` and a CRC-32 of all before it, so older versions read such a file, and files of
//! older versions, which have none, are read as they are. Lengths here are those of which it tells one flipped bit from two.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::warn;
use zeroize::Zeroize;

use crate::{AgentError, files};

const DAMAGED: &str = "it is damaged, or was changed by hand: put it back from a copy, or move it away and enrol, or decide, \
                       anew";
const MARK: &[u8] = b"# sum ";
const TAIL: usize = MARK.len() + 8 + 1;

/// Replaces a file by a text with its sum, readable by its owner only.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), AgentError> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend_from_slice(&tail(crc(text.as_bytes())));
    let written = files::write_private(path, &bytes);
    bytes.zeroize();
    written
}

/// The text of a file, or nothing when there is no such file. One bit that was flipped since it was written is turned back.
///
/// # Errors
/// When it is there and cannot be read, is no text, or more of it is damaged.
pub(crate) fn read(path: &Path) -> Result<Option<String>, AgentError> {
    static SAID: AtomicBool = AtomicBool::new(false);
    let Some((text, found)) = look(path)? else { return Ok(None) };
    if found == Found::Mended && !SAID.swap(true, Ordering::Relaxed) {
        warn!(path = %path.display(), "a bit of it was flipped, and is taken as it was: is the disk failing?");
    }
    Ok(Some(text))
}

/// Writes a file anew of which a bit was flipped, or that has no sum yet. Whoever calls keeps others from writing it meanwhile.
///
/// # Errors
/// As [`read`] and [`write`].
pub(crate) fn heal(path: &Path) -> Result<(), AgentError> {
    match look(path)? {
        None | Some((_, Found::Whole)) => Ok(()),
        Some((mut text, Found::Mended | Found::Without)) => {
            let written = write(path, &text);
            text.zeroize();
            written
        }
    }
}

/// How a text was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Whole,
    /// A bit had to be turned back.
    Mended,
    /// As versions before this one wrote it.
    Without,
}

fn look(path: &Path) -> Result<Option<(String, Found)>, AgentError> {
    let Some(bytes) = files::read_private(path)? else { return Ok(None) };
    let damaged = || AgentError::content(path, DAMAGED);
    let (bytes, found) = mend(bytes).ok_or_else(damaged)?;
    String::from_utf8(bytes).map(|text| Some((text, found))).map_err(|_| damaged())
}

/// The text before the sum; `None` where more than one bit is wrong.
fn mend(mut bytes: Vec<u8>) -> Option<(Vec<u8>, Found)> {
    let Some(end) = bytes.len().checked_sub(TAIL) else { return Some((bytes, Found::Without)) };
    let (text, sum) = bytes.split_at(end);
    let made = crc(text);
    let differ: u32 = tail(made).iter().zip(sum).map(|(one, other)| (one ^ other).count_ones()).sum();
    let told = match sum.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(b"\n")) {
        _ if differ <= 1 => None,
        Some(digits) => Some(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?),
        // A file of an older version.
        None => return Some((bytes, Found::Without)),
    };
    if let Some(told) = told {
        let (place, bit) = flipped(end, made ^ told)?;
        bytes[place] ^= bit;
    }
    bytes[end..].zeroize();
    bytes.truncate(end);
    Some((bytes, if differ > 0 { Found::Mended } else { Found::Whole }))
}

/// Where in a text of that length a single bit makes this difference to its sum.
fn flipped(len: usize, difference: u32) -> Option<(usize, u8)> {
    let mut made: [u32; 8] = std::array::from_fn(|bit| step(0, 1 << bit));
    for place in (0..len).rev() {
        if let Some(bit) = made.iter().position(|made| *made == difference) {
            return Some((place, 1 << bit));
        }
        made = made.map(|made| step(made, 0));
    }
    None
}

fn tail(sum: u32) -> [u8; TAIL] {
    let mut tail = [b'\n'; TAIL];
    tail[..MARK.len()].copy_from_slice(MARK);
    tail[MARK.len()..TAIL - 1].copy_from_slice(format!("{sum:08x}").as_bytes());
    tail
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| step(sum, *byte))
}

/// One byte of CRC-32 as in ISO-HDLC.
fn step(sum: u32, byte: u8) -> u32 {
    (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_the_one_that_others_compute() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn each_bit_of_a_file_that_is_flipped_is_turned_back_and_two_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.toml");
        let text = "version = 2\nseal_key = \"97c33ff3b531\"\nenrolment = 1\n";
        write(&path, text).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..8 * whole.len() {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &flipped).unwrap();
            assert_eq!(read(&path).unwrap().as_deref(), Some(text), "bit {bit}");
            if [3 * 8 + 2, 20 * 8].contains(&bit) {
                continue;
            }
            flipped[3] ^= 4;
            flipped[20] ^= 1;
            std::fs::write(&path, &flipped).unwrap();
            assert!(read(&path).map_or(true, |read| read.as_deref() != Some(text)));
            assert!(
                bit >= 8 * (whole.len() - TAIL) || read(&path).is_err(),
                "three bits of the text, {bit} among them"
            );
        }
        std::fs::write(&path, [&whole[..10], b"3", &whole[11..]].concat()).unwrap();
        heal(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn a_file_of_an_older_version_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consent.toml");
        assert_eq!(read(&path).unwrap(), None);
        for text in ["", "version = 1\n", "version = 1\n# sum of all\nand = \"more than fifteen bytes\"\n"] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap().as_deref(), Some(text));
            heal(&path).unwrap();
            assert_eq!(read(&path).unwrap().as_deref(), Some(text));
            assert_eq!(std::fs::read(&path).unwrap().len(), text.len() + TAIL, "it has a sum now");
        }
        std::fs::write(&path, b"\xff\xfe").unwrap();
        assert!(read(&path).is_err());
    }
}
