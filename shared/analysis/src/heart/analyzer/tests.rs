use super::*;

/// Beats of one interval from `from` seconds on, until `to`.
fn steady(from: f64, to: f64, rr: f64) -> Vec<HeartSample> {
    let count = ((to - from) * 1000.0 / rr) as usize;
    let at = |i: usize| Timestamp(0).plus_seconds(from + (i + 1) as f64 * rr / 1000.0);
    // Up and down by 20 ms, so that there is a variability.
    (0..count).map(|i| HeartSample::Beat { at: at(i), rr_millis: rr + if i % 2 == 0 { 10.0 } else { -10.0 } }).collect()
}

fn run(analyzer: &mut HeartAnalyzer, samples: &[HeartSample], windows: u32) -> Vec<Record> {
    let close = |w| {
        let window = Window(w);
        let within: Vec<_> = samples.iter().filter(|s| s.at().window() == window).copied().collect();
        analyzer.push(&within);
        analyzer.finish(window, None)
    };
    (0..windows).map(close).collect()
}

#[test]
fn features_appear_when_their_shortest_time_is_reached_and_not_before() {
    let records = run(&mut HeartAnalyzer::new(), &steady(0.0, 70.0, 800.0), 7);
    let hr = records[0].features.get(heart::MEAN_HR).expect("ten seconds");
    assert!((hr - 75.0).abs() < 0.2, "{hr}");
    assert_eq!(records[1].features.get(heart::RMSSD), None);
    assert!((records[2].features.get(heart::RMSSD).expect("30 s") - 20.0).abs() < 1e-9);
    assert_eq!(records[4].features.get(heart::SDNN), None);
    assert!(records[5].features.get(heart::SDNN).is_some());
    assert!(records.iter().all(|r| r.coverage.received > 9_900 && r.coverage.gap.is_none() && r.quality > 0.98));
}

#[test]
fn without_beats_the_sensor_is_not_worn_and_nothing_is_claimed() {
    let records = run(&mut HeartAnalyzer::new(), &[], 2);
    for record in records {
        assert_eq!(record.coverage.gap, Some(Gap::NotWorn));
        assert!(record.features.is_empty());
        assert_eq!(record.quality, 0.0);
    }
}

#[test]
fn beats_without_contact_are_left_out() {
    let mut samples = vec![HeartSample::Contact { at: Timestamp(0), touching: false }];
    samples.extend(steady(0.0, 10.0, 800.0));
    let records = run(&mut HeartAnalyzer::new(), &samples, 1);
    assert_eq!(records[0].features.get(heart::CONTACT), Some(0.0));
    assert_eq!(records[0].features.get(heart::MEAN_HR), None);
    assert_eq!(records[0].coverage.gap, Some(Gap::NotWorn));
}

#[test]
fn a_sensor_that_gives_only_rates_has_a_rate_and_no_variability() {
    let rate = |i: i64| HeartSample::Rate { at: Timestamp::from_millis(i * 1000), bpm: 72.0 };
    let records = run(&mut HeartAnalyzer::new(), &(0..60).map(rate).collect::<Vec<_>>(), 6);
    assert_eq!(records[5].features.get(heart::MEAN_HR), Some(72.0));
    assert_eq!(records[5].features.get(heart::RMSSD), None);
    assert_eq!(records[5].coverage.received, 10_000);
}

#[test]
fn clearing_forgets_the_minutes_before() {
    let mut analyzer = HeartAnalyzer::new();
    run(&mut analyzer, &steady(0.0, 60.0, 800.0), 6);
    analyzer.clear();
    let window = Window(6);
    analyzer.push(&steady(60.0, 70.0, 800.0));
    let record = analyzer.finish(window, None);
    assert_eq!(record.features.get(heart::RMSSD), None);
    assert!(record.coverage.last_60_s < 0.2);
}
