//! What an MP4 says of its sound beside the samples: encoders begin with silence of their own and fill the last packet up, and an
//! edit list (ISO 14496-12, 8.6.6) says which part was recorded.

use std::io::{self, Read as _, SeekFrom};
use std::ops::Range;

use super::AudioSource;

/// Boxes on one level that are looked at, at most.
const MOST_BOXES: usize = 1_000;
/// Bytes of a box that are read: more than any of these needs.
const HEAD: u64 = 64;

/// The part of what a track decodes to that was recorded.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Edit {
    /// Seconds before it.
    pub(super) begin: f64,
    /// Its length, where it is said.
    pub(super) seconds: Option<f64>,
}

/// The edit of the first track of sound; none where the source is no MP4, has none, or is not to be made sense of.
pub(super) fn edit(source: &mut dyn AudioSource, length: u64) -> io::Result<Option<Edit>> {
    let found = find(source, length);
    source.rewind()?;
    found
}

/// Whether its samples come in fragments behind the header (ISO 14496-12, 8.8), as browsers record them: the header was written
/// before them and does not know how long they became.
pub(super) fn is_in_fragments(source: &mut dyn AudioSource, length: u64) -> io::Result<bool> {
    let found = fragments(source, length);
    source.rewind()?;
    found
}

fn fragments(source: &mut dyn AudioSource, length: u64) -> io::Result<bool> {
    if head(source, &(0..length))?.get(4..8) != Some(b"ftyp") {
        return Ok(false);
    }
    let Some(movie) = child(source, &(0..length), b"moov")? else { return Ok(false) };
    Ok(child(source, &movie, b"mvex")?.is_some())
}

fn find(source: &mut dyn AudioSource, length: u64) -> io::Result<Option<Edit>> {
    if head(source, &(0..length))?.get(4..8) != Some(b"ftyp") {
        return Ok(None);
    }
    let Some(movie) = child(source, &(0..length), b"moov")? else { return Ok(None) };
    for track in children(source, &movie, b"trak")? {
        let Some(media) = child(source, &track, b"mdia")? else { continue };
        let Some(handler) = child(source, &media, b"hdlr")? else { continue };
        if head(source, &handler)?.get(8..12) != Some(b"soun") {
            continue;
        }
        let Some(edits) = child(source, &track, b"edts")? else { return Ok(None) };
        let Some(list) = child(source, &edits, b"elst")? else { return Ok(None) };
        let list = head(source, &list)?;
        let ticks = time_scale(source, &media, b"mdhd")?.zip(time_scale(source, &movie, b"mvhd")?);
        return Ok(ticks.and_then(|(of_media, of_movie)| first(&list, of_media, of_movie)));
    }
    Ok(None)
}

/// The first entry that shows something of the track.
fn first(list: &[u8], of_media: f64, of_movie: f64) -> Option<Edit> {
    let long = list.first()? == &1;
    let entry = if long { 20 } else { 12 };
    let count = number(list.get(4..8)?);
    for entry in list.get(8..)?.chunks_exact(entry).take(usize::try_from(count).ok()?) {
        let (lasts, begin) = if long { entry.split_at(8) } else { entry.split_at(4) };
        let begin = if long { &begin[..8] } else { &begin[..4] };
        // An empty edit, whose time is -1, is a pause before the sound: recordings are laid by their own beginning.
        if begin[0] & 0x80 != 0 {
            continue;
        }
        // A length of 0 is that of a file in fragments, which goes on to its end.
        let seconds = number(lasts) as f64 / of_movie;
        return Some(Edit { begin: number(begin) as f64 / of_media, seconds: (seconds > 0.0).then_some(seconds) });
    }
    None
}

/// Ticks a second, from a header box.
fn time_scale(source: &mut dyn AudioSource, within: &Range<u64>, name: &[u8; 4]) -> io::Result<Option<f64>> {
    let Some(place) = child(source, within, name)? else { return Ok(None) };
    let bytes = head(source, &place)?;
    // Behind two dates, of four bytes each or, in version 1, eight.
    let at = if bytes.first() == Some(&1) { 20 } else { 12 };
    Ok(bytes.get(at..at + 4).map(number).filter(|ticks| *ticks > 0).map(|ticks| ticks as f64))
}

fn child(source: &mut dyn AudioSource, within: &Range<u64>, name: &[u8; 4]) -> io::Result<Option<Range<u64>>> {
    Ok(children(source, within, name)?.into_iter().next())
}

