//! Faces that stand as faces do not, before the shipped networks.

use std::path::Path;

use attune_analysis::Analyzer as _;
use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::face::FaceAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::Frame;
use attune_protocol::record::Record;
use attune_protocol::registry::face;
use image::{Rgb, RgbImage, imageops};

use super::made::{self, FIRST, figure, row};

const NAMES: [&str; 6] = ["angry", "fear", "happy", "neutral", "sad", "surprise"];

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"))
}

/// The average of many faces that look so, 200 pixels wide on gray.
fn picture(name: &str) -> RgbImage {
    let bytes = std::fs::read(models().join(format!("demo/face_{name}.png"))).unwrap();
    let face = decode(&bytes, &Limits::default()).unwrap();
    let face = imageops::resize(&face, 200, 200, imageops::FilterType::Triangle);
    let mut picture = RgbImage::from_pixel(640, 480, Rgb([120; 3]));
    imageops::overlay(&mut picture, &face, 220, 140);
    picture
}

/// What ten seconds of it show.
fn record(networks: &Networks, picture: &RgbImage) -> Record {
    let mut analyzer = FaceAnalyzer::new(networks, 5.0);
    let frame = |i: u32| Frame { at: made::at(f64::from(i) / 5.0), image: picture.clone() };
    analyzer.push(&(0..50).map(frame).collect::<Vec<_>>());
    analyzer.finish(FIRST, None)
}

#[test]
fn a_picture_on_its_head_or_its_side_shows_no_expression() {
    let networks = Networks::load(models()).unwrap();
    row(&["picture", "turned by", "frames with a face", "neutral", "quality"]);
    let told = [face::EXPRESSION_NEUTRAL, face::VALENCE, face::YAW_MEAN, face::EYE_ASPECT_RATIO, face::ROLL_MEAN];
    for name in NAMES {
        let upright = picture(name);
        for (degrees, turned) in [
            (0, upright.clone()),
            (90, imageops::rotate90(&upright)),
            (180, imageops::rotate180(&upright)),
            (270, imageops::rotate270(&upright)),
        ] {
            let record = record(&networks, &turned);
            let get = |ordinal| record.features.get(ordinal);
            row(&[
                name,
                &degrees.to_string(),
                &figure(get(face::FACE_FRACTION), 2),
                &figure(get(face::EXPRESSION_NEUTRAL), 2),
                &figure(Some(record.quality), 2),
            ]);
            if degrees == 0 {
                assert!(record.quality > 0.5 && get(face::YAW_MEAN).is_some(), "{name}: {}", record.quality);
                assert!(get(face::EXPRESSION_CONFIDENCE).is_some(), "{name}");
                continue;
            }
            assert!(told.iter().all(|ordinal| get(*ordinal).is_none()), "{name}, {degrees}: {:?}", record.features);
            assert_eq!(record.quality, 0.0, "{name}, {degrees}");
        }
    }
}
