use std::f64::consts::{PI, TAU};

use proptest::prelude::*;

use super::ordinals::*;
use super::*;
use crate::networks::testing::{self, StandIn};

const WINDOW: Window = Window(170_000_000);
const GRAVITY: f64 = 9.806_65;

/// Seconds after the window's start to acceleration in g.
fn samples(times: impl IntoIterator<Item = f64>, acceleration: impl Fn(f64) -> [f64; 3]) -> Vec<MotionSample> {
    let start = Timestamp::from_millis(WINDOW.start_millis());
    let sample = |t| MotionSample {
        at: start.plus_seconds(t),
        acceleration: acceleration(t).map(|g| g * GRAVITY),
        gyroscope: None,
    };
    times.into_iter().map(sample).collect()
}

fn at_rate(hz: f64, seconds: f64) -> impl Iterator<Item = f64> {
    (0..(hz * seconds) as usize).map(move |i| i as f64 / hz)
}

fn walking(t: f64) -> [f64; 3] {
    [0.02 * (TAU * t).sin(), 0.0, 1.0 + 0.25 * (TAU * 2.0 * t).sin()]
}

fn record(samples: &[MotionSample], rate: f64) -> Record {
    let mut analyzer = MotionAnalyzer::new(&Networks::default(), rate);
    analyzer.push(samples);
    analyzer.finish(WINDOW, None)
}

fn turned([x, y, z]: [f64; 3]) -> [f64; 3] {
    let (sin, cos) = 0.7f64.sin_cos();
    let (x, y) = (cos * x - sin * y, sin * x + cos * y);
    [cos * x - sin * z, y, sin * x + cos * z]
}

#[test]
fn walking_is_told_at_every_rate_and_in_every_orientation() {
    for rate in [25.0, 32.0, 50.0, 100.0, 200.0] {
        for turn in [|a: [f64; 3]| a, turned] {
            let record = record(&samples(at_rate(rate, 10.5), |t| turn(walking(t))), rate);
            let get = |ordinal| record.features.get(ordinal).unwrap();
            assert!((get(INTENSITY) - 0.25 * 2.0 / PI).abs() < 0.015, "{rate} Hz: {}", get(INTENSITY));
            assert!((get(DOMINANT_FREQUENCY) - 2.0).abs() < 0.1);
            assert!((get(CADENCE) - 120.0).abs() < 3.0, "{}", get(CADENCE));
            assert!((15.0..=20.0).contains(&get(STEPS)), "{}", get(STEPS));
            assert_eq!(get(STILLNESS_FRACTION), 0.0);
            assert_eq!(get(FIDGET_INDEX), 0.0);
            assert!(record.quality > 0.98, "{}", record.quality);
        }
    }
}

#[test]
fn a_device_at_rest_is_still_and_tilted_as_it_lies() {
    let record = record(&samples(at_rate(50.0, 11.0), |_| [0.0, 0.5f64.sqrt(), 0.5f64.sqrt()]), 50.0);
    let get = |ordinal| record.features.get(ordinal).unwrap();
    assert_eq!(get(STILLNESS_FRACTION), 1.0);
    assert!((get(TILT) - 45.0).abs() < 1e-6);
    assert!(get(INTENSITY) < 1e-9 && get(JERK) < 1e-6 && get(STEPS) == 0.0);
    assert_eq!(record.features.get(CADENCE), None);
    assert_eq!(record.features.get(DOMINANT_FREQUENCY), None);
    assert_eq!((record.coverage.expected, record.coverage.received), (500, 500));
    assert_eq!(record.coverage.gap, None);
}

#[test]
fn small_movements_while_seated_raise_the_fidget_index() {
    let fidget = |t: f64| [0.0, 0.0, if t < 5.0 { 1.0 + 0.05 * (TAU * 5.0 * t).sin() } else { 1.0 }];
    let record = record(&samples(at_rate(50.0, 11.0), fidget), 50.0);
    assert_eq!(record.features.get(FIDGET_INDEX), Some(0.5));
    assert_eq!(record.features.get(STILLNESS_FRACTION), Some(0.5));
    assert_eq!(record.features.get(STEPS), Some(0.0));
}