/// Where the contents of the boxes of a name stand.
fn children(source: &mut dyn AudioSource, within: &Range<u64>, name: &[u8; 4]) -> io::Result<Vec<Range<u64>>> {
    let (mut found, mut at) = (Vec::new(), within.start);
    for _ in 0..MOST_BOXES {
        let bytes = head(source, &(at..within.end))?;
        let (Some(size), Some(named)) = (bytes.get(..4).map(number), bytes.get(4..8)) else { break };
        let (header, size) = match size {
            0 => (8, within.end - at),
            1 => (16, bytes.get(8..16).map_or(0, number)),
            size => (8, size),
        };
        let Some(end) = at.checked_add(size).filter(|&end| size >= header && end <= within.end) else { break };
        if named == name {
            found.push(at + header..end);
        }
        at = end;
    }
    Ok(found)
}

/// The first bytes of a range, fewer where it is shorter.
fn head(source: &mut dyn AudioSource, range: &Range<u64>) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(range.start))?;
    let mut bytes = Vec::new();
    source.take(HEAD.min(range.end.saturating_sub(range.start))).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Big-endian.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |all, &byte| all << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn of(bytes: &[u8]) -> Option<Edit> {
        edit(&mut Cursor::new(bytes.to_vec()), bytes.len() as u64).expect("memory is read")
    }

    fn boxed(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
    }

    /// A movie of 600 ticks a second with a picture, and with sound of 44,100.
    fn movie(list: &[u8]) -> Vec<u8> {
        let header = |name, ticks: u32| boxed(name, &[&[0; 12], &ticks.to_be_bytes(), &[0; 8]]);
        let media =
            |kind: &[u8]| boxed(b"mdia", &[&header(b"mdhd", 44_100), &boxed(b"hdlr", &[&[0; 8], kind, &[0; 12]])]);
        let edits = boxed(b"edts", &[&boxed(b"elst", &[list])]);
        let picture = boxed(b"trak", &[&media(b"vide")]);
        let sound = boxed(b"trak", &[&edits, &media(b"soun")]);
        [boxed(b"ftyp", &[b"M4A "]), boxed(b"moov", &[&header(b"mvhd", 600), &picture, &sound])].concat()
    }

    #[test]
    fn the_first_entry_that_is_not_empty_tells_the_part_that_was_recorded() {
        let entry = |lasts: u32, begin: i32| [lasts.to_be_bytes(), begin.to_be_bytes(), [0, 1, 0, 0]].concat();
        let list =
            |entries: &[Vec<u8>]| [&[0; 4][..], &(entries.len() as u32).to_be_bytes(), &entries.concat()].concat();
        let expected = Some(Edit { begin: 2112.0 / 44_100.0, seconds: Some(1.5) });
        assert_eq!(of(&movie(&list(&[entry(900, 2112)]))), expected);
        assert_eq!(of(&movie(&list(&[entry(60, -1), entry(900, 2112)]))), expected);
        assert_eq!(of(&movie(&list(&[entry(0, 2112)]))), expected.map(|edit| Edit { seconds: None, ..edit }));
        let long =
            [&[1, 0, 0, 0, 0, 0, 0, 1][..], &900_u64.to_be_bytes(), &2112_u64.to_be_bytes(), &[0, 1, 0, 0]].concat();
        assert_eq!(of(&movie(&long)), expected);
    }

    #[test]
    fn a_movie_that_is_extended_behind_its_header_is_one_in_fragments() {
        let is =
            |bytes: Vec<u8>| is_in_fragments(&mut Cursor::new(bytes.clone()), bytes.len() as u64).expect("is read");
        let extended = boxed(b"mvex", &[&boxed(b"trex", &[&[0; 24]])]);
        assert!(is([boxed(b"ftyp", &[b"iso5"]), boxed(b"moov", &[&extended])].concat()));
        assert!(!is(movie(&[0; 4])) && !is(b"RIFF\0\0\0\0WAVE".to_vec()));
    }

    #[test]
    fn what_makes_no_sense_has_no_edit() {
        let whole = movie(&[0; 4]);
        for end in 0..=whole.len() {
            assert_eq!(of(&whole[..end]), None);
        }
        assert_eq!(of(b"RIFF\0\0\0\0WAVE"), None);
    }
}
