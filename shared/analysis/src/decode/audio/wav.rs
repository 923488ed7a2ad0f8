//! WAV whose header is not to be trusted.
//!
//! Who writes to a pipe does not know the length beforehand and leaves 0, 0xFFFFFFFF or 0x7FFFF000; others miscount by a few
//! bytes or give `fmt ` an odd length. What counts is where the samples begin and where the file ends: a header is made anew from it.

use std::io::{self, Read, Seek, SeekFrom};

use super::AudioSource;

/// Chunks that are skipped on the way to the samples, at most.
const MOST_CHUNKS: usize = 1_000;
/// Lengths from here on stand for "not known".
const UNKNOWN: u64 = 0x7fff_0000;
/// A length that is over the file's end by no more is a mistake of who counted, and the file is whole.
const MISCOUNTED: u64 = 64;
/// Bytes of a `fmt ` chunk that matter.
const FORMAT: usize = 40;
/// Names of chunks that stand between `fmt ` and `data`.
const KNOWN: [&[u8; 4]; 10] =
    [b"data", b"LIST", b"fact", b"bext", b"JUNK", b"junk", b"PEAK", b"cue ", b"id3 ", b"ID3 "];

/// Where the samples are and what they are.
struct Found {
    format: Vec<u8>,
    /// First byte of the samples, and the length that is said of them.
    start: u64,
    said: u64,
}

/// The source with a header that is true; the source as it is where it is no WAV or not to be made sense of.
pub(super) fn mended(mut source: Box<dyn AudioSource>, length: u64) -> io::Result<(Box<dyn AudioSource>, u64)> {
    let found = find(&mut *source, length)?;
    source.rewind()?;
    let Some((header, range)) = found.and_then(|found| header(&found, length)) else { return Ok((source, length)) };
    let length = header.len() as u64 + (range.end - range.start);
    Ok((Box::new(Patched { source, header, start: range.start, length, at: 0 }), length))
}

fn find(source: &mut dyn AudioSource, length: u64) -> io::Result<Option<Found>> {
    let head = read_at(source, 0, 12)?;
    let riff = [&b"RIFF"[..], b"RF64", b"BW64"].iter().any(|id| head.starts_with(id));
    if !riff || head.get(8..12) != Some(b"WAVE") {
        return Ok(None);
    }
    let mut format = None;
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let chunk = read_at(source, at, 8)?;
        let (Some(id), Some(said)) = (chunk.get(..4), chunk.get(4..8).map(number)) else { return Ok(None) };
        let body = at + 8;
        match (id, format.take()) {
            (b"data", Some(format)) => return Ok(Some(Found { format, start: body, said })),
            (b"data", None) => return Ok(None),
            (b"fmt ", _) => {
                format = Some(read_at(source, body, FORMAT)?);
                at = behind_format(source, body, said)?;
            }
            (_, kept) => {
                format = kept;
                at = behind(source, body, said)?;
            }
        }
        if at >= length {
            return Ok(None);
        }
    }
    Ok(None)
}

/// Where the chunk behind `fmt ` begins, whose length may be false: where it says, padded or not, or at the first name of a chunk
/// that is known.
fn behind_format(source: &mut dyn AudioSource, body: u64, said: u64) -> io::Result<u64> {
    for at in [body + said + said % 2, body + said] {
        let id = read_at(source, at, 4)?;
        if KNOWN.iter().any(|known| id == known[..]) {
            return Ok(at);
        }
    }
    let around = read_at(source, body, 128)?;
    let place = around.windows(4).skip(14).position(|id| KNOWN.iter().any(|known| id == &known[..]));
    Ok(place.map_or(body + said + said % 2, |place| body + 14 + place as u64))
}

/// Where the chunk behind another begins. One of odd length has a byte more, which some writers forget.
fn behind(source: &mut dyn AudioSource, body: u64, said: u64) -> io::Result<u64> {
    let padded = body + said + said % 2;
    let is_known = |id: &[u8]| id == b"fmt " || KNOWN.iter().any(|known| id == &known[..]);
    let forgotten = !is_known(&read_at(source, padded, 4)?) && is_known(&read_at(source, body + said, 4)?);
    Ok(if forgotten { body + said } else { padded })
}

/// A header of the simplest kind, and where the samples stand in the file; `None` where the simplest kind cannot say it.
fn header(found: &Found, length: u64) -> Option<(Vec<u8>, std::ops::Range<u64>)> {
    let short = |at: usize| found.format.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (mut kind, channels, align) = (short(0)?, short(2)?, short(12)?);
    let rate = found.format.get(4..8).map(number)? as u32;
    if kind == 0xfffe {
        kind = short(24)?;
    }
    // PCM, floats, A-law and mu-law; others keep the header that they have.
    if ![1, 3, 6, 7].contains(&kind) || channels == 0 || align == 0 || align % channels != 0 {
        return None;
    }
    let bits = (align / channels).checked_mul(8)?;
    let there = length.checked_sub(found.start)?;
    let unknown = found.said == 0 || found.said >= UNKNOWN;
    let miscounted = found.said > there && found.said - there <= MISCOUNTED;
    let mut samples = if unknown || miscounted { there } else { found.said };
    samples -= samples % u64::from(align);
    // A-law and mu-law have a length of more behind them, which is none.
    let more: &[u8] = if [6, 7].contains(&kind) { &[0, 0] } else { &[] };
    let told = 16 + more.len() as u32;
    let said = u32::try_from(samples).ok()?;
    let mut header = b"RIFF".to_vec();
    header.extend(said.checked_add(20 + told)?.to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(told.to_le_bytes());
    header.extend(kind.to_le_bytes());
    header.extend(channels.to_le_bytes());
    header.extend(rate.to_le_bytes());
    header.extend(rate.checked_mul(align.into())?.to_le_bytes());
    header.extend(align.to_le_bytes());
    header.extend(bits.to_le_bytes());
    header.extend(more);
    header.extend(b"data");
    header.extend(said.to_le_bytes());
    Some((header, found.start..found.start + samples.min(there)))
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, &byte| all << 8 | u64::from(byte))
}

/// As many of `count` bytes as there are.
fn read_at(source: &mut dyn AudioSource, at: u64, count: usize) -> io::Result<Vec<u8>> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::with_capacity(count);
    source.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A header in front of a part of a source.
struct Patched {
    source: Box<dyn AudioSource>,
    header: Vec<u8>,
    start: u64,
    length: u64,
    at: u64,
}

impl Read for Patched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let header = self.header.len() as u64;
        let read = if self.at < header {
            (&self.header[self.at as usize..]).read(into)?
        } else {
            self.source.seek(SeekFrom::Start(self.start + self.at - header))?;
            let left = (self.length - self.at).min(into.len() as u64) as usize;
            self.source.read(&mut into[..left])?
        };
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Patched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.length, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        let at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        self.at = at.min(self.length);
        Ok(self.at)
    }
}
