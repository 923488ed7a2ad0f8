//! Hearts that skip, straps that miss and repeat.

use std::f64::consts::TAU;

use attune_analysis::heart::{HeartAnalyzer, frequency_domain, time_domain};
use attune_analysis::sample::HeartSample;
use attune_protocol::record::Record;
use attune_protocol::registry::{Ordinal, Span, heart};

use super::made::{self, Chance, figure, row};

const SECONDS: f64 = 320.0;
const WINDOWS: u32 = 30;
const VARIABILITY: [Ordinal; 6] =
    [heart::RMSSD, heart::SDNN, heart::LF, heart::HF, heart::LF_HF, heart::SAMPLE_ENTROPY];

/// Intervals of a heart of 72 a minute that breathes 15 times a minute, with an RMSSD of about 32 ms.
fn calm(seed: u64) -> Vec<f64> {
    let mut chance = Chance::new(seed);
    let (mut now, mut intervals) = (0.0, Vec::new());
    while now < SECONDS {
        let breath = 34.0 * (TAU * 0.25 * now).sin();
        let slow = 12.0 * (TAU * 0.1 * now).sin();
        let interval = 833.0 + breath + slow + 9.0 * chance.normal();
        now += interval / 1000.0;
        intervals.push(interval);
    }
    intervals
}

/// Beats at the ends of their intervals.
fn told(intervals: &[f64]) -> Vec<HeartSample> {
    let mut now = 0.0;
    let mut beat = |&rr_millis: &f64| {
        now += rr_millis / 1000.0;
        HeartSample::Beat { at: made::at(now), rr_millis }
    };
    intervals.iter().map(&mut beat).collect()
}

/// One beat in `every` comes early, and the next one as much late.
fn ectopic(intervals: &[f64], every: usize) -> Vec<f64> {
    let mut intervals = intervals.to_vec();
    for place in (every / 2..intervals.len() - 1).step_by(every) {
        intervals[place] *= 0.65;
        intervals[place + 1] *= 1.3;
    }
    intervals
}

/// One beat in `every` comes early by a share of its interval, and the next one as much late.
fn early(intervals: &[f64], share: f64, every: usize) -> Vec<f64> {
    let mut intervals = intervals.to_vec();
    for place in (every / 2..intervals.len() - 1).step_by(every) {
        intervals[place] *= 1.0 - share;
        intervals[place + 1] *= 1.0 + share;
    }
    intervals
}

/// One beat in `every` is missed, so that two intervals are told as one.
fn merged(intervals: &[f64], every: usize) -> Vec<f64> {
    let parts = intervals.chunks(every).flat_map(|part| match part {
        [first, second, rest @ ..] => [vec![first + second], rest.to_vec()].concat(),
        rest => rest.to_vec(),
    });
    parts.collect()
}

/// What a sensor says that is asked every so many seconds, and says the last interval again until there is a new one.
fn asked(intervals: &[f64], every: f64) -> Vec<HeartSample> {
    let beats = told(intervals);
    let last = |seconds: f64| beats[..beats.partition_point(|beat| beat.at() <= made::at(seconds))].last().copied();
    let times = (1..).map(|i| f64::from(i) * every).take_while(|seconds| *seconds < SECONDS);
    let say = |seconds: f64| match last(seconds)? {
        HeartSample::Beat { rr_millis, .. } => Some(HeartSample::Beat { at: made::at(seconds), rr_millis }),
        _ => None,
    };
    times.filter_map(say).collect()
}

/// Every second beat comes early.
fn bigeminy(intervals: &[f64]) -> Vec<f64> {
    intervals.iter().enumerate().map(|(i, rr)| rr * if i % 2 == 0 { 0.65 } else { 1.35 }).collect()
}

/// No interval depends on the one before.
fn fibrillation(seed: u64, (mean, spread): (f64, f64)) -> Vec<f64> {
    let mut chance = Chance::new(seed);
    (0..500).map(|_| (mean + spread * chance.normal()).clamp(380.0, 1300.0)).collect()
}

