//! From bytes to text: what the first of them say of the encoding, and UTF-16 as UTF-8.

use std::borrow::Cow;
use std::cell::Cell as Slot;
use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Of what kind the units of text are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Coding {
    /// UTF-8, or one byte a sign.
    Bytes,
    Utf16Little,
    Utf16Big,
}

/// What the first bytes say: the encoding, and how many of them are its mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    coding: Coding,
    length: u64,
}

impl Mark {
    /// Looks at the first bytes of text.
    pub(crate) fn of(head: &[u8]) -> Self {
        let (coding, length) = match head {
            [0xef, 0xbb, 0xbf, ..] => (Coding::Bytes, 3),
            [0xff, 0xfe, ..] => (Coding::Utf16Little, 2),
            [0xfe, 0xff, ..] => (Coding::Utf16Big, 2),
            // Without a mark: letters of headings have every other byte 0.
            [1..=255, 0, 1..=255, 0, ..] => (Coding::Utf16Little, 0),
            [0, 1..=255, 0, 1..=255, ..] => (Coding::Utf16Big, 0),
            _ => (Coding::Bytes, 0),
        };
        Self { coding, length }
    }

    pub(crate) const fn coding(self) -> Coding {
        self.coding
    }

    pub(crate) const fn length(self) -> u64 {
        self.length
    }
}

/// Bytes as UTF-8, or as they are, without the mark.
pub(crate) fn opened<'r>(mut bytes: Box<dyn Read + 'r>, mark: Mark) -> io::Result<Box<dyn Read + 'r>> {
    io::copy(&mut bytes.by_ref().take(mark.length), &mut io::sink())?;
    let decoder = match mark.coding {
        Coding::Bytes => return Ok(bytes),
        Coding::Utf16Little => UTF_16LE.new_decoder_without_bom_handling(),
        Coding::Utf16Big => UTF_16BE.new_decoder_without_bom_handling(),
    };
    Ok(Box::new(Recoded { bytes, decoder, raw: vec![0; 16 << 10], text: Vec::new(), at: 0, ended: false }))
}

/// One byte a sign, as Excel's "CSV" has it in the west.
pub(crate) fn western(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

struct Recoded<'r> {
    bytes: Box<dyn Read + 'r>,
    decoder: Decoder,
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for Recoded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            let length = self.bytes.read(&mut self.raw)?;
            self.ended = length == 0;
            // A sign of three bytes of UTF-8 is the most that two bytes come to; what is left over from before is less than one.
            self.text.resize(length * 3 / 2 + 16, 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(&self.raw[..length], &mut self.text, self.ended);
            self.text.truncate(written);
            self.at = 0;
        }
        let length = into.len().min(self.text.len() - self.at);
        into[..length].copy_from_slice(&self.text[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// A reader that counts.
pub(crate) struct Counted<'r> {
    bytes: Box<dyn Read + 'r>,
    count: &'r Slot<u64>,
}

impl<'r> Counted<'r> {
    pub(crate) fn new(bytes: Box<dyn Read + 'r>, count: &'r Slot<u64>) -> Self {
        Self { bytes, count }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read(into)?;
        self.count.set(self.count.get() + length as u64);
        Ok(length)
    }
}
