//! Pictures: PNG, JPEG and WebP to 8-bit RGB, upright. Large ones are scaled down while they are decoded.

mod jpeg;
mod png;

use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Rgb, RgbImage, imageops};
use zeroize::Zeroize as _;

use self::jpeg::Whole;
use super::guarded;
use super::kind::Kind;
use crate::AnalysisError;

/// The largest picture that is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Encoded size.
    pub bytes: u64,
    /// Longer side, pixels.
    pub side: u32,
    /// Width times height.
    pub pixels: u64,
    /// Width times height from which on a JPEG or PNG is scaled down while it is decoded, by 2, 4 or 8 a side, until it has no
    /// more. A picture of another format must not have more.
    pub whole_pixels: u64,
    /// Memory that decoding may take besides the encoded picture: the picture in its own channels and depth, or, where it is
    /// scaled, what is held of it.
    pub decoded_bytes: u64,
}

impl Limits {
    /// 64 MiB, 16,384 pixels a side and 65 megapixels, as today's phones take; over 8.5 megapixels scaled down, in 160 MB.
    pub const DEFAULT: Self =
        Self { bytes: 64 << 20, side: 16_384, pixels: 65_000_000, whole_pixels: 8_500_000, decoded_bytes: 160_000_000 };

    fn check(&self, width: u32, height: u32) -> Result<(), AnalysisError> {
        over("the picture's longer side", u64::from(width.max(height)), u64::from(self.side))?;
        over("the picture's pixels", u64::from(width) * u64::from(height), self.pixels)
    }

    /// By how much the sides of a picture are scaled down.
    fn factor(&self, width: u32, height: u32) -> u32 {
        let fits = |factor: &u32| u64::from(width / factor) * u64::from(height / factor) <= self.whole_pixels;
        [1, 2, 4].into_iter().find(fits).unwrap_or(8)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn over(what: &'static str, got: u64, limit: u64) -> Result<(), AnalysisError> {
    if got > limit { Err(AnalysisError::TooLarge { what, got, limit }) } else { Ok(()) }
}

/// What some writers of WebP put before the EXIF data, as JPEG has it.
const EXIF_OF_JPEG: &[u8] = b"Exif\0\0";

/// A picture as it lies in its file, and its EXIF data.
struct Raw {
    rgb: RgbImage,
    exif: Vec<u8>,
}

/// Decodes a PNG, JPEG or WebP picture and turns it upright as its EXIF orientation says.
///
/// # Errors
/// When it is over a limit (looked up in the header, before anything is decoded), of another format, or broken.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, AnalysisError> {
    guarded("picture", || decode_unguarded(bytes, limits))
}

fn decode_unguarded(bytes: &[u8], limits: &Limits) -> Result<RgbImage, AnalysisError> {
    over("the encoded picture", bytes.len() as u64, limits.bytes)?;
    let Raw { rgb, exif } = match Kind::of(bytes) {
        Kind::Jpeg => {
            let whole = Whole::of(bytes).ok_or_else(|| broken(&"it breaks off before its end"))?;
            limits.check(whole.width, whole.height)?;
            match limits.factor(whole.width, whole.height) {
                1 => {
                    let pixels = u64::from(whole.width) * u64::from(whole.height);
                    over("the decoded picture", whole.coefficients + 3 * pixels, limits.decoded_bytes)?;
                    whole.plain()?
                }
                factor => {
                    let pixels = u64::from(whole.width / factor) * u64::from(whole.height / factor);
                    // Its planes, and the picture.
                    over("the decoded picture", whole.coefficients + 6 * pixels, limits.decoded_bytes)?;
                    whole.scaled(factor)?
                }
            }
        }
        Kind::Png => {
            let (width, height) = reader(bytes, ImageFormat::Png).into_dimensions().map_err(|e| damaged(&e))?;
            limits.check(width, height)?;
            match limits.factor(width, height) {
                1 => Raw { exif: png::exif(bytes).to_vec(), ..plainly(bytes, ImageFormat::Png, limits)? },
                factor => png::scaled(bytes, factor)?,
            }
        }
        Kind::WebP => plainly(bytes, ImageFormat::WebP, limits).map_err(|error| match error {
            AnalysisError::Decode { .. } if webp_is_cut(bytes) => broken(&"it breaks off before its end"),
            other => other,
        })?,
        Kind::Other => return Err(broken(&"it is no PNG, JPEG or WebP: save it as one of them")),
        other => return Err(broken(&format_args!("it is {other}"))),
    };
    let exif = exif.strip_prefix(EXIF_OF_JPEG).unwrap_or(&exif);
    let orientation = Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms);
    Ok(upright(rgb, orientation))
}

