//! Sound that was written while it was recorded, whose header could not say how long it would become: WebM as browsers record
//! it, MP4 in fragments, and Ogg with one recording behind the other.

use std::io::{self, Read as _, SeekFrom};

use super::AudioSource;

/// Elements or pages that are looked at, at most.
const MOST: usize = 1_000;
/// Bytes at the end of an Ogg file within which its last page begins: one has 65,307 at most.
const LAST_PAGE: u64 = 1 << 17;
/// Pages that are gone through to find one with which another recording begins: six hours and more of speech.
const MOST_PAGES: usize = 1 << 16;
/// The flag of a page with which a stream begins.
const BEGINS: u8 = 2;

const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;

/// What a WebM says of where it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// Within its file; also what is no WebM.
    Within,
    /// With its file, wherever that ends: who writes it as a stream leaves the size of its segment open, or of the clusters in it.
    Open,
    /// Behind its file, which was cut.
    Behind,
}

/// Where a WebM ends.
pub(super) fn end(source: &mut dyn AudioSource, length: u64) -> io::Result<End> {
    let found = end_of(source, length);
    source.rewind()?;
    found
}

fn end_of(source: &mut dyn AudioSource, length: u64) -> io::Result<End> {
    let mut at = 0;
    for _ in 0..MOST {
        let Some(Element { id, content, size }) = element(source, at)? else { return Ok(End::Within) };
        if at == 0 && id != EBML {
            return Ok(End::Within);
        }
        let of_sound = id == SEGMENT || id == CLUSTER;
        let Some(size) = size else { return Ok(if of_sound { End::Open } else { End::Within }) };
        let behind = content.saturating_add(size);
        if of_sound && behind > length {
            return Ok(End::Behind);
        }
        at = match id {
            CLUSTER => return Ok(End::Within),
            SEGMENT => content,
            _ => behind,
        };
        if at >= length {
            return Ok(End::Within);
        }
    }
    Ok(End::Within)
}

struct Element {
    id: u64,
    /// Where its content begins.
    content: u64,
    /// How long that is; `None` where it is left open.
    size: Option<u64>,
}

/// The element that begins at a place.
fn element(source: &mut dyn AudioSource, at: u64) -> io::Result<Option<Element>> {
    let bytes = read_at(source, at, 12)?;
    let Some((id, long)) = number(&bytes) else { return Ok(None) };
    let Some((size, wide)) = number(&bytes[long..]) else { return Ok(None) };
    // What marks the length of a number stays in an id, and goes from a size; a size of ones is none.
    let ones = (1 << (7 * wide)) - 1;
    let size = Some(size & ones).filter(|size| *size != ones);
    Ok(Some(Element { id, content: at + (long + wide) as u64, size }))
}

/// A number of variable length with its marker, and how many bytes it has.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let long = bytes.first()?.leading_zeros() as usize + 1;
    let number = bytes.get(..long).filter(|_| long <= 8)?;
    Some((number.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)), long))
}

/// Whether an Ogg file holds more than one recording, one behind the other: its last page is of a stream that did not begin with
/// the first one. What is told of its length is told of one of them.
pub(super) fn is_chained(source: &mut dyn AudioSource, length: u64) -> io::Result<bool> {
    let found = chained(source, length);
    source.rewind()?;
    found
}

fn chained(source: &mut dyn AudioSource, length: u64) -> io::Result<bool> {
    let (mut first, mut at) = (Vec::new(), 0);
    for _ in 0..MOST {
        let Some(Page { flags, serial, next }) = page(source, at)? else { break };
        // All streams of one recording begin before any of them goes on.
        if flags & BEGINS == 0 {
            break;
        }
        first.push(serial);
        at = next;
    }
    if first.is_empty() {
        return Ok(false);
    }
    let end = read_at(source, length.saturating_sub(LAST_PAGE), LAST_PAGE as usize)?;
    let last = end.windows(4).rposition(|bytes| bytes == b"OggS").and_then(|place| end.get(place + 14..place + 18));
    if last.is_some_and(|serial| !first.iter().any(|known| known == serial)) {
        return Ok(true);
    }
    // The same file twice has one serial: then a first page stands behind others.
    for _ in 0..MOST_PAGES {
        let Some(Page { flags, next, .. }) = page(source, at)? else { break };
        if flags & BEGINS != 0 {
            return Ok(true);
        }
        at = next;
    }
    Ok(false)
}

