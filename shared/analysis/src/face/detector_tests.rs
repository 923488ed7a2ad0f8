use image::Rgb;

use super::*;
use crate::networks::testing::{self, StandIn};

/// A detector that finds one face, always at the same place of its input, where that is bright.
fn detector(box_of: [f32; 4]) -> Detector {
    let mut slope = vec![0.0; 15];
    slope[0] = 1.0;
    let mut bias = vec![0.0];
    bias.extend(box_of);
    bias.extend([0.0; 10]);
    let output = StandIn { name: "detections", shape: &[1, 1, 15], slope, bias };
    let entry = "task = \"detector\"\nscore_threshold = 0.3\n\
        input = { name = \"image\", shape = [1, 1, 240, 320], scale = 0.00392156862745098 }\n\
        outputs = [{ name = \"detections\", shape = [1, 1, 15] }]";
    let onnx = testing::onnx("image", &[1, 1, 240, 320], &[output]);
    Detector::new(&testing::load(&[("detector.onnx", onnx, entry.to_owned())])).unwrap()
}

fn gray(width: u32, height: u32) -> RgbImage {
    RgbImage::from_pixel(width, height, Rgb([200; 3]))
}

#[test]
fn a_still_picture_is_searched_in_parts_at_every_level() {
    let mut detector = detector([100.0, 100.0, 130.0, 130.0]);
    let mut resizer = Resizer::default();
    let picture = gray(640, 480);
    let [one] = detector.find(&picture, &mut resizer).unwrap()[..] else { panic!("one face") };
    assert_eq!(one.bounds, BoundingBox { x: 200.0, y: 200.0, width: 60.0, height: 60.0 });
    let all = detector.search(&picture, &mut resizer).unwrap();
    // 3 x 3 parts of 320 x 240, then 5 x 5 of half that, each with its own.
    assert_eq!(all.len(), 1 + 9 + 25, "{all:?}");
    assert!(all.iter().all(|d| d.bounds.x >= 0.0 && d.bounds.x + d.bounds.width <= 640.0));
    assert_eq!(all.iter().filter(|d| d.bounds.width == 30.0).count(), 9);
}

#[test]
fn a_face_that_a_part_cuts_or_that_fills_it_is_left_to_the_level_above() {
    let mut resizer = Resizer::default();
    for bounds in [[280.0, 100.0, 330.0, 150.0], [60.0, 40.0, 260.0, 200.0]] {
        let all = detector(bounds).search(&gray(640, 240), &mut resizer).unwrap();
        let whole = all.iter().filter(|d| d.bounds.width > f64::from(bounds[2] - bounds[0]) * 1.5).count();
        assert_eq!(whole, 1, "{all:?}");
        // The rightmost parts end where the picture ends, so that nothing is cut there.
        assert!(all[1..].iter().all(|d| d.bounds.x + d.bounds.width >= 640.0), "{all:?}");
    }
}

#[test]
fn the_parts_of_a_picture_cover_it() {
    for (width, height) in [(320.0, 240.0), (321.0, 900.0), (5000.0, 10.0)] {
        let whole = BoundingBox { x: 0.0, y: 0.0, width, height };
        let parts = tiles(&whole, (160.0, 120.0));
        for (x, y) in [(0.0, 0.0), (width, height), (width / 3.0, height / 2.0), (width, 0.0)] {
            let holds = |part: &&BoundingBox| {
                part.x <= x && x <= part.x + part.width && part.y <= y && y <= part.y + part.height
            };
            assert!(parts.iter().any(|part| holds(&part)), "{width} {height} {x} {y}");
        }
    }
}
