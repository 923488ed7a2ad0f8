//! PNG by its rows, so that a large picture is never whole in memory.

use std::io::{Cursor, ErrorKind};

use image::RgbImage;
use png::{ColorType, Decoder, DecodingError, Transformations};
use zeroize::Zeroize as _;

use super::{Raw, broken};
use crate::AnalysisError;

/// Decodes it with sides of one in `factor`: each pixel is the mean of `factor` times `factor`.
pub(super) fn scaled(bytes: &[u8], factor: u32) -> Result<Raw, AnalysisError> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut rows = decoder.read_info().map_err(|e| damaged(&e))?;
    let info = rows.info();
    if info.interlaced {
        return Err(broken(&"it is interlaced, which is read only of smaller pictures: save it without, or as JPEG"));
    }
    let (width, height) = (info.width / factor, info.height / factor);
    let (colours, alpha, step) = match rows.output_color_type().0 {
        ColorType::Grayscale => ([0, 0, 0], None, 1),
        ColorType::GrayscaleAlpha => ([0, 0, 0], Some(1), 2),
        ColorType::Rgb => ([0, 1, 2], None, 3),
        ColorType::Rgba => ([0, 1, 2], Some(3), 4),
        ColorType::Indexed => return Err(broken(&"its palette is not laid out")),
    };
    let block = factor as usize;
    let mut pixels = Vec::with_capacity(3 * width as usize * height as usize);
    let mut sums = vec![0_u32; 3 * width as usize];
    for _ in 0..height {
        sums.fill(0);
        for _ in 0..block {
            let row =
                rows.next_row().map_err(|e| damaged(&e))?.ok_or_else(|| broken(&"it breaks off before its end"))?;
            for (sum, block) in sums.chunks_exact_mut(3).zip(row.data().chunks_exact(step * block)) {
                for pixel in block.chunks_exact(step) {
                    let alpha = alpha.map_or(255, |place: usize| u32::from(pixel[place]));
                    for (sum, place) in sum.iter_mut().zip(colours) {
                        // On white, as a page shows what lets something through.
                        *sum += (u32::from(pixel[place]) * alpha + 255 * (255 - alpha) + 127) / 255;
                    }
                }
            }
        }
        let area = factor * factor;
        pixels.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
    }
    // Lines that fill no block, and the checksum behind the last one.
    while rows.next_row().map_err(|e| damaged(&e))?.is_some() {}
    sums.zeroize();
    let rgb =
        RgbImage::from_raw(width, height, pixels).ok_or_else(|| broken(&"it decodes to another size than it says"))?;
    Ok(Raw { rgb, exif: exif(bytes).to_vec() })
}

/// What is wrong with it.
fn damaged(error: &DecodingError) -> AnalysisError {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => broken(&"it breaks off before its end"),
        other => broken(&format_args!("it is damaged: {other}")),
    }
}

/// Its EXIF data, which may stand before or behind the picture (PNG 3rd edition, 11.3.3.4); empty where there are none.
pub(super) fn exif(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        match body.get(..size) {
            Some(exif) if &head[4..] == b"eXIf" => return exif,
            // A checksum stands behind each.
            _ => rest = body.get(size.saturating_add(4)..).unwrap_or_default(),
        }
    }
    &[]
}