/// Whether a WebP says that it is longer.
fn webp_is_cut(bytes: &[u8]) -> bool {
    let said = bytes.get(4..8).map_or(0, |b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    8 + said > bytes.len() as u64
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    ImageReader::with_format(Cursor::new(bytes), format)
}

/// Decodes a picture as large as it is.
fn plainly(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<Raw, AnalysisError> {
    let mut decoder = reader(bytes, format).into_decoder().map_err(|e| damaged(&e))?;
    let (width, height) = decoder.dimensions();
    limits.check(width, height)?;
    over("the picture's pixels", u64::from(width) * u64::from(height), limits.whole_pixels)?;
    over("the decoded picture", decoder.total_bytes(), limits.decoded_bytes)?;
    let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
    let decoded = DynamicImage::from_decoder(decoder).map_err(|e| damaged(&e))?;
    Ok(Raw { rgb: into_rgb(decoded), exif })
}

/// What is wrong with a picture of a kind that is read.
fn damaged(error: &ImageError) -> AnalysisError {
    match error {
        ImageError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => broken(&"it breaks off before its end"),
        other => broken(&format_args!("it is damaged: {other}")),
    }
}

fn broken(problem: &dyn std::fmt::Display) -> AnalysisError {
    AnalysisError::Decode { medium: "picture", problem: problem.to_string() }
}

fn into_rgb(decoded: DynamicImage) -> RgbImage {
    match decoded {
        DynamicImage::ImageRgb8(rgb) => rgb,
        mut other => {
            let rgb = if other.color().has_alpha() { on_white(&other) } else { other.to_rgb8() };
            match &mut other {
                DynamicImage::ImageLuma8(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageLumaA8(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageRgba8(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageLuma16(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageLumaA16(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageRgb16(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                DynamicImage::ImageRgba16(buffer) => buffer.as_flat_samples_mut().samples.zeroize(),
                // The accepted formats decode to none of the others.
                _ => (),
            }
            rgb
        }
    }
}

/// As a page shows a picture that lets something through: what is hidden does not count, whatever its colour.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let mut pixels = picture.to_rgba8();
    let shown = |value: u8, alpha: u8| {
        let (value, alpha) = (u16::from(value), u16::from(alpha));
        // At most 255.
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let rgb = RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, alpha] = pixels[(x, y)].0;
        Rgb([r, g, b].map(|value| shown(value, alpha)))
    });
    pixels.as_flat_samples_mut().samples.zeroize();
    rgb
}

fn upright(mut rgb: RgbImage, orientation: Orientation) -> RgbImage {
    let turned = match orientation {
        Orientation::NoTransforms => return rgb,
        Orientation::Rotate180 => {
            imageops::rotate180_in_place(&mut rgb);
            return rgb;
        }
        Orientation::FlipHorizontal => {
            imageops::flip_horizontal_in_place(&mut rgb);
            return rgb;
        }
        Orientation::FlipVertical => {
            imageops::flip_vertical_in_place(&mut rgb);
            return rgb;
        }
        Orientation::Rotate90 => imageops::rotate90(&rgb),
        Orientation::Rotate270 => imageops::rotate270(&rgb),
        Orientation::Rotate90FlipH => {
            let mut turned = imageops::rotate90(&rgb);
            imageops::flip_horizontal_in_place(&mut turned);
            turned
        }
        Orientation::Rotate270FlipH => {
            let mut turned = imageops::rotate270(&rgb);
            imageops::flip_horizontal_in_place(&mut turned);
            turned
        }
    };
    rgb.as_flat_samples_mut().samples.zeroize();
    turned
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageEncoder as _, LumaA, Rgba};
    use proptest::prelude::*;

    use super::*;

    fn sample() -> RgbImage {
        RgbImage::from_fn(8, 4, |x, y| Rgb([(x * 30) as u8, (y * 60) as u8, 90]))
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        sample().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A TIFF structure with the orientation tag alone.
    fn exif(orientation: u8) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
        tiff
    }

    #[test]
    fn png_and_webp_come_back_exactly_and_jpeg_nearly() {
        let limits = Limits::default();
        assert_eq!(decode(&encoded(ImageFormat::Png), &limits).unwrap(), sample());
        assert_eq!(decode(&encoded(ImageFormat::WebP), &limits).unwrap(), sample());
        let jpeg = decode(&encoded(ImageFormat::Jpeg), &limits).unwrap();
        assert_eq!(jpeg.dimensions(), (8, 4));
    }

    #[test]
    fn gray_and_transparent_pictures_become_rgb() {
        let gray = DynamicImage::ImageRgb8(sample()).to_luma16();
        let mut bytes = Cursor::new(Vec::new());
        gray.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let rgb = decode(&bytes.into_inner(), &Limits::default()).unwrap();
        assert!(rgb.pixels().all(|Rgb([r, g, b])| r == g && g == b));
    }

    #[test]
    fn colours_that_transparency_hides_are_not_seen() {
        let (hidden, half, shown) = (Rgba([10, 200, 30, 0]), Rgba([0, 100, 255, 128]), Rgba([10, 20, 30, 255]));
        let picture = image::RgbaImage::from_fn(3, 1, |x, _| [hidden, half, shown][x as usize]);
        let gray = image::GrayAlphaImage::from_fn(2, 1, |x, _| LumaA([40, if x == 0 { 0 } else { 255 }]));
        let pictures = [
            (DynamicImage::from(picture), vec![Rgb([255; 3]), Rgb([127, 177, 255]), Rgb([10, 20, 30])]),
            (DynamicImage::from(gray), vec![Rgb([255; 3]), Rgb([40; 3])]),
        ];
        for (picture, expected) in pictures {
            for picture in [picture.clone(), DynamicImage::from(picture.to_rgba16())] {
                let mut bytes = Cursor::new(Vec::new());
                picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
                let rgb = decode(&bytes.into_inner(), &Limits::default()).unwrap();
                assert_eq!(rgb.pixels().copied().collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn a_picture_is_turned_as_its_exif_orientation_says() {
        for (orientation, top_left) in
            [(1, (0, 0)), (2, (7, 0)), (3, (7, 3)), (4, (0, 3)), (5, (0, 0)), (6, (0, 3)), (7, (7, 3)), (8, (7, 0))]
        {
            let mut bytes = Vec::new();
            let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
            encoder.set_exif_metadata(exif(orientation)).unwrap();
            encoder.write_image(&sample(), 8, 4, ExtendedColorType::Rgb8).unwrap();
            let upright = decode(&bytes, &Limits::default()).unwrap();
            assert_eq!(upright.dimensions(), if orientation < 5 { (8, 4) } else { (4, 8) });
            assert_eq!(upright[(0, 0)], sample()[top_left], "orientation {orientation}");
        }
    }

    #[test]
    fn a_png_may_say_behind_its_picture_how_it_is_turned() {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_exif_metadata(exif(6)).unwrap();
        encoder.write_image(&sample(), 8, 4, ExtendedColorType::Rgb8).unwrap();
        let place = bytes.windows(4).position(|name| name == b"eXIf").unwrap() - 4;
        let chunk: Vec<u8> = bytes.drain(place..place + 12 + exif(6).len()).collect();
        let end = bytes.len() - 12;
        bytes.splice(end..end, chunk);
        assert_eq!(decode(&bytes, &Limits::default()).unwrap().dimensions(), (4, 8));
        let large = Limits { whole_pixels: 8, ..Limits::default() };
        assert_eq!(decode(&bytes, &large).unwrap().dimensions(), (2, 4));
    }

    #[test]
    fn what_is_cut_says_that_it_breaks_off_whatever_its_format() {
        let picture = RgbImage::from_fn(160, 120, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, 90]));
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            let bytes = bytes.into_inner();
            for limits in [Limits::default(), Limits { whole_pixels: 160 * 30, ..Limits::default() }] {
                if format == ImageFormat::WebP && limits != Limits::default() {
                    continue;
                }
                let error = decode(&bytes[..bytes.len() / 2], &limits).unwrap_err().to_string();
                assert!(error.contains("breaks off"), "{format:?}: {error}");
            }
        }
    }

    #[test]
    fn a_header_over_a_limit_is_refused_before_the_picture_is_read() {
        let mut bytes = encoded(ImageFormat::Png);
        let limits = Limits { side: 7, ..Limits::default() };
        assert!(matches!(decode(&bytes, &limits), Err(AnalysisError::TooLarge { got: 8, limit: 7, .. })));
        let limits = Limits { pixels: 31, ..Limits::default() };
        assert!(matches!(decode(&bytes, &limits), Err(AnalysisError::TooLarge { got: 32, limit: 31, .. })));
        let limits = Limits { decoded_bytes: 95, ..Limits::default() };
        assert!(matches!(decode(&bytes, &limits), Err(AnalysisError::TooLarge { got: 96, limit: 95, .. })));
        let limits = Limits { bytes: 3, ..Limits::default() };
        assert!(matches!(decode(&bytes, &limits), Err(AnalysisError::TooLarge { limit: 3, .. })));
        bytes.truncate(40);
        assert!(matches!(decode(&bytes, &Limits::default()), Err(AnalysisError::Decode { .. })));
    }

    #[test]
    fn a_jpeg_that_is_cut_short_is_refused() {
        let bytes = encoded(ImageFormat::Jpeg);
        assert!(matches!(decode(&bytes[..bytes.len() - 2], &Limits::default()), Err(AnalysisError::Decode { .. })));
    }

    #[test]
    fn a_jpeg_that_is_damaged_in_its_middle_is_refused() {
        let picture = RgbImage::from_fn(160, 120, |x, y| Rgb([(x * y) as u8, (x ^ y) as u8, 90]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let mut damaged = bytes.into_inner();
        // A marker that cannot be, from which on a decoder would fill it with gray.
        let middle = damaged.len() * 3 / 4;
        damaged[middle..middle + 2].copy_from_slice(&[0xff, 0x5a]);
        assert!(matches!(decode(&damaged, &Limits::default()), Err(AnalysisError::Decode { .. })));
    }

    /// A JPEG in segments: its start, then each marker with what belongs to it, the picture's own bytes last.
    fn segments(jpeg: &[u8]) -> Vec<&[u8]> {
        let (mut parts, mut at) = (vec![&jpeg[..2]], 2);
        while jpeg[at + 1] != 0xda {
            let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            parts.push(&jpeg[at..end]);
            at = end;
        }
        parts.push(&jpeg[at..]);
        parts
    }

    #[test]
    fn a_jpeg_without_its_huffman_tables_has_the_standard_ones() {
        // The encoder of the tests writes the standard tables.
        let whole = encoded(ImageFormat::Jpeg);
        let without: Vec<u8> = segments(&whole).into_iter().filter(|part| part[1] != 0xc4).collect::<Vec<_>>().concat();
        assert!(without.len() + 400 < whole.len());
        let limits = Limits::default();
        assert_eq!(decode(&without, &limits).unwrap(), decode(&whole, &limits).unwrap());
    }

    #[test]
    fn a_jpeg_cut_behind_its_thumbnail_breaks_off() {
        let whole = encoded(ImageFormat::Jpeg);
        // A thumbnail in a segment of its own, as cameras write it.
        let mut thumbnail = vec![0xff, 0xe1];
        thumbnail.extend((whole.len() as u16 + 2).to_be_bytes());
        thumbnail.extend(&whole);
        let with = [&whole[..2], &thumbnail, &whole[2..]].concat();
        assert!(decode(&with, &Limits::default()).is_ok());
        for end in [with.len() - 2, with.len() - 20, thumbnail.len() + 10] {
            let error = decode(&with[..end], &Limits::default()).unwrap_err().to_string();
            assert!(error.contains("breaks off"), "{end}: {error}");
        }
    }

    #[test]
    fn a_webp_is_turned_whether_or_not_its_exif_begins_as_in_a_jpeg() {
        for before in [&b""[..], b"Exif\0\0"] {
            let mut bytes = Vec::new();
            let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut bytes);
            encoder.set_exif_metadata([before, &exif(6)].concat()).unwrap();
            encoder.write_image(&sample(), 8, 4, ExtendedColorType::Rgb8).unwrap();
            assert_eq!(decode(&bytes, &Limits::default()).unwrap().dimensions(), (4, 8), "{before:?}");
        }
    }

    #[test]
    fn a_heic_is_refused_with_what_to_do() {
        let error = decode(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("save it as JPEG"), "{error}");
    }

    /// A smooth picture of some size with a turned corner mark, and its encodings.
    fn large(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let shade = |at: u32, of: u32| (u64::from(at) * 255 / u64::from(of)) as u8;
            Rgb([shade(x, width), shade(y, height), shade(x + y, width + height)])
        })
    }

    #[test]
    fn a_large_picture_is_scaled_down_while_it_is_decoded() {
        let picture = large(403, 301);
        let limits = Limits { whole_pixels: 40_000, ..Limits::default() };
        let small = imageops::resize(&picture, 201, 150, imageops::FilterType::Triangle);
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            let scaled = decode(&bytes.into_inner(), &limits).unwrap();
            assert!(
                scaled.width().abs_diff(201) <= 1 && scaled.height().abs_diff(150) <= 1,
                "{:?}",
                scaled.dimensions()
            );
            let inner = (0..150).flat_map(|y| (0..201).map(move |x| (x, y)));
            let furthest =
                inner.flat_map(|at| (0..3).map(move |c| (at, c))).map(|(at, c)| scaled[at][c].abs_diff(small[at][c]));
            assert!(furthest.max().unwrap() <= 8, "{format:?}");
        }
        // Gray, transparent and deep ones, too.
        let dynamic = DynamicImage::ImageRgb8(picture);
        for other in
            [DynamicImage::from(dynamic.to_luma8()), dynamic.to_rgba16().into(), dynamic.to_luma_alpha8().into()]
        {
            let mut bytes = Cursor::new(Vec::new());
            other.write_to(&mut bytes, ImageFormat::Png).unwrap();
            assert_eq!(decode(&bytes.into_inner(), &limits).unwrap().dimensions(), (201, 150));
        }
        let mut bytes = Cursor::new(Vec::new());
        dynamic.to_luma8().write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let gray = decode(&bytes.into_inner(), &limits).unwrap();
        assert!(gray.pixels().all(|Rgb([r, g, b])| r == g && g == b));
    }

    #[test]
    fn a_large_picture_is_turned_and_refused_like_any_other() {
        let limits = Limits { whole_pixels: 5_000, ..Limits::default() };
        let picture = large(160, 120);
        let mut png = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
        encoder.set_exif_metadata(exif(6)).unwrap();
        encoder.write_image(&picture, 160, 120, ExtendedColorType::Rgb8).unwrap();
        assert_eq!(decode(&png, &limits).unwrap().dimensions(), (60, 80));
        let mut jpeg = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
        encoder.set_exif_metadata(exif(6)).unwrap();
        encoder.write_image(&picture, 160, 120, ExtendedColorType::Rgb8).unwrap();
        assert_eq!(decode(&jpeg, &limits).unwrap().dimensions(), (60, 80));
        for whole in [&png, &jpeg] {
            let error = decode(&whole[..whole.len() * 6 / 10], &limits).unwrap_err();
            assert!(matches!(error, AnalysisError::Decode { .. }), "{error}");
            let limits = Limits { pixels: 19_199, ..limits };
            assert!(matches!(decode(whole, &limits), Err(AnalysisError::TooLarge { got: 19_200, .. })));
        }
        let mut webp = Cursor::new(Vec::new());
        picture.write_to(&mut webp, ImageFormat::WebP).unwrap();
        assert!(matches!(decode(&webp.into_inner(), &limits), Err(AnalysisError::TooLarge { limit: 5_000, .. })));
    }

    #[test]
    fn a_film_and_an_archive_are_refused_by_what_they_are() {
        for (bytes, what) in [(&b"\0\0\0\x18ftypisom"[..], "a film"), (b"PK\x03\x04", "unpack"), (b"GIF89a", "GIF")] {
            let error = decode(bytes, &Limits::default()).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn other_formats_are_refused() {
        for bytes in [&b""[..], b"GIF89a\x01\0\x01\0\0\0\0;", b"<svg/>"] {
            assert!(matches!(decode(bytes, &Limits::default()), Err(AnalysisError::Decode { .. })));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(noise in proptest::collection::vec(any::<u8>(), 0..64), at in 0usize..64, webp: bool) {
            let mut bytes = encoded(if webp { ImageFormat::WebP } else { ImageFormat::Jpeg });
            for (place, byte) in bytes.iter_mut().skip(at).zip(noise) {
                *place ^= byte;
            }
            let limits = Limits { pixels: 10_000, ..Limits::default() };
            let _ = decode(&bytes, &limits);
        }
    }
}
