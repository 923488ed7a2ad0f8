use image::Rgb;
use proptest::prelude::*;

use super::*;

fn picture() -> RgbImage {
    RgbImage::from_fn(37, 29, |x, y| Rgb([(x * 7 + y * 13) as u8, (x * x + y) as u8, (x * 3 + y * y * 5) as u8]))
}

#[test]
fn a_quarter_turn_is_clockwise_and_leaves_what_is_beside_the_square() {
    for side in [1, 4, 5] {
        let mut plane = Plane::new(7, 6);
        plane.pixels.iter_mut().zip(0..).for_each(|(pixel, number)| *pixel = number);
        let before = plane.pixels.clone();
        plane.turn(side);
        for (x, y) in (0..7).flat_map(|x| (0..6).map(move |y| (x, y))) {
            let from = if x < side && y < side { (y, side - 1 - x) } else { (x, y) };
            assert_eq!(plane.pixels[7 * y + x], before[7 * from.1 + from.0], "{side}: {x} {y}");
        }
    }
}

fn resized(part: [f64; 4], width: usize, height: usize) -> Plane {
    let [x, y, right, bottom] = part;
    let mut target = Plane::new(width, height);
    let part = BoundingBox { x, y, width: right - x, height: bottom - y };
    Resizer::default().resize(&picture(), &part, (width, height), &mut target);
    target
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn every_part_and_size_comes_out_bit_for_bit_as_pillow_makes_it() {
    let whole = [0.0, 0.0, 37.0, 29.0];
    let small = resized(whole, 5, 4);
    assert_eq!(small.pixels[..10], [47, 113, 133, 137, 106, 82, 134, 122, 116, 111]);
    // Hashes of what Pillow 13 gives for the same picture, sizes and boxes.
    for (part, width, height, expected) in [
        (whole, 37, 29, 0x492a_4ce0_efdd_1fef),
        (whole, 20, 12, 0x5187_4ee5_a801_9725),
        (whole, 64, 64, 0x7404_93a7_ac23_3da9),
        ([3.25, 2.5, 30.75, 25.125], 9, 7, 0x1816_724c_4e8b_32eb),
        ([10.25, 4.75, 20.875, 15.375], 48, 48, 0x70ce_2dad_0128_0778),
        (whole, 48, 36, 0x2fdc_0416_185b_a6b1),
    ] {
        let plane = resized(part, width, height);
        assert_eq!(hash(&plane.pixels), expected, "{part:?} to {width}x{height}");
    }
}

#[test]
fn beyond_the_edge_the_nearest_pixels_go_on() {
    let far = resized([-100.0, -100.0, -80.0, -80.0], 3, 3);
    let corner = resized([0.0, 0.0, 1.0, 1.0], 1, 1).pixels[0];
    assert!(far.pixels.iter().all(|&pixel| pixel == corner));
    let far = resized([200.0, 200.0, 220.0, 220.0], 3, 3);
    let corner = resized([36.0, 28.0, 37.0, 29.0], 1, 1).pixels[0];
    assert!(far.pixels.iter().all(|&pixel| pixel == corner));
}

#[test]
fn nothing_is_left_of_a_picture_after_wiping() {
    let mut resizer = Resizer::default();
    let mut target = Plane::new(16, 16);
    let part = BoundingBox { x: 0.0, y: 0.0, width: 37.0, height: 29.0 };
    resizer.resize(&picture(), &part, (16, 16), &mut target);
    assert!(resizer.row.iter().chain(&resizer.reduced).chain(&target.pixels).any(|&pixel| pixel != 0));
    resizer.wipe();
    target.wipe();
    assert!(resizer.row.iter().chain(&resizer.reduced).chain(&target.pixels).all(|&pixel| pixel == 0));
    assert!(resizer.sums.iter().all(|&sum| sum == 0));
}

proptest! {
    #[test]
    fn no_part_makes_it_panic(x: f64, y: f64, near in prop::array::uniform4(-60.0..60.0f64), width in 0usize..20, height in 0usize..20) {
        let mut resizer = Resizer::default();
        let mut target = Plane::new(15, 15);
        for part in [
            BoundingBox { x, y, width: near[2], height: near[3] },
            BoundingBox { x: near[0], y: near[1], width: x, height: y },
            BoundingBox { x: near[0], y: near[1], width: near[2], height: near[3] },
        ] {
            resizer.resize(&picture(), &part, (width, height), &mut target);
        }
        resizer.resize(&RgbImage::new(0, 0), &BoundingBox::square((0.0, 0.0), 1.0), (width, height), &mut target);
    }
}
