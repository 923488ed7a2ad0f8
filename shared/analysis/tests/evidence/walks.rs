//! Walks over the borders of windows.

use std::f64::consts::TAU;

use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::MotionSample;
use attune_protocol::record::Record;
use attune_protocol::registry::motion;

use super::made::{self, figure, row};

/// Readings at `hz` for `seconds`, with steps of 1.75 a second wherever `walks` says so.
fn readings(hz: f64, seconds: f64, walks: impl Fn(f64) -> bool) -> Vec<MotionSample> {
    let reading = |i: u32| {
        let t = f64::from(i) / hz;
        let lift = if walks(t) { 0.25 * (TAU * 1.75 * t).sin() } else { 0.0 };
        MotionSample { at: made::at(t), acceleration: [0.0, 0.2, 9.806_65 * (1.0 + lift)], gyroscope: None }
    };
    (0..(hz * seconds) as u32).map(reading).collect()
}

fn play(samples: &[MotionSample], hz: f64, windows: u32) -> Vec<Record> {
    made::play(&mut MotionAnalyzer::new(&Networks::default(), hz), samples, windows, |sample| sample.at)
}

fn steps(records: &[Record]) -> f64 {
    records.iter().filter_map(|record| record.features.get(motion::STEPS)).sum()
}

#[test]
fn every_step_of_a_steady_walk_is_counted_once() {
    row(&["signal", "steps", "right"]);
    for hz in [25.0, 50.0, 100.0] {
        let found = steps(&play(&readings(hz, 70.0, |t| t < 60.6), hz, 7));
        row(&[&format!("60.6 s of walking at {hz} Hz"), &figure(Some(found), 0), "106"]);
        assert!((found - 106.0).abs() <= 1.0, "{hz} Hz: {found}");
    }
}

#[test]
fn short_walks_over_the_border_of_two_windows_are_counted() {
    for hz in [25.0, 50.0, 100.0] {
        // 2.9 s from 1.45 s before to as much after a border: five steps.
        let bout = |t: f64| (t + 1.45) % 20.0 < 2.9 && t > 5.0;
        let found = steps(&play(&readings(hz, 120.0, bout), hz, 12));
        row(&[&format!("5 walks of five steps over a border at {hz} Hz"), &figure(Some(found), 0), "25"]);
        assert!((found - 25.0).abs() <= 2.0, "{hz} Hz: {found}");
    }
}

#[test]
fn a_window_is_known_to_its_end() {
    for hz in [25.0, 50.0, 100.0] {
        let records = play(&readings(hz, 40.0, |_| true), hz, 4);
        for record in records {
            assert!(record.quality > 0.999, "{hz} Hz: {}", record.quality);
        }
    }
}
