//! Blinks and closed eyes, against what one sees in the frames.

use std::io::{Cursor, Read as _};

use attune_analysis::face::resize::Resizer;
use attune_analysis::face::{Detector, LandmarkReader};
use attune_protocol::registry::face::{BLINK_RATE, EYE_ASPECT_RATIO, PERCLOS};
use image::{GrayImage, RgbImage, imageops};

use super::clips::Clip;

/// Clips of people who face the camera, frames a second, and what was seen by eye, frame by frame: how often both eyes
/// close while the clip is played to and fro, and in how many of its frames they are closed.
const SEEN: [(&str, f64, u32, u32); 8] = [
    ("single_face.mp4", 30.0, 2, 3),
    ("grid_00_bbaf2n.mpg", 25.0, 4, 7),
    ("grid_01_brbk7n.mpg", 25.0, 2, 2),
    ("grid_03_lbbc2a.mpg", 25.0, 0, 0),
    ("grid_06_pwij3p.mpg", 25.0, 4, 6),
    ("grid_07_sbia1a.mpg", 25.0, 0, 0),
    ("grid_09_swiz3n.mpg", 25.0, 0, 0),
    ("grid_10_id2_vcd_swwp2s.mpg", 25.0, 6, 9),
];

/// Seconds from one frame of a clip to the same frame, played in the same direction.
fn cycle(clip: &Clip) -> f64 {
    (2.0 * clip.frames.len() as f64 - 2.0) / clip.rate
}

#[test]
fn blinks_and_closed_eyes_are_those_that_one_sees() {
    for (name, rate, blinks, closed) in SEEN {
        let Some(clip) = Clip::read(name, rate) else { return };
        let record = clip.played(4);
        let (found, share) = (record.features.get(BLINK_RATE).unwrap(), record.features.get(PERCLOS).unwrap());
        let expected = f64::from(blinks) * 60.0 / cycle(&clip);
        let seen = f64::from(closed) / clip.frames.len() as f64;
        eprintln!("{name}: {found:.1} blinks a minute, seen {expected:.1}; closed for {share:.3}, seen {seen:.3}");
        // Forty seconds are no whole number of cycles: one blink more or less.
        assert!((found - expected).abs() < 1.6, "{name}: {found}, seen {expected}");
        // Whether a lid that is half down is closed is one's guess: two frames of 75.
        assert!((share - seen).abs() < 0.027, "{name}: {share}, seen {seen}");
        assert!(blinks > 0 || (found, share) == (0.0, 0.0), "{name}");
    }
}

#[test]
fn lids_that_come_down_without_closing_are_at_most_so_many_blinks() {
    // Thrice, to a slit through which one still sees the iris.
    let Some(clip) = Clip::read("grid_04_lrwp9a.mpg", 25.0) else { return };
    let found = clip.played(4).features.get(BLINK_RATE).unwrap();
    eprintln!("grid_04_lrwp9a.mpg: {found:.1} blinks a minute");
    assert!(found <= 6.0 * 60.0 / cycle(&clip) + 1.6, "{found}");
}

#[test]
fn at_ten_frames_a_second_nine_in_ten_blinks_are_still_found() {
    let (mut all, mut found) = (0.0, 0.0);
    for (name, _, blinks, _) in SEEN.into_iter().filter(|(_, _, blinks, _)| *blinks > 0) {
        let Some(clip) = Clip::read(name, 50.0) else { return };
        for phase in [0, 2] {
            let slow = Clip { frames: clip.frames.iter().skip(phase).step_by(5).cloned().collect(), rate: 10.0 };
            all += f64::from(blinks) / cycle(&slow);
            found += slow.played(4).features.get(BLINK_RATE).unwrap() / 60.0;
        }
    }
    eprintln!("{:.3} of the blinks", found / all);
    assert!((0.85..1.1).contains(&(found / all)), "{found} of {all}");
}

#[test]
fn eyes_too_small_to_be_judged_are_not() {
    for name in ["webcam_00-1.avi", "webcam_01-1.avi", "webcam_02-2.avi"] {
        let Some(clip) = Clip::read(name, 10.0) else { return };
        let features = clip.played(4).features;
        assert!(features.get(EYE_ASPECT_RATIO).is_some(), "{name}");
        assert_eq!((features.get(BLINK_RATE), features.get(PERCLOS)), (None, None), "{name}: eyes of 7 to 9 pixels");
    }
}

#[test]
fn a_woman_who_weeps_with_her_eyes_closed_and_then_laughs_has_them_closed_for_two_fifths_of_the_time() {
    let Some(clip) = Clip::read("WolfgangLanger_Pexels.mp4", 24.0) else { return };
    let share = clip.played(4).features.get(PERCLOS).unwrap();
    // By eye: frames 0 to 139, 288, 386 to 388 and 425 to 471 of 472, of which a hand covers some.
    eprintln!("WolfgangLanger_Pexels.mp4: closed for {share:.3}, seen 0.40");
    assert!((share - 0.40).abs() < 0.08, "{share}");
}

