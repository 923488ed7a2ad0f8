//! What training scripts and this crate make of the same synthetic picture, sound and movement. Needs no recordings.
//!
//! `models/training/golden.py` made the figures with Pillow and onnxruntime.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use attune_analysis::face::resize::{Plane, Resizer};
use attune_analysis::face::{BoundingBox, Detector, ExpressionReader, LandmarkReader};
use attune_analysis::networks::{Networks, Task};
use attune_tests::models::shipped;
use image::{Rgb, RgbImage};

const TOLERANCE: f64 = 1e-4;

struct Golden {
    networks: Networks,
    table: toml::Table,
}

impl Golden {
    fn load() -> Self {
        let path = shipped().join("training/results/golden.toml");
        let table: toml::Table =
            std::fs::read_to_string(path).expect("the figures are there").parse().expect("they are TOML");
        let networks = super::networks();
        let made_with = table["networks"].as_table().expect("a table");
        // The one for text has sentences of its own, beside the room that reads them.
        let found = networks.list().into_iter().filter(|network| network.task.name() != "text");
        let found: BTreeMap<_, _> = found.map(|network| (network.task.name(), network.sha256)).collect();
        for (task, sha256) in made_with {
            assert_eq!(
                Some(sha256.as_str().expect("a checksum")),
                found.get(task.as_str()).map(String::as_str),
                "{task}: run golden.py anew"
            );
        }
        assert_eq!(made_with.len(), found.len(), "run golden.py anew");
        Self { networks, table }
    }

    fn values(&self, part: &str, key: &str) -> Vec<f64> {
        let values = self.table[part][key].as_array().expect("an array");
        values.iter().map(|v| v.as_float().expect("a number")).collect()
    }

    fn expect(&self, part: &str, key: &str, found: impl IntoIterator<Item = f64>) {
        let (wanted, found) = (self.values(part, key), found.into_iter().collect::<Vec<_>>());
        assert_eq!(wanted.len(), found.len(), "{part}.{key}");
        for (place, (wanted, found)) in wanted.iter().zip(&found).enumerate() {
            let apart = (wanted - found).abs() / wanted.abs().max(1.0);
            assert!(apart < TOLERANCE, "{part}.{key}[{place}]: Python has {wanted}, Rust {found}");
        }
    }

    /// Every `step`th value that the network of a task would get for a part of the picture.
    fn input(&self, task: Task, part: &BoundingBox, step: usize) -> Vec<f64> {
        let network = self.networks.get(task).expect("there is a network");
        let &[_, _, height, width] = network.input_shape() else { panic!("a picture") };
        let mut plane = Plane::new(width, height);
        Resizer::default().resize(&picture(), part, (width, height), &mut plane);
        let input = &network.entry().input;
        let scaled = plane.pixels.iter().map(|&p| f32::from(p) * input.scale + input.offset);
        scaled.step_by(step).map(f64::from).collect()
    }
}

/// Rises and falls between 0 and 255.
fn triangle(t: u32) -> u32 {
    let place = t % 510;
    place.min(510 - place)
}

fn picture() -> RgbImage {
    RgbImage::from_fn(400, 300, |x, y| {
        let channel = |c: u32| (2 * triangle(3 * x + 5 * y + 90 * c) + triangle(x * y / 16 + 40 * c)) / 3;
        Rgb([channel(0) as u8, channel(1) as u8, channel(2) as u8])
    })
}

/// A tone that rises and swells, 16 kHz.
fn sound(length: usize) -> Vec<f32> {
    let sample = |i: usize| {
        let t = i as f64 / 16_000.0;
        let tone = (TAU * (150.0 + 40.0 * t) * t).sin() + 0.5 * (TAU * 900.0 * t).sin() * (TAU * 3.0 * t).sin();
        (0.3 * tone * 32_768.0).round() as f32 / 32_768.0
    };
    (0..length).map(sample).collect()
}

const FACE: BoundingBox = BoundingBox { x: 120.5, y: 80.25, width: 90.0, height: 110.5 };

#[test]
fn a_picture_is_cut_scaled_and_read_as_in_training() {
    let golden = Golden::load();
    let (picture, mut resizer) = (picture(), Resizer::default());
    let number = |task: Task, key: &str| golden.networks.get(task).unwrap().entry().number(key).unwrap();
    for (task, part) in [(Task::Expression, "expression"), (Task::Landmarks, "landmarks")] {
        let crop = FACE.crop(number(task, "crop_scale"), number(task, "crop_shift_y"));
        golden.expect(part, "input", golden.input(task, &crop, 7));
    }
    let expression = ExpressionReader::new(&golden.networks).unwrap().read(&picture, &FACE, &mut resizer);
    let expression = expression.unwrap().unwrap();
    golden.expect("expression", "ferplus", expression.ferplus);
    golden.expect("expression", "fer2013", expression.fer2013.unwrap());
    golden.expect("expression", "affect", expression.affect.unwrap());
    let landmarks = LandmarkReader::new(&golden.networks).unwrap().read(&picture, &FACE, &mut resizer);
    let landmarks = landmarks.unwrap().unwrap();
    golden.expect("landmarks", "points", landmarks.points.into_iter().flat_map(|(x, y)| [x, y]));
    golden.expect("landmarks", "eyes_open", landmarks.eyes_open.unwrap());
}

#[test]
fn a_frame_is_fitted_and_looked_at_as_in_training() {
    let golden = Golden::load();
    let whole = BoundingBox { x: 0.0, y: 0.0, width: 400.0, height: 300.0 };
    golden.expect("detector", "input", golden.input(Task::Detector, &whole, 101));
    let network = golden.networks.get(Task::Detector).unwrap();
    let mut plane = Plane::new(320, 240);
    Resizer::default().resize(&picture(), &whole, (320, 240), &mut plane);
    let pixels: Vec<f32> = plane.pixels.iter().map(|&p| f32::from(p)).collect();
    let outputs = network.run(&pixels).unwrap();
    let rows = outputs.get("detections").unwrap().as_chunks::<15>().0;
    golden.expect("detector", "rows", rows.iter().step_by(79).flatten().map(|&v| f64::from(v)));
    let found = Detector::new(&golden.networks).unwrap().find(&picture(), &mut Resizer::default()).unwrap();
    let counted = golden.table["detector"]["found"].as_integer().unwrap();
    assert_eq!(found.len() as i64, counted);
}

#[test]
fn a_sound_is_read_as_in_training() {
    let golden = Golden::load();
    for (task, part, role) in [
        (Task::VoiceActivity, "voice_activity", "speech"),
        (Task::VoiceAffect, "voice_affect", "affect"),
        (Task::VoiceAffectOwn, "voice_affect_own", "affect"),
    ] {
        let network = golden.networks.get(task).unwrap();
        let samples = sound(network.input_shape().iter().product());
        let outputs = network.run(&samples).unwrap();
        golden.expect(part, role, outputs.get(role).unwrap().iter().map(|&v| f64::from(v)));
    }
}

#[test]
fn movement_is_read_as_in_training() {
    let golden = Golden::load();
    let values: Vec<f32> = sound(6 * 128).into_iter().map(|v| 2.0 * v).collect();
    let outputs = golden.networks.get(Task::Activity).unwrap().run(&values).unwrap();
    golden.expect("activity", "activity", outputs.get("activity").unwrap().iter().map(|&v| f64::from(v)));
}
