//! Whatever a sensor says, nothing panics and nothing is given that is not finite.

use attune_protocol::registry::heart;
use attune_protocol::window::Window;
use proptest::prelude::*;

use super::*;
use crate::Analyzer as _;
use crate::sample::{HeartSample, Timestamp};

const FIRST: Window = Window(170_000_000);

fn start() -> Timestamp {
    Timestamp::from_millis(FIRST.start_millis())
}

/// Everyday intervals, impulses, and what is no number.
fn interval() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 300.0..1500.0, 1 => Just(0.0), 1 => Just(1e9), 1 => any::<f64>()]
}

fn sample() -> impl Strategy<Value = HeartSample> {
    let near = (0i64..400_000_000).prop_map(|micros| Timestamp(start().0 + micros));
    let at = prop_oneof![20 => near, 1 => any::<i64>().prop_map(Timestamp)];
    (at, interval(), 0..10, any::<bool>()).prop_map(|(at, rr_millis, kind, touching)| match kind {
        0 => HeartSample::Contact { at, touching },
        1 => HeartSample::Rate { at, bpm: rr_millis },
        _ => HeartSample::Beat { at, rr_millis },
    })
}

fn measures(times: &[f64], intervals: &[f64]) -> Vec<f64> {
    let half = intervals.len() / 2;
    let stretches = [&intervals[..half], &intervals[half..]];
    let time = time_domain(&stretches);
    let power = frequency_domain(times, intervals);
    let found = [
        triangular_index(intervals),
        stress_index(intervals),
        sample_entropy(&stretches),
        respiration_rate(times, intervals),
        time.rmssd,
        time.sd1_sd2(),
        power.and_then(|power| power.lf_hf()),
        power.and_then(|power| power.lf_nu()),
    ];
    found.into_iter().flatten().collect()
}

proptest! {
    #[test]
    fn no_samples_make_the_analyzer_panic_or_give_what_is_not_finite(
        mut samples in proptest::collection::vec(sample(), 0..600),
        in_order in any::<bool>(),
    ) {
        if in_order {
            samples.sort_by_key(HeartSample::at);
        }
        let mut analyzer = HeartAnalyzer::new();
        analyzer.push(&samples);
        for window in [FIRST, FIRST.next(), Window(FIRST.0 + 30), Window(FIRST.0 + 31), Window(u32::MAX)] {
            let record = analyzer.finish(window, None);
            prop_assert!((0.0..=1.0).contains(&record.quality), "{}", record.quality);
            prop_assert!(record.features.iter().all(|(_, value)| value.is_finite()));
        }
    }

    #[test]
    fn no_intervals_make_a_measure_panic_or_give_what_is_not_finite(
        intervals in proptest::collection::vec(interval(), 0..400),
        wild in any::<bool>(),
    ) {
        let step = |at: &mut f64, rr: &f64| {
            *at += if wild { *rr } else { rr.clamp(300.0, 2000.0) } / 1000.0;
            Some(*at)
        };
        let times: Vec<f64> = intervals.iter().scan(0.0, step).collect();
        for value in measures(&times, &intervals) {
            prop_assert!(value.is_finite(), "{value}");
        }
        prop_assert_eq!(artefacts_of(&intervals).len(), intervals.len());
    }
}

#[test]
fn a_day_of_beats_is_measured_and_the_analyzer_holds_five_minutes_of_it() {
    let intervals: Vec<f64> = (0..108_000).map(|i| f64::from(800 + (i * 7919) % 101 - (i % 11) * 4)).collect();
    let times: Vec<f64> = (1..=intervals.len()).map(|i| 0.8 * i as f64).collect();
    assert!(frequency_domain(&times, &intervals).is_some_and(|power| power.hf.is_finite()));
    assert!(sample_entropy(&[&intervals]).is_some());
    assert_eq!(artefacts_of(&intervals).len(), intervals.len());

    let mut analyzer = HeartAnalyzer::new();
    let mut beats = times.iter().zip(&intervals);
    let mut with_power = 0;
    for window in 0..8640 {
        let end = f64::from(window + 1) * 10.0;
        let within: Vec<_> = beats
            .by_ref()
            .take_while(|&(at, _)| *at < end)
            .map(|(at, &rr_millis)| HeartSample::Beat { at: start().plus_seconds(*at), rr_millis })
            .collect();
        analyzer.push(&within);
        let record = analyzer.finish(Window(FIRST.0 + window), None);
        with_power += u32::from(record.features.get(heart::LF).is_some());
    }
    assert!(with_power > 8600, "{with_power}");
}

#[test]
fn one_beat_and_a_single_stretch_of_two_have_no_more_than_they_can_have() {
    assert!(measures(&[0.8], &[800.0]).len() <= 1);
    assert!(measures(&[0.8, 1.6], &[800.0, 800.0]).len() <= 1);
    assert!(measures(&[], &[]).is_empty());
}