fn records(samples: &[HeartSample]) -> Vec<Record> {
    made::play(&mut HeartAnalyzer::new(), samples, WINDOWS, HeartSample::at)
}

/// The record after five minutes.
fn last(samples: &[HeartSample]) -> Record {
    records(samples).pop().unwrap()
}

fn show(signal: &str, record: &Record) {
    let get = |ordinal, digits| figure(record.features.get(ordinal), digits);
    row(&[
        signal,
        &get(heart::MEAN_HR, 1),
        &get(heart::RMSSD, 1),
        &get(heart::LF, 0),
        &get(heart::HF, 0),
        &figure(record.features.get(heart::ARTEFACT_FRACTION).map(|share| 100.0 * share), 0),
        &figure(Some(record.quality), 2),
        &figure(Some(record.coverage.over(Span::S60)), 2),
    ]);
}

/// RMSSD, LF and HF of the last minute and of five minutes, as the formulas that agree with NeuroKit2 give them.
fn truth(intervals: &[f64]) -> (f64, f64, f64) {
    let times: Vec<f64> = intervals
        .iter()
        .scan(0.0, |now, rr| {
            *now += rr / 1000.0;
            Some(*now)
        })
        .collect();
    let minute = times.iter().position(|at| *at >= 240.0).unwrap();
    let end = times.iter().position(|at| *at >= 300.0).unwrap();
    let power = frequency_domain(&times[..end], &intervals[..end]).unwrap();
    (time_domain(&[&intervals[minute..end]]).rmssd.unwrap(), power.lf, power.hf)
}

fn near(found: Option<f64>, expected: f64, share: f64) -> bool {
    found.is_some_and(|found| (found / expected - 1.0).abs() <= share)
}

fn has_variability(record: &Record) -> bool {
    VARIABILITY.iter().any(|ordinal| record.features.get(*ordinal).is_some())
}

#[test]
fn a_clean_heart_has_the_values_of_the_formulas() {
    let calm = calm(1);
    let (rmssd, lf, hf) = truth(&calm);
    row(&["signal", "rate", "RMSSD", "LF", "HF", "artefacts %", "quality", "coverage"]);
    row(&["the formulas", "", &figure(Some(rmssd), 1), &figure(Some(lf), 0), &figure(Some(hf), 0), "", "", ""]);
    let record = last(&told(&calm));
    show("clean", &record);
    assert!((30.0..34.0).contains(&rmssd), "{rmssd}");
    assert!(near(record.features.get(heart::RMSSD), rmssd, 0.05));
    assert!(near(record.features.get(heart::LF), lf, 0.05) && near(record.features.get(heart::HF), hf, 0.05));
    assert!(record.features.get(heart::ARTEFACT_FRACTION).unwrap() < 0.03);
    assert!(record.quality > 0.85 && record.coverage.last_60_s > 0.99);
}

#[test]
fn ectopic_beats_leave_the_variability_as_it_is_or_take_it_away_with_the_quality() {
    for seed in 1..=5 {
        let calm = calm(seed);
        let (rmssd, _, _) = truth(&calm);
        for every in [20, 16, 12, 10, 9, 8, 7, 6, 5, 4, 3] {
            let record = last(&told(&ectopic(&calm, every)));
            if seed == 1 {
                show(&format!("one in {every} ectopic"), &record);
            }
            let share = record.features.get(heart::ARTEFACT_FRACTION).unwrap();
            assert!(share > 1.4 / every as f64, "one in {every}: {share}");
            match record.features.get(heart::RMSSD) {
                Some(found) => assert!((found / rmssd - 1.0).abs() < 0.2, "one in {every}: {found} for {rmssd}"),
                None => assert!(record.quality < 0.1, "one in {every}: {}", record.quality),
            }
            let given = record.features.get(heart::RMSSD).is_some();
            assert!(if given { every >= 9 } else { every < 12 }, "one in {every}: {share}");
            let rate = record.features.get(heart::MEAN_HR).unwrap();
            assert!((rate - 72.0).abs() < 4.0, "one in {every}: {rate} a minute");
        }
    }
}

