//! Samples pushed in pieces give what they give when they are pushed as a whole, bit for bit.

use attune_analysis::Analyzer;
use attune_analysis::heart::HeartAnalyzer;
use attune_analysis::motion::MotionAnalyzer;
use attune_analysis::networks::Networks;
use attune_analysis::sample::{HeartSample, MotionSample, Timestamp};
use attune_protocol::record::Record;
use attune_protocol::window::Window;
use proptest::prelude::*;

use super::made::{self, FIRST};

const WINDOWS: u32 = 6;

fn whole<A: Analyzer>(mut analyzer: A, samples: &[A::Sample]) -> Vec<Record> {
    analyzer.push(samples);
    (0..WINDOWS).map(|window| analyzer.finish(Window(FIRST.0 + window), None)).collect()
}

/// Cut at the places that `cuts` names, and each window closed as soon as all of it was pushed.
fn pieces<A: Analyzer>(
    mut analyzer: A,
    samples: &[A::Sample],
    mut cuts: Vec<usize>,
    when: impl Fn(&A::Sample) -> Timestamp,
) -> Vec<Record> {
    cuts.push(samples.len());
    cuts.sort_unstable();
    let (mut records, mut begin, mut open) = (Vec::new(), 0, FIRST);
    for end in cuts.into_iter().map(|cut| cut.min(samples.len())) {
        analyzer.push(&samples[begin..end]);
        begin = end;
        let complete =
            |window: Window| samples[end..].first().is_none_or(|next| when(next).millis() >= window.end_millis());
        while open.0 < FIRST.0 + WINDOWS && complete(open) {
            records.push(analyzer.finish(open, None));
            open = open.next();
        }
    }
    records
}

/// Cut at the borders of windows: what an agent does.
fn by_window<A: Analyzer>(
    mut analyzer: A,
    samples: &[A::Sample],
    when: impl Fn(&A::Sample) -> Timestamp,
) -> Vec<Record> {
    made::play(&mut analyzer, samples, WINDOWS, when)
}

/// Readings with jitter and gaps, of walks that begin and end anywhere.
fn readings() -> impl Strategy<Value = Vec<MotionSample>> {
    let step = prop_oneof![30 => 5_000_i64..40_000, 1 => 200_000_i64..900_000];
    let readings = proptest::collection::vec((step, any::<bool>()), 500..2500);
    (readings, 1.0..2.5_f64, 5.0..25.0_f64).prop_map(|(steps, hz, period)| {
        let mut micros = 0;
        let mut reading = |(step, noisy): (i64, bool)| {
            micros += step;
            let t = micros as f64 / 1e6;
            let walks = t % period < period / 2.0;
            let lift = if walks { 0.3 * (std::f64::consts::TAU * hz * t).sin() } else { 0.0 };
            let shake = if noisy { 0.05 } else { 0.0 };
            MotionSample { at: made::at(t), acceleration: [shake, 0.3, 9.8 * (1.0 + lift)], gyroscope: None }
        };
        steps.into_iter().map(&mut reading).collect()
    })
}

/// Beats, rates and contact, with beats that are early, missing and told twice.
fn beats() -> impl Strategy<Value = Vec<HeartSample>> {
    let event = (0..40_u8, 500.0..1200.0_f64, 0.0..0.3_f64);
    proptest::collection::vec(event, 40..200).prop_map(|events| {
        let (mut now, mut samples) = (0.0, Vec::new());
        for (kind, rr_millis, late) in events {
            now += rr_millis / 1000.0;
            let beat = HeartSample::Beat { at: made::at(now), rr_millis };
            match kind {
                // Silence in which a window or more sees nothing, and a short one.
                0 => now += 1.0 + 150.0 * late,
                1 => now += 1.0 + 10.0 * late,
                2..=9 => samples.push(HeartSample::Rate { at: made::at(now), bpm: 60_000.0 / rr_millis }),
                10 => samples.push(HeartSample::Contact { at: made::at(now), touching: late > 0.02 }),
                11 => samples.extend([beat, beat]),
                _ => samples.push(beat),
            }
        }
        samples
    })
}

proptest! {
    #[test]
    fn motion_in_pieces_is_motion_as_a_whole(
        samples in readings(),
        cuts in proptest::collection::vec(0_usize..2500, 0..60),
    ) {
        let analyzer = || MotionAnalyzer::new(&Networks::default(), 50.0);
        let expected = whole(analyzer(), &samples);
        prop_assert_eq!(&pieces(analyzer(), &samples, cuts, |sample| sample.at), &expected);
        prop_assert_eq!(&by_window(analyzer(), &samples, |sample| sample.at), &expected);
    }

    /// As a strap tells them: contact before beats that stand up to three seconds before it.
    #[test]
    fn beats_told_behind_what_is_later_are_as_if_told_in_order(
        samples in beats(),
        reach in proptest::collection::vec(0.0..HeartSample::LATEST, 200),
    ) {
        let samples: Vec<_> =
            samples.into_iter().filter(|sample| !matches!(sample, HeartSample::Rate { .. })).collect();
        let expected = whole(HeartAnalyzer::new(), &samples);
        let told = |(sample, reach): (&HeartSample, &f64)| match sample {
            HeartSample::Contact { at, .. } => at.plus_seconds(-reach),
            sample => sample.at(),
        };
        let mut order: Vec<_> = samples.iter().zip(reach.iter().cycle()).map(|both| (told(both), *both.0)).collect();
        order.sort_by_key(|(told, _)| *told);
        // A statement on contact stands behind the last one.
        let contacts = order.iter().filter(|(_, sample)| matches!(sample, HeartSample::Contact { .. }));
        prop_assume!(contacts.is_sorted_by_key(|(_, sample)| sample.at()));
        let behind: Vec<HeartSample> = order.into_iter().map(|(_, sample)| sample).collect();
        prop_assert_eq!(&whole(HeartAnalyzer::new(), &behind), &expected);
    }

    #[test]
    fn a_heart_in_pieces_is_a_heart_as_a_whole(
        samples in beats(),
        cuts in proptest::collection::vec(0_usize..200, 0..40),
    ) {
        let expected = whole(HeartAnalyzer::new(), &samples);
        prop_assert_eq!(&pieces(HeartAnalyzer::new(), &samples, cuts, HeartSample::at), &expected);
        prop_assert_eq!(&by_window(HeartAnalyzer::new(), &samples, HeartSample::at), &expected);
    }
}
