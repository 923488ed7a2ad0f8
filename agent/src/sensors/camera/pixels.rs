//! A camera's bytes to 8-bit RGB.

use attune_analysis::decode::image::{Limits, decode};
use image::RgbImage;
use nokhwa::utils::FrameFormat;

/// How a camera's picture lies in its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    pub(super) format: FrameFormat,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A buffer may be longer than its picture by what fills up its last page of memory.
const PAGE: usize = 65_536;

impl Layout {
    /// Bytes of a picture; none where they vary.
    fn bytes(self) -> Option<usize> {
        let pixels = usize::try_from(u64::from(self.width) * u64::from(self.height)).ok()?;
        match self.format {
            FrameFormat::MJPEG => None,
            FrameFormat::YUYV => pixels.checked_mul(2),
            FrameFormat::NV12 => pixels.checked_mul(3).map(|bytes| bytes / 2),
            FrameFormat::GRAY => Some(pixels),
            FrameFormat::RAWRGB | FrameFormat::RAWBGR => pixels.checked_mul(3),
        }
    }

    /// Decodes a picture.
    ///
    /// # Errors
    /// What is wrong with it: it has another length than a picture of this layout, or does not decode.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<RgbImage, String> {
        let Some(length) = self.bytes() else {
            return decode(bytes, &Limits::DEFAULT).map_err(|problem| format!("failed to {problem}"));
        };
        let fits = self.width > 0 && self.width.is_multiple_of(2) && self.height.is_multiple_of(2);
        if !fits || !(length..length.saturating_add(PAGE)).contains(&bytes.len()) {
            let Self { format, width, height } = self;
            let got = bytes.len();
            return Err(format!("it has {got} bytes where {width}x{height} {format} has {length}"));
        }
        let bytes = &bytes[..length];
        let pixels = match self.format {
            FrameFormat::YUYV => bytes.chunks_exact(4).flat_map(|two| yuyv([two[0], two[1], two[2], two[3]])).collect(),
            FrameFormat::NV12 => self.nv12(bytes),
            FrameFormat::GRAY => bytes.iter().flat_map(|&light| [light; 3]).collect(),
            FrameFormat::RAWBGR => bytes.chunks_exact(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect(),
            FrameFormat::RAWRGB | FrameFormat::MJPEG => bytes.to_vec(),
        };
        Ok(RgbImage::from_raw(self.width, self.height, pixels).expect("as many bytes as the layout has"))
    }

    fn nv12(self, bytes: &[u8]) -> Vec<u8> {
        let width = self.width as usize;
        let (light, colour) = bytes.split_at(width * self.height as usize);
        let mut pixels = Vec::with_capacity(light.len() * 3);
        for (number, row) in light.chunks_exact(width).enumerate() {
            let colour = &colour[number / 2 * width..][..width];
            for (two, uv) in row.chunks_exact(2).zip(colour.chunks_exact(2)) {
                pixels.extend(yuyv([two[0], uv[0], two[1], uv[1]]));
            }
        }
        pixels
    }
}

/// Two pixels that share their colour, by ITU-R BT.601 in its limited range, as V4L2 and UVC have it where a camera says
/// nothing else: light from 16 to 235, colour around 128.
fn yuyv([first, u, second, v]: [u8; 4]) -> [u8; 6] {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    // In 256ths, with the half that rounds.
    let (red, green, blue) = (409 * v + 128, -100 * u - 208 * v + 128, 516 * u + 128);
    let pixel = |light: u8| {
        let light = 298 * (i32::from(light) - 16);
        [light + red, light + green, light + blue].map(|sum| (sum >> 8).clamp(0, 255) as u8)
    };
    let (one, two) = (pixel(first), pixel(second));
    [one[0], one[1], one[2], two[0], two[1], two[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [254, 0, 0];

    fn layout(format: FrameFormat) -> Layout {
        Layout { format, width: 4, height: 2 }
    }

    #[test]
    fn every_layout_gives_the_colours_that_its_bytes_mean() {
        // Red in BT.601: light 81, colour 90 and 240.
        let cases = [
            (FrameFormat::YUYV, [81, 90, 81, 240].repeat(4)),
            (FrameFormat::NV12, [[81; 8].as_slice(), &[90, 240, 90, 240]].concat()),
            (FrameFormat::RAWRGB, RED.repeat(8)),
            (FrameFormat::RAWBGR, [0, 0, 254].repeat(8)),
        ];
        for (format, bytes) in cases {
            let image = layout(format).decode(&bytes).unwrap();
            assert!(image.pixels().all(|pixel| pixel.0.iter().zip(RED).all(|(a, b)| a.abs_diff(b) <= 1)), "{format}");
        }
        let grey = layout(FrameFormat::GRAY).decode(&[144; 8]).unwrap();
        assert!(grey.pixels().all(|pixel| pixel.0 == [144; 3]));
        let light = layout(FrameFormat::YUYV).decode(&[16, 128, 235, 128].repeat(4)).unwrap();
        assert_eq!((light.get_pixel(0, 0).0, light.get_pixel(1, 0).0), ([0; 3], [255; 3]));
    }

    #[test]
    fn a_picture_of_another_length_is_none() {
        let layout = layout(FrameFormat::NV12);
        for length in [0, 11, 12 + PAGE, 24_000_000] {
            assert!(layout.decode(&vec![0; length]).is_err(), "{length}");
        }
        assert!(layout.decode(&vec![0; 12 + 4000]).is_ok(), "what fills up a page is none of it");
        assert!(Layout { width: 0, ..layout }.decode(&[]).is_err());
        assert!(Layout { width: 3, ..layout }.decode(&[0; 9]).is_err());
        assert!(Layout { format: FrameFormat::MJPEG, ..layout }.decode(&[0xff, 0xd8, 1, 2]).is_err());
    }
}