#[test]
fn beats_that_come_early_by_little_leave_the_variability_as_it_is_or_take_it_away_with_the_quality() {
    let mut off = Vec::new();
    for share in [0.12, 0.15, 0.2] {
        for every in [20, 16, 12, 10, 8, 7, 6, 5, 4, 3] {
            for seed in 1..=5 {
                let calm = calm(seed);
                let (rmssd, _, _) = truth(&calm);
                let record = last(&told(&early(&calm, share, every)));
                if seed == 1 {
                    show(&format!("one in {every} early by {share}"), &record);
                }
                let right = match record.features.get(heart::RMSSD) {
                    Some(found) => (found / rmssd - 1.0).abs() < 0.3,
                    None => record.quality < 0.1 && !has_variability(&record),
                };
                if !right {
                    off.push((share, every, seed, record.features.get(heart::RMSSD), record.quality));
                }
            }
        }
    }
    assert!(off.is_empty(), "{off:#?}");
}

#[test]
fn two_beats_told_as_one_leave_the_variability_as_it_is_and_without_quality_there_is_none() {
    for seed in 1..=5 {
        let calm = calm(seed);
        for every in [30, 20, 12, 10, 8, 7, 6, 5, 4] {
            let intervals = merged(&calm, every);
            let (rmssd, _, _) = truth(&calm);
            let records = records(&told(&intervals));
            if seed == 1 {
                show(&format!("two beats told as one, one in {every}"), &records[29]);
            }
            for record in &records {
                assert!(record.quality > 0.0 || !has_variability(record), "one in {every}: {:?}", record.features);
            }
            if let Some(found) = records[29].features.get(heart::RMSSD) {
                assert!((found / rmssd - 1.0).abs() < 0.2, "one in {every}: {found} for {rmssd}");
            }
        }
    }
}

#[test]
fn an_interval_that_a_sensor_holds_counts_once_or_has_no_variability() {
    let calm = calm(1);
    let (rmssd, _, _) = truth(&calm);
    for every in [0.25, 0.5] {
        let record = last(&asked(&calm, every));
        show(&format!("the last interval, told every {every} s"), &record);
        assert!(near(record.features.get(heart::RMSSD), rmssd, 0.1), "{:?}", record.features.get(heart::RMSSD));
        assert!(record.coverage.last_60_s > 0.95, "{}", record.coverage.last_60_s);
    }
    for beats in [2, 3, 5] {
        let held: Vec<f64> = calm.chunks(beats).flat_map(|part| vec![part[0]; part.len()]).collect();
        let record = last(&told(&held));
        show(&format!("an interval held for {beats} beats"), &record);
        assert!(!has_variability(&record), "{beats}: {:?}", record.features);
        assert!((record.features.get(heart::MEAN_HR).unwrap() - 72.0).abs() < 4.0);
    }
}

#[test]
fn a_calm_heart_that_is_told_in_coarse_steps_is_none_that_is_held() {
    let mut chance = Chance::new(9);
    // Steps of a hundred and twenty-eighth of a second, in which a heart with an RMSSD of 8 ms often repeats itself.
    let step = 1000.0 / 128.0;
    let intervals: Vec<f64> = (0..400).map(|_| ((900.0 + 5.5 * chance.normal()) / step).round() * step).collect();
    let record = last(&told(&intervals));
    show("a calm heart in steps of 7.8 ms", &record);
    assert!(record.features.get(heart::RMSSD).is_some_and(|found| (6.0..11.0).contains(&found)));
}

#[test]
fn a_heart_without_a_rhythm_has_a_rate_and_no_variability() {
    for form in [(720.0, 130.0), (800.0, 100.0), (650.0, 160.0)] {
        let (mut all, mut trusted) = (0, 0);
        for seed in 1..=10 {
            let beats = told(&fibrillation(seed, form));
            for record in &records(&beats)[6..] {
                all += 1;
                trusted += u32::from(has_variability(record) && record.quality >= 0.1);
                let rate = record.features.get(heart::MEAN_HR).unwrap();
                assert!((60.0..120.0).contains(&rate), "{form:?}: {rate} a minute");
            }
            if seed == 1 {
                show(&format!("atrial fibrillation, {} +- {} ms", form.0, form.1), &last(&beats));
            }
        }
        // The mildest one looks like breathing now and then.
        let most = if form.1 > 0.15 * form.0 { 0 } else { all / 20 };
        row(&["windows with a variability that is trusted", &trusted.to_string(), &all.to_string()]);
        assert!(trusted <= most, "{form:?}: {trusted} of {all}");
    }
}