/// What the head of a page says.
struct Page {
    flags: u8,
    /// Of its stream.
    serial: [u8; 4],
    /// Where the next page begins.
    next: u64,
}

/// The page that begins at a place, if one does.
fn page(source: &mut dyn AudioSource, at: u64) -> io::Result<Option<Page>> {
    let head = read_at(source, at, 27 + 255)?;
    let (Some(b"OggS"), Some(&flags), Some(serial), Some(&segments)) =
        (head.get(..4), head.get(5), head.get(14..18), head.get(26))
    else {
        return Ok(None);
    };
    let serial = <[u8; 4]>::try_from(serial).expect("four bytes");
    let body: u64 = head.iter().skip(27).take(segments.into()).map(|&size| u64::from(size)).sum();
    Ok(Some(Page { flags, serial, next: at + 27 + u64::from(segments) + body }))
}

/// As many of `count` bytes as there are.
fn read_at(source: &mut dyn AudioSource, at: u64, count: usize) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn end(bytes: &[u8]) -> End {
        super::end(&mut Cursor::new(bytes.to_vec()), bytes.len() as u64).expect("memory is read")
    }

    const HEAD: &[u8] = b"\x1a\x45\xdf\xa3\x82\0\0";

    #[test]
    fn a_size_of_ones_is_left_open() {
        let open = b"\x01\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(end(&[HEAD, b"\x18\x53\x80\x67", open, b"\xec\x80"].concat()), End::Open);
        assert_eq!(end(&[HEAD, b"\x18\x53\x80\x67\xff\xec\x80"].concat()), End::Open);
        // A segment that says its size, and a cluster in it that does not.
        assert_eq!(end(&[HEAD, b"\x18\x53\x80\x67\x8b\xec\x81\0\x1f\x43\xb6\x75\xff\xe7\x81\0"].concat()), End::Open);
        let closed = [HEAD, b"\x18\x53\x80\x67\x8b\xec\x81\0\x1f\x43\xb6\x75\x83\xe7\x81\0"].concat();
        assert_eq!(end(&closed), End::Within);
        assert_eq!(end(&closed[..closed.len() - 1]), End::Behind);
        for bytes in [&b""[..], b"RIFF", HEAD, b"\0\0\0\0\0\0\0\0\0\0\0\0"] {
            assert_eq!(end(bytes), End::Within, "{bytes:?}");
        }
    }

    #[test]
    fn an_ogg_behind_another_is_told_from_a_single_one() {
        let page = |flags: u8, serial: u8| {
            [&b"OggS\0"[..], &[flags], &[0; 8], &[serial, 0, 0, 0], &[0; 8], &[1, 3], b"abc"].concat()
        };
        let one = [page(2, 1), page(0, 1), page(4, 1)].concat();
        let other = [page(2, 2), page(4, 2)].concat();
        let is = |bytes: Vec<u8>| is_chained(&mut Cursor::new(bytes.clone()), bytes.len() as u64).expect("is read");
        assert!(!is(one.clone()));
        assert!(is([one.clone(), other].concat()) && is([one.clone(), one].concat()));
        // Two streams of one recording.
        assert!(!is([page(2, 1), page(2, 2), page(0, 1), page(4, 1), page(4, 2)].concat()));
        assert!(!is(b"OggS but not really".to_vec()) && !is(Vec::new()));
    }
}
