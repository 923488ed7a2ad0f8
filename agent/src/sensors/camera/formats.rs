//! Which of a camera's formats is asked for.

use nokhwa::utils::{CameraFormat, FrameFormat};

/// The height from which on the face chain gains nothing more for who sits before a laptop: the detector scales pictures
/// down, and a face at arm's length has as many pixels as its networks take.
const ENOUGH: u32 = 480;

/// What is read, the cheapest first: grey tells neither pulse nor skin.
pub(super) const READ: [FrameFormat; 6] = [
    FrameFormat::YUYV,
    FrameFormat::NV12,
    FrameFormat::RAWRGB,
    FrameFormat::RAWBGR,
    FrameFormat::MJPEG,
    FrameFormat::GRAY,
];

/// The formats that are worth a try, the best first: in colour, of the fewest pixels that suffice, of the lowest rate that
/// gives `fps` pictures a second, and then the cheapest to read.
pub(super) fn ranked(offers: &[CameraFormat], fps: f64) -> Vec<CameraFormat> {
    let mut ranked: Vec<(CameraFormat, usize)> = offers
        .iter()
        .filter_map(|offer| Some((*offer, READ.iter().position(|read| *read == offer.format())?)))
        .collect();
    ranked.sort_by_key(|(offer, cost)| {
        let (pixels, short) = (i64::from(offer.width()) * i64::from(offer.height()), offer.height() < ENOUGH);
        let (rate, slow) = (i64::from(offer.frame_rate()), f64::from(offer.frame_rate()) < fps);
        // Of those that do not suffice the one that comes nearest.
        let size = if short { -pixels } else { pixels };
        let rate = if slow { -rate } else { rate };
        (offer.format() == FrameFormat::GRAY, slow, short, size, rate, *cost)
    });
    ranked.dedup_by_key(|(offer, _)| *offer);
    ranked.into_iter().map(|(offer, _)| offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(offers: &[(u32, u32, FrameFormat, u32)]) -> String {
        let offers: Vec<_> = offers
            .iter()
            .map(|&(width, height, format, fps)| CameraFormat::new_from(width, height, format, fps))
            .collect();
        let best = ranked(&offers, 10.0)[0];
        format!("{}x{} {} {}", best.width(), best.height(), best.format(), best.frame_rate())
    }

    #[test]
    fn the_smallest_picture_and_the_lowest_rate_that_suffice_are_asked_for() {
        use FrameFormat::{GRAY, MJPEG, NV12, YUYV};
        let webcam = [
            (1920, 1080, MJPEG, 30),
            (1920, 1080, YUYV, 5),
            (640, 480, MJPEG, 30),
            (640, 480, YUYV, 30),
            (640, 480, YUYV, 15),
            (640, 480, YUYV, 5),
            (320, 240, YUYV, 30),
        ];
        assert_eq!(best(&webcam), "640x480 YUYV 15");
        assert_eq!(best(&webcam[..2]), "1920x1080 MJPEG 30", "a rate that suffices goes over a cheap format");
        assert_eq!(best(&webcam[5..]), "320x240 YUYV 30");
        assert_eq!(best(&[(1280, 720, NV12, 30), (640, 480, GRAY, 30)]), "1280x720 NV12 30", "in colour");
        assert_eq!(best(&[(640, 360, MJPEG, 30), (320, 240, MJPEG, 30)]), "640x360 MJPEG 30", "the largest too small");
    }
}
