use std::f64::consts::TAU;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use super::history::{Pulse, PulseHistory};
use super::skin_colour;
use crate::face::landmarks::Landmarks;
use crate::face::pose::testing::seen;
use crate::sample::Timestamp;

const SIZE: (u32, u32) = (320, 240);
const SKIN: [f64; 3] = [190.0, 135.0, 110.0];
/// How strongly the pulse shows in red, green and blue (de Haan and van Leest 2014).
const SIGNATURE: [f64; 3] = [0.33, 0.77, 0.53];

/// A made-up video: every trouble is a fraction of full strength or none.
#[derive(Clone, Copy)]
struct Video {
    beats_a_minute: f64,
    /// Relative change of the green at each beat.
    strength: f64,
    frame_rate: f64,
    seconds: f64,
    /// Sway of the head, pixels.
    sway: f64,
    /// Slow drift and quick changes of the light, relative.
    light: f64,
    /// Quality of JPEG pictures, where they are compressed.
    jpeg: Option<u8>,
}

const CALM: Video =
    Video { beats_a_minute: 72.0, strength: 0.01, frame_rate: 10.0, seconds: 20.0, sway: 0.0, light: 0.0, jpeg: None };

impl Video {
    fn pulse(&self) -> Option<Pulse> {
        let random = &mut noise(7);
        let mut history = PulseHistory::default();
        for i in 0..(self.seconds * self.frame_rate) as usize {
            let t = i as f64 / self.frame_rate;
            let (frame, landmarks) = self.frame(t, random);
            if let Some(colour) = skin_colour(&frame, &landmarks) {
                history.push(Timestamp(0).plus_seconds(t), colour);
            }
        }
        history.pulse()
    }

    /// A face of shaded skin before a wall, with a camera's noise.
    fn frame(&self, t: f64, random: &mut impl FnMut() -> f64) -> (RgbImage, Landmarks) {
        let beat = (TAU * self.beats_a_minute / 60.0 * t).sin();
        let light = 1.0 + self.light * (0.5 * (TAU * t / 13.0).sin() + 0.3 * (TAU * 1.9 * t).sin() + 0.2 * random());
        let x = 0.12 * self.sway * ((TAU * 0.23 * t).sin() + 0.6 * (TAU * 0.61 * t).sin());
        let turn = 0.015 * self.sway * (TAU * 0.17 * t).sin();
        let landmarks = seen([0.0, turn, 0.0], [x, 0.0, 40.0], SIZE);
        let (cx, cy) = landmarks.centre();
        let image = RgbImage::from_fn(SIZE.0, SIZE.1, |column, row| {
            let (u, v) = ((f64::from(column) - cx) / 75.0, (f64::from(row) - cy) / 90.0);
            let shade = 1.0 - 0.25 * (u + 0.5).powi(2) - 0.1 * v * v + 0.03 * (17.0 * u).sin() * (13.0 * v).cos();
            Rgb(std::array::from_fn(|c| {
                let skin = SKIN[c] * shade * (1.0 + self.strength * SIGNATURE[c] / SIGNATURE[1] * beat);
                let value = if u * u + v * v < 1.0 { skin } else { 90.0 };
                (value * light + 2.0 * random()).round() as u8
            }))
        });
        (self.jpeg.map_or_else(|| image.clone(), |quality| compressed(&image, quality)), landmarks)
    }
}

fn compressed(image: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    encoder.encode(image, image.width(), image.height(), ExtendedColorType::Rgb8).unwrap();
    image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// Numbers of about standard deviation one, the same at every run.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        (uniform() + uniform() + uniform() - 1.5) * 2.0
    }
}

fn rate(video: Video) -> f64 {
    let pulse = video.pulse().unwrap();
    pulse.rate.unwrap_or_else(|| panic!("no rate at {} dB", pulse.quality))
}

#[test]
fn the_pulse_of_a_still_face_is_found_over_the_whole_range_of_rates() {
    for beats_a_minute in [48.0, 60.0, 72.0, 95.0, 130.0, 170.0] {
        let found = rate(Video { beats_a_minute, ..CALM });
        assert!((found - beats_a_minute).abs() < 2.0, "{beats_a_minute}: {found}");
    }
}

#[test]
fn the_pulse_is_found_under_movement() {
    let found = rate(Video { sway: 8.0, ..CALM });
    assert!((found - 72.0).abs() < 2.0, "{found}");
}

#[test]
fn the_pulse_is_found_when_the_light_changes_ten_times_as_much_as_the_skin() {
    let found = rate(Video { light: 0.1, ..CALM });
    assert!((found - 72.0).abs() < 2.0, "{found}");
}

