//! JPEG: what its decoders do not look at, and one that scales.

use std::borrow::Cow;
use std::io::Cursor;

use image::RgbImage;
use jpeg_decoder::{Decoder, PixelFormat};
use zeroize::Zeroize as _;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Raw, broken};
use crate::AnalysisError;

/// Marker behind the last line.
const END: [u8; 2] = [0xff, 0xd9];
/// The segment by which an AVI says that its pictures use the standard Huffman tables (ITU-T T.81, K.3) without holding them.
const STANDARD_TABLES: [u8; 10] = [0xff, 0xe0, 0x00, 0x08, b'A', b'V', b'I', b'1', 0, 0];

/// A JPEG that is whole.
pub(super) struct Whole<'a> {
    /// As its decoders read it.
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes of its coefficients, which are held until the last scan where there is more than one.
    pub(super) coefficients: u64,
}

/// What the header says of a picture's size.
#[derive(Clone, Copy)]
struct Frame {
    width: u32,
    height: u32,
    coefficients: u64,
}

impl<'a> Whole<'a> {
    /// Looks at the segments; `None` when it breaks off, which a decoder would fill with gray.
    ///
    /// Webcams leave the standard tables out, in MJPEG and in single pictures.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (mut tables, mut frame) = (false, None);
        // Behind the start of the picture.
        let mut at = 2;
        loop {
            while bytes.get(at)? != &0xff || bytes.get(at + 1)? == &0xff {
                at += 1;
            }
            let marker = bytes[at + 1];
            match marker {
                // The picture itself begins. A thumbnail, with an end of its own, lies before.
                0xda => break,
                0x00 | 0x01 | 0xd0..=0xd9 => at += 2,
                _ => {
                    tables |= marker == 0xc4;
                    let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?])).max(2);
                    if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                        frame = Frame::of(marker, bytes.get(at + 4..at + 2 + length)?);
                    }
                    at += 2 + length;
                }
            }
        }
        if !bytes[at..].windows(2).any(|pair| pair == END) {
            return None;
        }
        let Frame { width, height, coefficients } = frame?;
        let bytes =
            if tables { bytes.into() } else { [&bytes[..2], &STANDARD_TABLES[..], &bytes[2..]].concat().into() };
        Some(Self { bytes, width, height, coefficients })
    }

    /// Decodes it as large as it is. Where its coded part is damaged it is refused: a decoder would fill it with gray.
    pub(super) fn plain(&self) -> Result<Raw, AnalysisError> {
        let any_size = DecoderOptions::default().set_max_width(usize::MAX).set_max_height(usize::MAX);
        // What stands between segments of the header harms nothing.
        let lenient = any_size.set_strict_mode(false);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(self.bytes.as_ref()), lenient);
        decoder.decode_headers().map_err(|e| broken(&e))?;
        let gray = decoder.input_colorspace() == Some(ColorSpace::Luma);
        let colours = if gray { ColorSpace::Luma } else { ColorSpace::RGB };
        decoder.set_options(any_size.set_strict_mode(true).jpeg_set_out_colorspace(colours));
        let pixels = decoder.decode().map_err(|e| broken(&e))?;
        let exif = decoder.exif().cloned().unwrap_or_default();
        let pixels = if gray { in_colour(pixels) } else { pixels };
        let rgb = RgbImage::from_raw(self.width, self.height, pixels);
        Ok(Raw { rgb: rgb.ok_or_else(|| broken(&"it decodes to another size than it says"))?, exif })
    }

    /// Decodes it with sides of one in `factor`, which is 2, 4 or 8: the discrete cosine transform gives smaller blocks for less
    /// work and memory.
    pub(super) fn scaled(&self, factor: u32) -> Result<Raw, AnalysisError> {
        let mut decoder = Decoder::new(Cursor::new(self.bytes.as_ref()));
        decoder.read_info().map_err(|e| broken(&e))?;
        let side = |side: u32| u16::try_from((side / factor).max(1)).unwrap_or(u16::MAX);
        let (width, height) = decoder.scale(side(self.width), side(self.height)).map_err(|e| broken(&e))?;
        let pixels = decoder.decode().map_err(|e| broken(&e))?;
        let exif = decoder.exif_data().map(<[u8]>::to_vec).unwrap_or_default();
        let pixels = match decoder.info().map(|info| info.pixel_format) {
            Some(PixelFormat::RGB24) => pixels,
            Some(PixelFormat::L8) => in_colour(pixels),
            _ => return Err(broken(&"its colours are not those of a camera: save it as RGB")),
        };
        let rgb = RgbImage::from_raw(width.into(), height.into(), pixels);
        Ok(Raw { rgb: rgb.ok_or_else(|| broken(&"it decodes to another size than it says"))?, exif })
    }
}

fn in_colour(mut gray: Vec<u8>) -> Vec<u8> {
    let rgb = gray.iter().flat_map(|&gray| [gray; 3]).collect();
    gray.zeroize();
    rgb
}

impl Frame {
    /// Of a frame header (ITU-T T.81, B.2.2).
    fn of(marker: u8, header: &[u8]) -> Option<Self> {
        let side = |at: usize| Some(u32::from(u16::from_be_bytes([*header.get(at)?, *header.get(at + 1)?])));
        let (height, width) = (side(1)?, side(3)?);
        let factors = header.get(6..)?.chunks_exact(3).map(|component| (component[1] >> 4, component[1] & 15));
        let most = factors.clone().fold((1, 1), |most, of| (most.0.max(of.0), most.1.max(of.1)));
        let most = u64::from(most.0) * u64::from(most.1);
        let share: u64 = factors.map(|(h, v)| u64::from(h) * u64::from(v)).sum();
        // Sixteen bits each. A sequential picture is decoded as it is read.
        let sequential = matches!(marker, 0xc0 | 0xc1);
        let coefficients = if sequential { 0 } else { 2 * u64::from(width) * u64::from(height) * share / most };
        Some(Self { width, height, coefficients })
    }
}
