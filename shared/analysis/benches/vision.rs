//! What a frame and a window of motion cost on one core.

use std::path::Path;
use std::time::Duration;

use attune_analysis::Analyzer as _;
use attune_analysis::decode::image::{Limits, decode};
use attune_analysis::face::resize::Resizer;
use attune_analysis::face::{BoundingBox, Detector, ExpressionReader, FaceAnalyzer, HeadPose, LandmarkReader};
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{Frame, MotionSample, Timestamp};
use attune_protocol::window::Window;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use image::{RgbImage, imageops};

const WINDOW: Window = Window(170_000_000);

/// Time that this thread has had a processor for, so that other programs on the machine do not count.
fn processor_time() -> Duration {
    let status = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let nanoseconds = status.split_whitespace().next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("it begins with a number"))
}

fn models() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"))
}

/// The average of many faces, 200 pixels wide on gray in a 640x480 frame, moved by `shift` pixels.
fn picture(shift: u32) -> RgbImage {
    let face = std::fs::read(models().join("demo/face_neutral.png")).expect("the demo's face is there");
    let face = decode(&face, &Limits::default()).expect("it is a picture");
    let face = imageops::resize(&face, 200, 200, imageops::FilterType::Triangle);
    let mut picture = RgbImage::from_pixel(640, 480, image::Rgb([120; 3]));
    imageops::overlay(&mut picture, &face, 220 + i64::from(shift), 140);
    picture
}

fn face(c: &mut Criterion) {
    let networks = Networks::load(models()).expect("the project's networks load");
    let frame = picture(0);
    let mut resizer = Resizer::default();
    let mut detector = Detector::new(&networks).expect("there is a detector");
    c.bench_function("face/detection_640x480", |b| b.iter(|| detector.find(&frame, &mut resizer)));
    let mut reader = ExpressionReader::new(&networks).expect("there is an expression network");
    let bounds = BoundingBox { x: 230.0, y: 150.0, width: 180.0, height: 180.0 };
    c.bench_function("face/expression", |b| b.iter(|| reader.read(&frame, &bounds, &mut resizer)));
    let mut reader = LandmarkReader::new(&networks).expect("there is a landmarks network");
    c.bench_function("face/landmarks", |b| b.iter(|| reader.read(&frame, &bounds, &mut resizer)));
    let landmarks = reader.read(&frame, &bounds, &mut resizer).expect("it runs").expect("it gives 68 points");
    c.bench_function("face/pose", |b| b.iter(|| HeadPose::of(&landmarks, frame.dimensions())));

    // Ten seconds at 10 frames a second with a face that moves a little: what a person at work costs.
    let pictures: Vec<RgbImage> = (0..4).map(picture).collect();
    let frames = || -> Vec<Frame> {
        let at = |i: usize| Timestamp::from_millis(WINDOW.start_millis() + 100 * i as i64);
        (0..100).map(|i| Frame { at: at(i), image: pictures[[0, 1, 2, 3, 2, 1][i % 6]].clone() }).collect()
    };
    let mut group = c.benchmark_group("face");
    group.sample_size(10);
    group.bench_function("ten_seconds_at_10_fps", |b| {
        b.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                let (mut analyzer, frames) = (FaceAnalyzer::new(&networks, 10.0), frames());
                let before = processor_time();
                analyzer.push(&frames);
                analyzer.finish(WINDOW, None);
                spent += processor_time() - before;
            }
            spent
        });
    });
    group.finish();
}

fn motion(c: &mut Criterion) {
    let networks = Networks::load(models()).expect("the project's networks load");
    let sample = |i: i64| {
        let t = i as f64 / 50.0;
        let at = Timestamp(WINDOW.start_millis() * 1000 + 20_000 * i);
        MotionSample { at, acceleration: [0.3 * t.sin(), 0.1, 9.8 + 2.0 * (12.6 * t).sin()], gyroscope: None }
    };
    let samples: Vec<MotionSample> = (0..501).map(sample).collect();
    c.bench_function("motion/window_at_50_hz", |b| {
        b.iter_batched(
            || MotionAnalyzer::new(&networks, 50.0),
            |mut analyzer| {
                analyzer.push(&samples);
                analyzer.finish(WINDOW, None)
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, face, motion);
criterion_main!(benches);
