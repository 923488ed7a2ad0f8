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

#[test]
fn five_minutes_give_everything_and_each_measure_waits_for_its_shortest_time() {
    // A heart of 75 a minute that breathes 15 times a minute, with a wave of 10 s and some noise.
    let mut beats = Vec::new();
    let mut at = 0.0;
    while at < 400.0 {
        let wave = |hz: f64, ms: f64| ms * (std::f64::consts::TAU * hz * at).sin();
        let rr_millis = 800.0 + wave(0.25, 30.0) + wave(0.1, 20.0) + f64::from((beats.len() as u32 * 7919) % 13);
        at += rr_millis / 1000.0;
        beats.push(HeartSample::Beat { at: Timestamp(0).plus_seconds(at), rr_millis });
    }
    let records = run(&mut HeartAnalyzer::new(), &beats, 40);
    for spec in heart::FEATURES.iter().filter(|spec| spec.ordinal < heart::CONTACT) {
        let first = records.iter().position(|record| record.features.get(spec.ordinal).is_some());
        let due = spec.shortest_seconds.div_ceil(10) as usize;
        let first = first.unwrap_or_else(|| panic!("{} is never given", spec.name)) + 1;
        assert!((due..=due + 1).contains(&first), "{}: after {first} windows, due after {due}", spec.name);
    }
    let last = records.last().expect("there are windows");
    let get = |ordinal| last.features.get(ordinal).expect("five minutes are enough");
    assert!((get(heart::RESPIRATION_RATE) - 15.0).abs() < 0.5, "{}", get(heart::RESPIRATION_RATE));
    assert!(get(heart::HF) > get(heart::LF) && get(heart::LF) > get(heart::VLF));
    assert!((get(heart::LF_NU) + get(heart::HF_NU) - 100.0).abs() < 1e-9);
}

#[test]
fn powers_are_of_the_longest_time_without_a_long_gap() {
    let mut samples = steady(0.0, 100.0, 800.0);
    samples.extend(steady(110.0, 300.0, 800.0));
    let records = run(&mut HeartAnalyzer::new(), &samples, 30);
    let last = &records[29].features;
    assert!(last.get(heart::LF).is_some(), "190 s in a row");
    assert_eq!(last.get(heart::VLF), None, "which is under the shortest time of very low frequencies");
    assert!(last.get(heart::HTI).is_some(), "a histogram minds no gap");
}

#[test]
fn with_too_many_artefacts_nothing_is_said_of_variability() {
    let mut samples = steady(0.0, 300.0, 800.0);
    for sample in samples.iter_mut().step_by(3) {
        if let HeartSample::Beat { rr_millis, .. } = sample {
            *rr_millis = 250.0;
        }
    }
    let records = run(&mut HeartAnalyzer::new(), &samples, 30);
    let features = &records[29].features;
    for ordinal in [heart::RMSSD, heart::LF, heart::HTI, heart::SAMPLE_ENTROPY, heart::RESPIRATION_RATE] {
        assert_eq!(features.get(ordinal), None, "{ordinal:?}");
    }
    assert!(features.get(heart::ARTEFACT_FRACTION).is_some_and(|share| share > 0.3));
}

#[test]
fn between_rates_that_a_sensor_tells_once_a_minute_nothing_says_that_it_is_not_worn() {
    for step in [60, 300] {
        let rate = |i: i64| HeartSample::Rate { at: Timestamp::from_millis(i * step * 1000), bpm: 64.0 };
        let windows = 20 * step as u32 / 10;
        let told: Vec<_> = (0..20).map(rate).collect();
        let records = run(&mut HeartAnalyzer::new(), &told, windows + 200);
        let (worn, off) = records.split_at(windows as usize);
        for (number, record) in worn.iter().enumerate() {
            let told = number as i64 * 10 % step == 0;
            let seen = (record.coverage.received, record.coverage.gap, record.features.get(heart::MEAN_HR));
            assert_eq!(seen, if told { (10_000, None, Some(64.0)) } else { (0, None, None) }, "{step} s, {number}");
        }
        // Half a step later than usual it is missed.
        let missed = off.iter().position(|record| record.coverage.gap == Some(Gap::NotWorn));
        assert_eq!(missed, Some(step as usize / 20), "{step} s");
        assert_eq!(off[199].coverage.gap, Some(Gap::NotWorn));
    }
}

#[test]
fn a_sensor_that_told_rates_or_beats_at_once_or_lost_the_skin_is_not_worn_when_it_falls_silent() {
    let rate = |seconds: i64| HeartSample::Rate { at: Timestamp::from_millis(seconds * 1000), bpm: 64.0 };
    let every_second: Vec<_> = (0..60).map(rate).collect();
    let taken_off = HeartSample::Contact { at: Timestamp::from_millis(121_000), touching: false };
    let once_a_minute: Vec<_> = (0..3).map(|i| rate(i * 60)).chain([taken_off]).collect();
    let beats: Vec<_> = [rate(0)].into_iter().chain(steady(1.0, 60.0, 800.0)).collect();
    for (samples, silent) in [(every_second, 7), (once_a_minute, 13), (beats, 6)] {
        let records = run(&mut HeartAnalyzer::new(), &samples, 20);
        for (number, record) in records.iter().enumerate().skip(silent) {
            assert_eq!(record.coverage.gap, Some(Gap::NotWorn), "{number}");
        }
    }
}