#[test]
fn steps_over_many_windows_add_up() {
    let mut analyzer = MotionAnalyzer::new(&Networks::default(), 50.0);
    analyzer.push(&samples(at_rate(50.0, 60.0), walking));
    let total: f64 = (0..6).map(|i| analyzer.finish(Window(WINDOW.0 + i), None).features.get(STEPS).unwrap()).sum();
    assert!((116.0..=120.0).contains(&total), "{total}");
}

#[test]
fn too_little_data_leaves_a_feature_absent_and_says_so_in_the_coverage() {
    let short = record(&samples(at_rate(50.0, 3.0), walking), 50.0);
    assert!(short.features.get(INTENSITY).is_some());
    for ordinal in [STEPS, CADENCE, DOMINANT_FREQUENCY, FIDGET_INDEX] {
        assert_eq!(short.features.get(ordinal), None);
    }
    assert_eq!(short.coverage.received, 150);
    assert!(short.coverage.over(attune_protocol::registry::Span::S10) < 0.31);

    let empty = record(&[], 50.0);
    assert!(empty.features.is_empty());
    assert_eq!((empty.quality, empty.coverage.gap), (0.0, Some(Gap::DeviceGone)));
}

#[test]
fn the_network_reads_stretches_without_gaps_and_its_classes_are_averaged() {
    let output = StandIn {
        name: "activity",
        shape: &[1, 6],
        slope: vec![0.0, 0.0, 0.0, 6.0, 0.0, 0.0],
        bias: vec![0.25, 0.0, 0.0, 0.0, 0.0, 0.0],
    };
    let entry = "task = \"activity\"\ninput = { name = \"motion\", shape = [1, 6, 128] }\n\
                 outputs = [{ name = \"activity\", shape = [1, 6] }]";
    let onnx = testing::onnx("motion", &[1, 6, 128], &[output]);
    let networks = testing::load(&[("activity.onnx", onnx, entry.to_owned())]);
    let mut analyzer = MotionAnalyzer::new(&networks, 50.0);
    analyzer.push(&samples(at_rate(50.0, 20.0).filter(|t| *t < 10.0 || *t > 12.0), |_| [0.0, 0.0, 0.5]));
    for window in [WINDOW, WINDOW.next()] {
        let features = analyzer.finish(window, None).features;
        assert!((features.get(ACTIVITY_WALKING).unwrap() - 0.5).abs() < 1e-5);
        assert_eq!(features.get(ACTIVITY_LYING), Some(0.25));
    }
    assert_eq!(record(&samples(at_rate(50.0, 10.0), walking), 50.0).features.get(ACTIVITY_WALKING), None);
}

#[test]
fn a_false_time_far_ahead_does_not_stop_the_sensing() {
    let mut analyzer = MotionAnalyzer::new(&Networks::default(), 50.0);
    analyzer.push(&samples([1e7], walking));
    analyzer.finish(WINDOW, None);
    analyzer.push(&samples(at_rate(50.0, 20.0), walking));
    assert!(analyzer.finish(WINDOW.next(), None).quality > 0.9);
}

#[test]
fn what_was_cleared_is_forgotten() {
    let mut analyzer = MotionAnalyzer::new(&Networks::default(), 50.0);
    analyzer.push(&samples(at_rate(50.0, 9.0), walking));
    analyzer.clear();
    let record = analyzer.finish(WINDOW, Some(Gap::Paused));
    assert!(record.features.is_empty());
    assert_eq!(record.coverage.gap, Some(Gap::Paused));
}

proptest! {
    #[test]
    fn no_samples_make_it_panic_or_give_a_value_that_is_not_finite(
        raw in proptest::collection::vec(
            (any::<i64>(), 0i64..20_000_000, prop::array::uniform3(any::<f64>()), any::<bool>()), 0..300),
    ) {
        let start = Timestamp::from_millis(WINDOW.start_millis());
        let mut analyzer = MotionAnalyzer::new(&Networks::default(), 50.0);
        for (wild, near, acceleration, is_wild) in raw {
            let at = if is_wild { Timestamp(wild) } else { Timestamp(start.0 + near) };
            analyzer.push(&[MotionSample { at, acceleration, gyroscope: Some(acceleration) }]);
        }
        for window in [WINDOW, WINDOW.next(), Window(u32::MAX)] {
            let record = analyzer.finish(window, None);
            prop_assert!((0.0..=1.0).contains(&record.quality));
            prop_assert!(record.features.iter().all(|(_, value)| value.is_finite()));
        }
    }
}