#[test]
fn the_pulse_is_found_in_compressed_pictures() {
    for quality in [90, 75] {
        let found = rate(Video { jpeg: Some(quality), ..CALM });
        assert!((found - 72.0).abs() < 2.0, "{quality}: {found}");
    }
}

#[test]
fn the_pulse_is_found_under_all_of_it_at_once_at_thirty_frames_a_second() {
    let found = rate(Video { sway: 5.0, light: 0.05, jpeg: Some(85), frame_rate: 30.0, ..CALM });
    assert!((found - 72.0).abs() < 2.0, "{found}");
}

#[test]
fn a_face_without_a_pulse_has_no_rate() {
    for sway in [0.0, 4.0, 8.0] {
        for light in [0.0, 0.1] {
            let pulse = Video { strength: 0.0, sway, light, ..CALM }.pulse().unwrap();
            assert_eq!(pulse.rate, None, "sway {sway}, light {light}: {pulse:?}");
        }
    }
}

#[test]
fn noise_is_rarely_taken_for_a_pulse() {
    for (seconds, most) in [(10, 3), (20, 1), (60, 1)] {
        let mut rates = 0;
        for seed in 1..=200 {
            let mut random = noise(seed);
            let mut history = PulseHistory::default();
            for i in 0..=10 * seconds {
                history.push(Timestamp(100_000 * i), SKIN.map(|v| v * (1.0 + 0.01 * random())));
            }
            rates += usize::from(history.pulse().unwrap().rate.is_some());
        }
        assert!(rates <= most, "{seconds} s: {rates} of 200");
    }
}

#[test]
fn too_short_or_too_slow_a_video_has_no_pulse() {
    assert_eq!(Video { seconds: 8.0, ..CALM }.pulse(), None);
    assert_eq!(Video { frame_rate: 5.0, seconds: 30.0, ..CALM }.pulse(), None);
    let mut interrupted = PulseHistory::default();
    for i in (0..600).filter(|i| i % 80 > 5) {
        interrupted.push(Timestamp(100_000 * i), SKIN);
    }
    assert_eq!(interrupted.pulse(), None, "no stretch is ten seconds long");
}

#[test]
fn what_is_no_skin_has_no_colour() {
    let landmarks = seen([0.0; 3], [0.0, 0.0, 40.0], SIZE);
    for colour in [[0, 0, 0], [255, 255, 255], [120, 120, 120], [40, 90, 200]] {
        assert_eq!(skin_colour(&RgbImage::from_pixel(SIZE.0, SIZE.1, Rgb(colour)), &landmarks), None, "{colour:?}");
    }
    let skin = RgbImage::from_pixel(SIZE.0, SIZE.1, Rgb([190, 135, 110]));
    assert_eq!(skin_colour(&skin, &landmarks), Some([190.0, 135.0, 110.0]));
    let dark = RgbImage::from_pixel(SIZE.0, SIZE.1, Rgb([75, 50, 40]));
    assert_eq!(skin_colour(&dark, &landmarks), Some([75.0, 50.0, 40.0]));
    assert_eq!(skin_colour(&RgbImage::from_pixel(1, 1, Rgb([190, 135, 110])), &landmarks), None);
}

proptest! {
    #[test]
    fn no_colours_and_no_times_do_any_harm(
        frames in prop::collection::vec((0..100_000_000i64, prop::array::uniform3(0.0..255.0f64)), 0..400),
        in_order in any::<bool>(),
    ) {
        let mut frames = frames;
        if in_order {
            frames.sort_by_key(|frame| frame.0);
        }
        let mut history = PulseHistory::default();
        frames.iter().for_each(|&(at, colour)| history.push(Timestamp(at), colour));
        if let Some(pulse) = history.pulse() {
            prop_assert!(pulse.quality.is_finite() && pulse.rate.is_none_or(|rate| (30.0..=240.0).contains(&rate)));
        }
    }

    #[test]
    fn no_points_lead_out_of_the_picture(
        values in prop::collection::vec(prop_oneof![40 => -2000.0..2000.0f64, 1 => any::<f64>()], 136), width in 1..80u32, height in 1..80u32,
    ) {
        let points = std::array::from_fn(|i| (values[2 * i], values[2 * i + 1]));
        let frame = RgbImage::from_pixel(width, height, Rgb([190, 135, 110]));
        let colour = skin_colour(&frame, &Landmarks { points, eyes_open: None });
        prop_assert!(colour.is_none_or(|colour| colour == [190.0, 135.0, 110.0]));
    }
}
