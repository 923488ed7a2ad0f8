//! `rr_series`: whole days of hearts, with gaps, ectopic beats and odd lines.

use std::io::Read as _;

use attune_analysis::Analyzer as _;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::sample::{HeartSample, Timestamp};
use attune_protocol::registry::heart;
use attune_protocol::window::Window;

/// The numbers of a file, in milliseconds; other lines are skipped.
fn intervals(path: &std::path::Path) -> Vec<f64> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let values: Vec<f64> = text.lines().filter_map(|line| line.trim().parse().ok()).collect();
    let in_seconds = values[values.len() / 2] < 20.0;
    values.into_iter().map(|value| if in_seconds { value * 1000.0 } else { value }).collect()
}

#[test]
fn whole_days_give_finite_features_in_nearly_every_window() {
    let Some(data) = super::data() else { return };
    let folder = std::fs::read_dir(data.join("heart/rr_series")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut windows, mut with_rmssd, mut with_power, mut with_breath) = (0, 0, 0, 0);
    assert!(paths.len() >= 20);
    // All of them take minutes.
    for path in paths.iter().step_by(4) {
        let mut analyzer = HeartAnalyzer::new();
        let mut at = Timestamp(0);
        let mut next = Window(0);
        for rr_millis in intervals(path) {
            at = at.plus_seconds(rr_millis / 1000.0);
            while next < at.window() {
                let record = analyzer.finish(next, None);
                assert!(record.features.iter().all(|(_, value)| value.is_finite()));
                windows += 1;
                with_rmssd += u32::from(record.features.get(heart::RMSSD).is_some());
                with_power += u32::from(record.features.get(heart::LF).is_some());
                with_breath += u32::from(record.features.get(heart::RESPIRATION_RATE).is_some());
                next = next.next();
            }
            analyzer.push(&[HeartSample::Beat { at, rr_millis }]);
        }
    }
    eprintln!("{windows} windows: RMSSD in {with_rmssd}, powers in {with_power}, breathing in {with_breath}");
    assert!(with_rmssd > windows * 9 / 10 && with_power > windows * 9 / 10);
}
