//! What a file is, from its first bytes and not from its name.

use super::csv::Mark;
use super::refusal::Refusal;

/// What a file is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kind {
    Text(Mark),
    /// An archive, as workbooks are.
    Archive,
    /// A container of older office programs; what is in it is looked at in its bytes.
    Container,
}

/// Bytes that are looked at.
pub(crate) const HEAD: u64 = 4 << 10;

/// Tells what the first [`HEAD`] bytes are of.
pub(crate) fn told(head: &[u8]) -> Result<Kind, Refusal> {
    const BINARY: [&[u8]; 9] = [
        b"%PDF",
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"\x1f\x8b",
        b"{\\rtf",
        b"PAR1",
        b"7z\xbc\xaf",
        b"SQLite format",
    ];
    const OLD_EXCEL: [&[u8]; 3] = [b"\x09\x08\x10\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00"];
    match head {
        [] => return Err(Refusal::Empty),
        [b'P', b'K', 3, 4, ..] => return Ok(Kind::Archive),
        [b'P', b'K', 5, 6, ..] => return Err(Refusal::OtherArchive),
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => return Ok(Kind::Container),
        _ => {}
    }
    if OLD_EXCEL.iter().any(|start| head.starts_with(start)) {
        return Err(Refusal::OldExcel);
    }
    if BINARY.iter().any(|start| head.starts_with(start)) {
        return Err(Refusal::Binary);
    }
    let mark = Mark::of(head);
    let body = &head[usize::try_from(mark.length()).unwrap_or_default()..];
    // Of UTF-16, the bytes that are 0 say nothing here.
    let letters: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).take(512).collect();
    let start = String::from_utf8_lossy(letters.trim_ascii_start()).to_ascii_lowercase();
    if ["<!doctype html", "<html", "<table", "<head", "<body", "<meta"].iter().any(|tag| start.starts_with(tag)) {
        return Err(Refusal::Html);
    }
    if start.starts_with("<?xml") {
        return Err(if start.contains("<html") { Refusal::Html } else { Refusal::Xml });
    }
    match mark.coding() == super::csv::Coding::Bytes && body.contains(&0) {
        true => Err(Refusal::Binary),
        false => Ok(Kind::Text(mark)),
    }
}

/// What a container of older office programs is, from the names in its directory.
pub(crate) fn container(bytes: &[u8]) -> Refusal {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        memchr::memmem::find(bytes, &name).is_some()
    };
    if has("EncryptedPackage") {
        Refusal::Password
    } else if has("Workbook") || has("Book") {
        Refusal::OldExcel
    } else {
        Refusal::OtherArchive
    }
}
