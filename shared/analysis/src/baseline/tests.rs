use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::Coverage;
use attune_protocol::window::Window;

use super::*;
use crate::indicators::{Terms, assess};

/// A day of eight hours: usual levels with a spread, and an hour before noon that is three spreads above them.
fn day(person: fn(f64) -> Vec<Features>) -> Vec<Vec<Record>> {
    (0..8 * 360)
        .map(|index| {
            let noise = ((index * 7919) % 1000) as f64 / 500.0 - 1.0;
            let strained = (3 * 360..4 * 360).contains(&index);
            let state = noise + if strained { 3.0 } else { 0.0 };
            let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
            person(state)
                .into_iter()
                .map(|features| Record::new(Window(170_000_000 + index), 0.9, coverage, features))
                .collect()
        })
        .collect()
}

fn heart_of(rate: f64, rate_spread: f64, rmssd: f64) -> Features {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, rate + rate_spread);
    features.set(heart::RMSSD, rmssd);
    features
}

fn voice_of(level: f64, centroid: f64, semitones: f64, state: f64) -> Features {
    let mut features = Features::new(Modality::Voice);
    features.set(voice::VOICED_FRACTION, 0.5);
    features.set(voice::LEVEL, level + 3.0 * state);
    features.set(voice::LOUDNESS, 0.5 * (0.2 * state).exp());
    features.set(voice::SPECTRAL_CENTROID, centroid + 100.0 * state);
    features.set(voice::F0_MEAN, 27.5 * ((semitones + state) / 12.0).exp2());
    features.set(voice::F0_SEMITONE_MEAN, semitones + state);
    features.set(voice::F0_SEMITONE_SD, 2.0);
    features
}

fn calm_heart(state: f64) -> Vec<Features> {
    vec![heart_of(58.0, 3.0 * state, 60.0 * (-0.1 * state).exp())]
}

fn calm_person(state: f64) -> Vec<Features> {
    [calm_heart(state), vec![voice_of(-36.0, 1200.0, 24.0, state)]].concat()
}

fn excited_person(state: f64) -> Vec<Features> {
    let heart = heart_of(84.0, 3.0 * state, 24.0 * (-0.1 * state).exp());
    vec![heart, voice_of(-24.0, 2200.0, 36.0, state)]
}