#[test]
fn a_slow_heart_that_breathes_deeply_has_a_rhythm() {
    let mut now = 0.0;
    let interval = |_| {
        let rr: f64 = 1100.0 + 122.0 * (TAU * 0.2 * now).sin();
        now += rr / 1000.0;
        rr
    };
    let intervals: Vec<f64> = (0..300).map(interval).collect();
    let record = last(&told(&intervals));
    show("55 a minute, deep breaths", &record);
    let (rmssd, ..) = truth(&intervals);
    assert!(rmssd > 105.0, "{rmssd}");
    assert!(near(record.features.get(heart::RMSSD), rmssd, 0.05) && record.quality > 0.9, "{}", record.quality);
}

#[test]
fn a_heart_whose_every_second_beat_is_early_has_its_rate() {
    let records = records(&told(&bigeminy(&calm(1))));
    show("bigeminy", &records[29]);
    for record in &records[2..] {
        let rate = record.features.get(heart::MEAN_HR).unwrap();
        assert!((rate - 72.0).abs() < 4.0, "{rate} a minute");
        assert!(!has_variability(record));
    }
}

#[test]
fn a_beat_that_was_not_told_leaves_a_gap() {
    let calm = calm(1);
    let (rmssd, lf, hf) = truth(&calm);
    for every in [30, 20, 10] {
        let beats: Vec<_> =
            told(&calm).into_iter().enumerate().filter(|(i, _)| i % every != every / 2).map(|(_, beat)| beat).collect();
        let record = last(&beats);
        show(&format!("one in {every} not told"), &record);
        assert!(near(record.features.get(heart::RMSSD), rmssd, 0.1), "{:?}", record.features.get(heart::RMSSD));
        assert!(near(record.features.get(heart::LF), lf, 0.35), "{:?} for {lf}", record.features.get(heart::LF));
        assert!(near(record.features.get(heart::HF), hf, 0.35), "{:?} for {hf}", record.features.get(heart::HF));
        let coverage = record.coverage.over(Span::S300);
        assert!((coverage - (1.0 - 1.0 / every as f64)).abs() < 0.02, "one in {every}: {coverage}");
    }
}

#[test]
fn a_beat_that_was_not_told_leaves_a_gap_in_a_fast_heart_too() {
    let fast: Vec<f64> = calm(1).iter().cycle().take(900).map(|rr| rr * 0.43).collect();
    let whole = last(&told(&fast));
    let beats: Vec<_> =
        told(&fast).into_iter().enumerate().filter(|(i, _)| i % 15 != 7).map(|(_, beat)| beat).collect();
    let record = last(&beats);
    show("167 a minute, one in 15 not told", &record);
    let rmssd = |record: &Record| record.features.get(heart::RMSSD);
    assert!(near(rmssd(&record), rmssd(&whole).unwrap(), 0.1), "{:?}", rmssd(&record));
    assert!((record.coverage.over(Span::S300) - 14.0 / 15.0).abs() < 0.02);
}

#[test]
fn beats_that_were_told_twice_count_once() {
    let calm = calm(1);
    let (rmssd, _, _) = truth(&calm);
    for (name, late) in [("every beat told twice", 0.0), ("every beat told twice, once 50 ms late", 0.05)] {
        let again = |beat: HeartSample| match beat {
            HeartSample::Beat { at, rr_millis } => [beat, HeartSample::Beat { at: at.plus_seconds(late), rr_millis }],
            other => [other, other],
        };
        let record = last(&told(&calm).into_iter().flat_map(again).collect::<Vec<_>>());
        show(name, &record);
        assert!(near(record.features.get(heart::RMSSD), rmssd, 0.02), "{:?}", record.features.get(heart::RMSSD));
        assert!(record.coverage.last_60_s > 0.99);
    }
}