#[test]
fn eyes_that_are_closed_are_read_as_less_open_whosever_face_they_are_in() {
    let Some(data) = super::data() else { return };
    let archive = std::fs::read(data.join("face/eyes.npz")).unwrap();
    let (images, open) = (stored(&archive, "images.npy"), stored(&archive, "open.npy"));
    let (pictures, open) = (after_header(&images), after_header(&open));
    assert_eq!(pictures.len(), open.len() * 64 * 64);
    let networks = super::networks();
    let (mut detector, mut reader) = (Detector::new(&networks).unwrap(), LandmarkReader::new(&networks).unwrap());
    let mut resizer = Resizer::default();
    for (name, rate, ..) in SEEN {
        let Some(clip) = Clip::read(name, rate) else { return };
        let face = &clip.frames[0];
        let bounds = detector.find(face, &mut resizer).unwrap()[0].bounds;
        let points = reader.read(face, &bounds, &mut resizer).unwrap().unwrap().points;
        let mut groups = [Vec::new(), Vec::new()];
        for (picture, &open) in pictures.chunks_exact(64 * 64).zip(open).step_by(6) {
            let eye = GrayImage::from_raw(64, 64, picture.to_vec()).unwrap();
            let mut changed = face.clone();
            for (outer, inner) in [(36, 39), (45, 42)] {
                put(&mut changed, &eye, points[outer], points[inner]);
            }
            let [right, left] = reader.read(&changed, &bounds, &mut resizer).unwrap().unwrap().eyes_open.unwrap();
            groups[usize::from(open != 0)].push((right + left) / 2.0);
        }
        let [shut, open] = &groups;
        let wins: f64 = shut.iter().map(|s| open.iter().filter(|o| s < o).count() as f64).sum();
        let order = wins / (shut.len() * open.len()) as f64;
        let right = shut.iter().filter(|&&p| p < 0.5).count() + open.iter().filter(|&&p| p >= 0.5).count();
        let share = right as f64 / (shut.len() + open.len()) as f64;
        eprintln!("{name}: {} shut, {} open, AUC {order:.4}, {share:.3} right", shut.len(), open.len());
        assert!(order > 0.998 && share > 0.97, "{name}: AUC {order}, {share} right");
    }
}

/// Lays a close-up over an eye, fading into the face.
fn put(face: &mut RgbImage, eye: &GrayImage, outer: (f64, f64), inner: (f64, f64)) {
    let (x, y) = ((outer.0 + inner.0) / 2.0, (outer.1 + inner.1) / 2.0);
    let side = 1.75 * (outer.0 - inner.0).hypot(outer.1 - inner.1);
    let size = side.round().max(1.0) as u32;
    let eye = imageops::resize(eye, size, size, imageops::FilterType::Triangle);
    let (left, top) = ((x - side / 2.0).round() as i64, (y - side / 2.0).round() as i64);
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), v| (sum + v, count + 1.0));
        sum / f64::max(count, 1.0)
    };
    let places = || (0..size).flat_map(|v| (0..size).map(move |u| (u, v)));
    let on_face =
        |(u, v): (u32, u32)| (u32::try_from(left + i64::from(u)).unwrap(), u32::try_from(top + i64::from(v)).unwrap());
    let gray = |p: &image::Rgb<u8>| 0.299 * f64::from(p[0]) + 0.587 * f64::from(p[1]) + 0.114 * f64::from(p[2]);
    let shift = mean(&mut places().map(|at| gray(face.get_pixel(on_face(at).0, on_face(at).1))))
        - mean(&mut eye.pixels().map(|p| f64::from(p[0])));
    for (u, v) in places() {
        let middle = f64::from(size - 1) / 2.0;
        let from = ((f64::from(u) - middle).hypot(f64::from(v) - middle) / (middle + 0.5)).min(1.0);
        let share = (2.0 - 2.0 * from).min(1.0);
        let (column, row) = on_face((u, v));
        let there = face.get_pixel_mut(column, row);
        let value = f64::from(eye.get_pixel(u, v)[0]) + shift;
        there.0 = there.0.map(|old| (share * value + (1.0 - share) * f64::from(old)) as u8);
    }
}

/// A file of a zip archive whose files are deflated.
fn stored(archive: &[u8], name: &str) -> Vec<u8> {
    let number = |at: usize, bytes: usize| (0..bytes).rev().fold(0, |sum, i| sum << 8 | usize::from(archive[at + i]));
    let is_entry =
        |at: &usize| archive[*at..].starts_with(b"PK\x01\x02") && archive[at + 46..].starts_with(name.as_bytes());
    let entry = (0..archive.len() - 46).find(is_entry).unwrap();
    let header = number(entry + 42, 4);
    let start = header + 30 + number(header + 26, 2) + number(header + 28, 2);
    let mut bytes = Vec::new();
    let packed = Cursor::new(&archive[start..start + number(entry + 20, 4)]);
    flate2::read::DeflateDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    bytes
}

/// What follows the header of a file in NumPy's format.
fn after_header(bytes: &[u8]) -> &[u8] {
    assert!(bytes.starts_with(b"\x93NUMPY\x01"));
    &bytes[10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]))..]
}