fn stress_of(day: Vec<Vec<Record>>) -> Vec<f64> {
    let mut baseline = Baseline::default();
    day.into_iter()
        .map(|mut records| {
            records.iter_mut().for_each(|record| baseline.annotate(record));
            assess(&records, Terms::sensed(Profile::Research)).stress.value().expect("a heart at rest supports stress")
        })
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn a_day_of_a_calm_person_and_of_a_naturally_excited_one_come_to_the_same_score() {
    let (calm, excited) = (stress_of(day(calm_person)), stress_of(day(excited_person)));
    let without = |person: fn(f64) -> Vec<Features>| {
        mean(
            &day(person)
                .iter()
                .map(|records| assess(records, Terms::sensed(Profile::Research)).stress.value().expect("known"))
                .collect::<Vec<_>>(),
        )
    };
    assert!(without(excited_person) - without(calm_person) > 0.1, "levels alone set them apart");
    let old_enough = 400..;
    assert!((mean(&calm[old_enough.clone()]) - mean(&excited[old_enough])).abs() < 0.03);
    for person in [&calm, &excited] {
        let (strained, usual) = (mean(&person[3 * 360..4 * 360]), mean(&person[5 * 360..]));
        assert!(strained > usual + 0.2, "{strained} against {usual}");
    }
}

#[test]
fn a_young_baseline_gives_no_deviation() {
    let mut baseline = Baseline::default();
    let given: Vec<bool> = day(calm_heart)
        .into_iter()
        .take(200)
        .flatten()
        .map(|mut record| {
            baseline.annotate(&mut record);
            record.features.get(heart::MEAN_HR_DEVIATION).is_some()
        })
        .collect();
    assert!(given[..60].iter().all(|given| !given));
    assert!(given[60..].iter().all(|given| *given), "ten minutes of windows are enough");
}

#[test]
fn outliers_do_not_move_the_baseline() {
    let deviation_after = |outliers: u32| {
        let mut baseline = Baseline::default();
        let mut records: Vec<Record> = day(calm_heart).into_iter().take(1000).flatten().collect();
        for record in records.iter_mut().take(outliers as usize) {
            record.features.set(heart::MEAN_HR, 240.0);
        }
        records.iter_mut().for_each(|record| baseline.annotate(record));
        let mut probe = records[900].clone();
        probe.features.set(heart::MEAN_HR, 64.0);
        baseline.annotate(&mut probe);
        probe.features.get(heart::MEAN_HR_DEVIATION).expect("old enough")
    };
    assert!((deviation_after(0) - deviation_after(50)).abs() < 0.3);
}

#[test]
fn a_baseline_reads_back_and_a_damaged_one_is_refused() {
    let mut baseline = Baseline::default();
    for mut record in day(calm_heart).into_iter().take(50).flatten() {
        baseline.annotate(&mut record);
    }
    let bytes = baseline.encode();
    assert_eq!(Baseline::decode(&bytes).map(|read| read.features), Ok(baseline.features));
    assert_eq!(Baseline::decode(&bytes[..bytes.len() - 1]), Err(BaselineError::Damaged));
    assert_eq!(Baseline::decode(&[7]), Err(BaselineError::Version(7)));
    assert!(bytes.len() < 20_000, "bounded: {} bytes", bytes.len());
}

#[test]
fn what_was_learnt_of_a_modality_is_forgotten_and_the_rest_stays() {
    let mut baseline = Baseline::default();
    for mut record in day(calm_heart).into_iter().take(100).flatten() {
        baseline.annotate(&mut record);
    }
    assert!(!baseline.forget(Modality::Voice), "nothing was learnt of a voice");
    assert_ne!(baseline.encode(), Baseline::default().encode());
    assert!(baseline.forget(Modality::Heart));
    assert_eq!(baseline.encode(), Baseline::default().encode(), "no byte of it is left");
    let mut record = day(calm_heart).remove(0).remove(0);
    baseline.annotate(&mut record);
    assert_eq!(record.features.get(heart::MEAN_HR_DEVIATION), None);
}

#[test]
fn a_year_leaves_a_baseline_no_larger_than_a_day() {
    let of = |days: usize| {
        let mut baseline = Baseline::default();
        let mut records: Vec<Record> = day(excited_person).into_iter().step_by(30).flatten().collect();
        for _ in 0..days {
            records.iter_mut().for_each(|record| baseline.annotate(record));
        }
        baseline.encode().len()
    };
    assert_eq!(of(365), of(1));
}

/// The weight of what was learnt before `windows` windows passed.
fn weight_after(windows: u32) -> f64 {
    let mut histogram = Histogram::default();
    (0..1000).for_each(|index| histogram.observe(Window(170_000_000 + index), 0.2));
    histogram.observe(Window(170_000_999 + windows), 0.8);
    histogram.weight() - 1.0
}

#[test]
fn half_of_the_past_is_forgotten_in_fourteen_days_whatever_was_seen_in_them() {
    let fortnight = 14 * 24 * 360;
    assert!((weight_after(fortnight) - 500.0).abs() < 3.0, "{}", weight_after(fortnight));
    assert!((weight_after(fortnight / 2) - 1000.0 * 0.5_f64.sqrt()).abs() < 3.0);
    assert!((weight_after(40 * fortnight) - 500.0).abs() < 3.0, "a clock that jumps forgets no more");
    let mut often = Histogram::default();
    (0..=fortnight).for_each(|index| often.observe(Window(170_000_000 + index), if index < 1000 { 0.2 } else { 0.8 }));
    let early = often.weight_at(0.2);
    assert!((early - 500.0).abs() < 5.0, "{early}");
}

#[test]
fn nothing_is_learnt_from_windows_that_scores_refuse() {
    let mut records: Vec<Record> = day(calm_heart).into_iter().take(500).flatten().collect();
    let usual = |record: &Record, baseline: &Baseline| {
        let mut probe = record.clone();
        baseline.clone().annotate(&mut probe);
        probe.features.get(heart::MEAN_HR_DEVIATION)
    };
    let mut baseline = Baseline::default();
    records[..380].iter_mut().for_each(|record| baseline.annotate(record));
    let (learnt, before) = (baseline.clone(), usual(&records[499], &baseline));
    for record in &mut records[380..499] {
        record.quality = 0.0;
        record.features.set(heart::MEAN_HR, 170.0);
        baseline.annotate(record);
        assert_eq!(record.features.get(heart::MEAN_HR_DEVIATION), None);
    }
    assert_eq!(baseline.features, learnt.features);
    let after = usual(&records[499], &baseline).zip(before).expect("old enough");
    assert!((after.0 - after.1).abs() < 1.0, "{after:?}");
}

#[test]
fn what_is_usual_of_movement_at_a_desk_is_told_apart_from_what_is_not() {
    let mut baseline = Baseline::default();
    let mut deviation = |index: u32, intensity: f64| {
        let mut features = Features::new(Modality::Motion);
        features.set(motion::INTENSITY, intensity);
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        let mut record = Record::new(Window(170_000_000 + index), 0.9, coverage, features);
        baseline.annotate(&mut record);
        record.features.get(motion::INTENSITY_DEVIATION)
    };
    for index in 0..400 {
        deviation(index, 0.003 * (1.0 + 0.3 * (f64::from(index) * 0.7).sin()));
    }
    let found = [0.003, 0.006, 0.02].map(|intensity| deviation(400, intensity).expect("old enough"));
    assert!(found[0].abs() < 0.5 && (1.5..5.0).contains(&found[1]) && found[2] > 5.0, "{found:?}");
}

#[test]
fn a_baseline_of_format_version_1_still_reads_but_for_intensities_which_it_counted_too_coarsely() {
    let mut bins = vec![0.0_f32; 256];
    bins[60..70].fill(30.0);
    let of = |modality: Modality, ordinal: Ordinal| (modality.number(), ordinal.0);
    let rate = of(Modality::Heart, heart::MEAN_HR);
    let old = BTreeMap::from([(rate, bins.clone()), (of(Modality::Motion, motion::INTENSITY), bins)]);
    let read = Baseline::decode(&postcard::to_extend(&old, vec![1]).expect("numbers")).expect("reads");
    assert_eq!(read.features.keys().copied().collect::<Vec<_>>(), [rate]);
    assert!((read.features[&rate].weight() - 300.0).abs() < 1e-3);
    let mut record = day(calm_heart).remove(0).remove(0);
    read.clone().annotate(&mut record);
    assert!(record.features.get(heart::MEAN_HR_DEVIATION).is_some(), "it is old enough");
    assert_eq!(Baseline::decode(&read.encode()).map(|again| again.features), Ok(read.features));
}

#[test]
fn what_is_usual_is_told_in_the_features_own_unit() {
    let mut baseline = Baseline::default();
    assert_eq!(baseline.usual().count(), 0);
    for mut record in day(calm_heart).into_iter().flatten() {
        baseline.annotate(&mut record);
    }
    let usual = Baseline::decode(&baseline.encode()).unwrap();
    let rate = usual.usual().find(|usual| usual.spec.ordinal == heart::MEAN_HR).unwrap();
    let levels = day(calm_heart).into_iter().flatten().filter_map(|record| record.features.get(heart::MEAN_HR));
    let mut levels: Vec<f64> = levels.collect();
    levels.sort_by(f64::total_cmp);
    let at = |share: f64| levels[(share * levels.len() as f64) as usize];
    for (told, was) in [(rate.low, at(0.25)), (rate.median, at(0.5)), (rate.high, at(0.75))] {
        assert!((told - was).abs() < 1.5, "{told} for {was}");
    }
    assert!(rate.modality == Modality::Heart && rate.is_old_enough);
}