#[test]
fn an_interval_of_a_minute_is_none() {
    let mut beats = told(&calm(1));
    beats.retain(|beat| beat.at() < made::at(220.0) || beat.at() >= made::at(290.0));
    let late = HeartSample::Beat { at: made::at(284.0), rr_millis: 64_000.0 };
    let place = beats.partition_point(|beat| beat.at() < late.at());
    beats.insert(place, late);
    let record = last(&beats);
    show("an interval of 64 s", &record);
    assert!((record.coverage.last_60_s - 1.0 / 6.0).abs() < 0.02, "{}", record.coverage.last_60_s);
}

#[test]
fn intervals_that_were_computed_from_a_rate_have_no_variability() {
    for (name, digits) in [("whole milliseconds", 1.0), ("a tenth of one", 10.0)] {
        let mut chance = Chance::new(3);
        let intervals: Vec<f64> = (0..400)
            .scan(72.0, |rate, i| {
                if i % 4 == 0 {
                    *rate = (*rate + chance.normal().round()).clamp(55.0, 95.0);
                }
                Some((digits * 60_000.0 / *rate).round() / digits)
            })
            .collect();
        let record = last(&told(&intervals));
        show(&format!("intervals computed from a rate, {name}"), &record);
        assert!(!has_variability(&record), "{:?}", record.features);
        assert!(record.features.get(heart::MEAN_HR).is_some());
    }
    for (name, apart) in [("one interval for ever", 0.0), ("intervals of an averaged rate with its decimals", 3.0)] {
        let slow = |i: u32| 60_000.0 / (72.0 + apart * (f64::from(i) / 20.0).sin());
        let record = last(&told(&(0..400).map(slow).collect::<Vec<_>>()));
        show(name, &record);
        assert!(!has_variability(&record), "{name}: {:?}", record.features);
    }
}

#[test]
fn rates_count_where_there_are_no_intervals() {
    let mut samples: Vec<HeartSample> =
        (0..300).map(|second| HeartSample::Rate { at: made::at(f64::from(second)), bpm: 72.0 }).collect();
    for second in (3..300).step_by(10) {
        samples.push(HeartSample::Beat { at: made::at(f64::from(second) + 0.5), rr_millis: 833.0 });
    }
    samples.sort_by_key(HeartSample::at);
    for record in records(&samples) {
        assert!((record.features.get(heart::MEAN_HR).unwrap() - 72.0).abs() < 0.1);
        assert!(record.coverage.over(Span::S10) > 0.99, "{:?}", record.coverage);
        assert!(!has_variability(&record));
    }
    show("rates, and one interval in ten seconds", &last(&samples));
}

#[test]
fn a_rate_that_comes_seldom_is_held_into_the_next_window() {
    for apart in [5.0, 6.0, 7.0, 8.0] {
        let samples: Vec<HeartSample> =
            (0..60).map(|i| HeartSample::Rate { at: made::at(f64::from(i) * apart), bpm: 72.0 }).collect();
        let records = records(&samples);
        for record in &records[..28] {
            assert_eq!(record.features.get(heart::MEAN_HR), Some(72.0), "every {apart} s");
            assert_eq!(record.coverage.received, 10_000, "every {apart} s");
        }
        show(&format!("a rate every {apart} s"), &records[27]);
    }
    let one = HeartSample::Rate { at: made::at(4.0), bpm: 72.0 };
    let seen: Vec<u32> = records(&[one])[..3].iter().map(|record| record.coverage.received).collect();
    assert_eq!(seen, [6_000, 4_000, 0], "ten seconds after it nothing is known");
}

#[test]
fn a_held_rate_ends_when_the_sensor_leaves_the_skin() {
    let samples = [
        HeartSample::Rate { at: made::at(1.0), bpm: 72.0 },
        HeartSample::Contact { at: made::at(7.0), touching: false },
    ];
    let seen: Vec<u32> = records(&samples)[..2].iter().map(|record| record.coverage.received).collect();
    assert_eq!(seen, [6_000, 0]);
}
