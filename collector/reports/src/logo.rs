use image::ImageFormat;

use crate::ReportError;

/// Bytes of a logo.
const LARGEST: usize = 1 << 20;

/// Pixels of a side.
const LONGEST_SIDE: u32 = 4000;

/// The logo of an organisation: a PNG.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logo(Vec<u8>);

impl Logo {
    /// Of the bytes of a file. Its sides are read from its header before anything decodes it.
    ///
    /// # Errors
    /// Where it is no PNG, a damaged one, or too large a one.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ReportError> {
        let side = |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
        let is_small = |side: Option<u32>| side.is_some_and(|side| (1..=LONGEST_SIDE).contains(&side));
        let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR".as_slice());
        let is_bounded = is_png && bytes.len() <= LARGEST && is_small(side(16)) && is_small(side(20));
        // Decoded once here: with a damaged one each report would be refused, long after it was set.
        match is_bounded && image::load_from_memory_with_format(&bytes, ImageFormat::Png).is_ok() {
            true => Ok(Self(bytes)),
            false => Err(ReportError::Logo),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
