use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, face, heart, motion, voice};
use attune_protocol::window::Window;
use proptest::prelude::*;

use super::*;

mod reasons;

const WINDOW: Window = Window(170_000_000);

fn record(features: Features) -> Record {
    let coverage = Coverage { expected: 100, received: 100, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    Record::new(WINDOW, 0.9, coverage, features)
}

fn face_record(tense: bool) -> Record {
    let mut features = Features::new(Modality::Face);
    features.set(face::FACE_FRACTION, 1.0);
    features.set(face::HEAD_MOTION, 0.05);
    for step in 0..face::EXPRESSION_CLASSES {
        features.set(face::EXPRESSION_ANGRY.plus(step), 0.02);
    }
    features.set(if tense { face::EXPRESSION_ANGRY } else { face::EXPRESSION_HAPPY }, 0.88);
    features.set(face::VALENCE, if tense { -0.6 } else { 0.7 });
    features.set(face::AROUSAL, if tense { 0.6 } else { -0.2 });
    record(features)
}

fn voice_record(tense: bool) -> Record {
    let mut features = Features::new(Modality::Voice);
    features.set(voice::VOICED_FRACTION, 0.5);
    features.set(voice::LEVEL, if tense { -18.0 } else { -35.0 });
    features.set(voice::SPECTRAL_CENTROID, if tense { 2200.0 } else { 1200.0 });
    features.set(voice::F0_MEAN, if tense { 220.0 } else { 120.0 });
    features.set(voice::F0_SEMITONE_SD, if tense { 4.0 } else { 1.5 });
    record(features)
}

fn motion_record(tense: bool) -> Record {
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, if tense { 0.02 } else { 0.003 });
    features.set(motion::STILLNESS_FRACTION, if tense { 0.3 } else { 1.0 });
    features.set(motion::FIDGET_INDEX, if tense { 0.6 } else { 0.0 });
    record(features)
}

fn heart_record(tense: bool) -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, if tense { 95.0 } else { 62.0 });
    features.set(heart::RMSSD, if tense { 15.0 } else { 45.0 });
    record(features)
}

fn all(tense: bool) -> [Record; 4] {
    [face_record(tense), voice_record(tense), motion_record(tense), heart_record(tense)]
}

fn reason(score: &Score) -> Missing {
    score.missing().expect("missing").reason
}

/// Where everything may leave the device.
fn scores(records: &[Record]) -> Assessment {
    assess(records, Terms::sensed(Profile::Research))
}

fn value(score: &Score) -> f64 {
    score.value().expect("known")
}

#[test]
fn a_tense_window_scores_more_stress_and_less_of_the_rest_than_a_calm_one() {
    let (calm, tense) = (scores(&all(false)), scores(&all(true)));
    assert!(value(&tense.stress) > value(&calm.stress) + 0.3, "{calm:?} {tense:?}");
    assert!(value(&tense.arousal) > value(&calm.arousal) + 0.3);
    assert!(value(&tense.valence) < value(&calm.valence) - 0.3);
    assert!(value(&tense.attention) < value(&calm.attention));
    assert!(value(&tense.overall) < value(&calm.overall) - 0.2);
    assert_ne!(calm.cognitive_state.map(|s| s.state), tense.cognitive_state.map(|s| s.state));
    assert_eq!(calm.emotion.expect("a face").dominant().0, Emotion::Happy);
}

#[test]
fn for_every_subset_of_modalities_only_what_can_support_a_score_gives_it() {
    for subset in 1_u8..16 {
        let records: Vec<Record> = all(false)
            .into_iter()
            .enumerate()
            .filter(|(index, _)| subset & (1 << index) != 0)
            .map(|(_, record)| record)
            .collect();
        let present: Vec<Modality> = records.iter().map(Record::modality).collect();
        let assessment = scores(&records);
        assert_eq!(assessment.modalities.iter().map(|m| m.modality).collect::<Vec<_>>(), present);
        let scores = [&assessment.stress, &assessment.attention, &assessment.valence, &assessment.arousal];
        for (kind, score) in ScoreKind::ALL.into_iter().zip(scores) {
            let supported = kind.supporters().iter().any(|m| present.contains(m));
            match score {
                Score::Known { contributions, .. } => {
                    assert!(contributions.iter().all(|c| kind.supporters().contains(&c.modality)), "{kind:?}");
                    assert!(contributions.iter().all(|c| present.contains(&c.modality)), "{kind:?}");
                    let shares: f64 = contributions.iter().map(|c| c.share).sum();
                    assert!((shares - 1.0).abs() < 1e-9);
                }
                Score::Missing(absence) if absence.reason == Missing::NoDevice => {
                    assert!(!supported, "{kind:?} {present:?}");
                }
                Score::Missing(_) => assert!(supported, "{kind:?} {present:?}"),
            }
        }
        assert_eq!(assessment.emotion.is_ok(), present.contains(&Modality::Face));
        assert_eq!(assessment.activity.is_ok(), present.contains(&Modality::Motion));
    }
}

#[test]
fn an_emotion_in_the_voice_counts_a_quarter_of_one_in_the_face() {
    let mut features = Features::new(Modality::Voice);
    for class in 0..voice::AFFECT_CLASSES {
        features.set(voice::AFFECT_NEUTRAL.plus(class), 0.0);
    }
    features.set(voice::AFFECT_ANGRY, 1.0);
    let angry = |records: &[Record]| scores(records).emotion.expect("emotions").probability(Emotion::Angry);
    assert!((angry(&[record(features.clone())]) - 1.0).abs() < 1e-9);
    let both = angry(&[face_record(false), record(features)]);
    assert!((both - (0.02 + 0.25) / 1.25).abs() < 1e-3, "{both}");
}

#[test]
fn nothing_seen_gives_no_score_and_says_so() {
    let records =
        Modality::SENSED.map(|m| Record::new(WINDOW, 0.0, Coverage::none(100, Gap::DeviceGone), Features::new(m)));
    let assessment = scores(&records);
    for score in [&assessment.stress, &assessment.attention, &assessment.valence, &assessment.overall] {
        assert_eq!(reason(score), Missing::Gap(Gap::DeviceGone));
    }
    assert_eq!(assessment.cognitive_state.map_err(|absence| absence.reason), Err(Missing::Gap(Gap::DeviceGone)));
    assert_eq!(assessment.quality, Some(0.0));
    assert_eq!(reason(&scores(&[]).stress), Missing::NoDevice);
    assert_eq!(scores(&[]).quality, None);
}

#[test]
fn less_coverage_means_less_weight_and_more_uncertainty() {
    let share = |received| {
        let mut records = all(true);
        records[1].coverage.received = received;
        let stress = scores(&records).stress;
        let voice = stress.contributions().iter().find(|c| c.modality == Modality::Voice).map(|c| c.share);
        (voice, stress.value_and_sd().expect("known").1)
    };
    let (full, half, none) = (share(100), share(50), share(10));
    assert!(full.0 > half.0 && full.1 < half.1);
    assert_eq!(none.0, None, "under a fifth of the samples says nothing");
}

#[test]
fn the_heart_weighs_by_the_beats_of_its_last_minute_and_by_whether_it_is_judged_by_its_own_past() {
    let stress = |last_60_s, deviation: Option<f64>| {
        let mut heart = heart_record(true);
        heart.coverage.last_60_s = last_60_s;
        heart.features.set(heart::MEAN_HR_DEVIATION, deviation);
        scores(&[heart]).stress.value_and_sd()
    };
    let (value, sd) = stress(1.0, Some(2.0)).expect("a whole minute");
    let (same, wider) = stress(0.3, Some(2.0)).expect("a third of a minute");
    assert!(
        value == same && (value - 0.698).abs() < 1e-3 && sd < wider,
        "logistic(ln(0.3 / 0.7) + 0.843 x 2): {value}"
    );
    assert_eq!(stress(0.03, Some(2.0)), None);
    let (by_norm, unsure) = stress(1.0, None).expect("a whole minute");
    assert!(unsure > sd && by_norm < value, "the norm tells stress less surely");
}

#[test]
fn a_fast_heart_says_less_about_stress_while_its_owner_moves() {
    let sd = |intensity| {
        let mut moving = motion_record(false);
        moving.features.set(motion::INTENSITY, intensity);
        scores(&[heart_record(true), moving]).stress.value_and_sd().map(|(_, sd)| sd)
    };
    let still = sd(0.001).expect("known at rest");
    assert!(sd(0.3).is_none_or(|moving| moving > still));
}

#[test]
fn devices_that_contradict_each_other_make_a_score_less_sure() {
    let agreeing = scores(&[face_record(true), face_record(true)]).valence;
    let contradicting = scores(&[face_record(true), face_record(false)]).valence;
    let sd = |score: &Score| score.value_and_sd().map_or(f64::INFINITY, |(_, sd)| sd);
    assert!(sd(&contradicting) > sd(&agreeing));
}

#[test]
fn a_session_is_the_precision_weighted_mean_of_its_windows() {
    let (calm, tense) = (scores(&all(false)), scores(&all(true)));
    let session = summarize(&[calm.clone(), tense.clone()]);
    let stress = value(&session.stress);
    assert!(stress > value(&calm.stress) && stress < value(&tense.stress));
    let shares: f64 = session.stress.contributions().iter().map(|c| c.share).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    let alone = summarize(std::slice::from_ref(&calm));
    assert!((value(&alone.stress) - value(&calm.stress)).abs() < 1e-12);
    assert_eq!(alone.modalities.len(), calm.modalities.len());
}

#[test]
fn a_window_without_a_modality_lowers_its_coverage_in_the_session() {
    let whole = scores(&all(false));
    let without_voice = scores(&[face_record(false), motion_record(false), heart_record(false)]);
    let session = summarize(&[whole, without_voice]);
    let voice = session.modalities.iter().find(|m| m.modality == Modality::Voice).expect("seen in one");
    assert!((voice.coverage - 0.5).abs() < 1e-9);
}

#[test]
fn what_was_not_sent_for_a_window_does_not_lower_the_coverage_of_an_analysis() {
    let whole = scores(&all(false));
    let without_voice = scores(&[face_record(false), motion_record(false), heart_record(false)]);
    let analysis = summarize_sent(&[whole, without_voice]);
    let voice = analysis.modalities.iter().find(|m| m.modality == Modality::Voice).expect("sent for one");
    assert!((voice.coverage - 1.0).abs() < 1e-9);
}

#[test]
fn with_less_tolerance_an_uncertain_score_is_missing() {
    let records = [voice_record(true)];
    assert!(assess(&records, Terms::sent(1.0)).stress.value().is_some());
    assert_eq!(reason(&assess(&records, Terms::sent(0.5)).stress), Missing::TooUncertain);
}

fn golden(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.trim().as_bytes()).expect("hex")
}

/// `golden_v*.hex` each hold an assessment of that format version. They are read for ever: add the next one's beside them.
#[test]
fn an_assessment_of_format_version_1_still_reads() {
    let read = Assessment::decode(&golden(include_str!("golden_v1.hex"))).expect("reads");
    assert_eq!(read.modalities.len(), 4);
    assert_eq!(Assessment::decode(&read.encode()), Ok(read), "it is written again as of this version");
}

/// Version 1 of a window with half a second of a face: its reasons were three, and one of them was said of everything.
#[test]
fn what_version_1_called_not_enough_data_is_now_a_reason_that_was_not_kept() {
    let missing = |variant| [1, variant];
    let scores = [missing(1), missing(2), missing(0), missing(1), missing(1)].concat();
    let body = [scores, vec![0, 0, 0, 0, 0]].concat();
    let read = Assessment::decode(&[&[1], body.as_slice()].concat()).expect("reads");
    assert_eq!(reason(&read.stress), Missing::Unrecorded);
    assert_eq!(reason(&read.attention), Missing::TooUncertain);
    assert_eq!(reason(&read.valence), Missing::NoDevice);
    assert_eq!(read.emotion.expect_err("none").reason, Missing::Unrecorded);
    assert_eq!(read.unseen.len(), 4);
}

#[test]
fn an_assessment_of_format_version_2_still_reads_and_is_still_written_so() {
    let lack = |modality, reason| Lack { modality, reason };
    let withheld = Absence::of(vec![
        lack(Modality::Face, Missing::Withheld(Some(Profile::Us))),
        lack(Modality::Voice, Missing::Gap(Gap::NoConsent)),
        lack(Modality::Heart, Missing::NotEnoughData),
    ]);
    let contributions = vec![Contribution { modality: Modality::Motion, value: 0.5, share: 1.0 }];
    let assessment = Assessment {
        stress: Score::Missing(withheld.clone()),
        attention: Score::Known { value: 0.5, sd: 0.25, contributions },
        valence: Score::Missing(Absence::of(vec![lack(Modality::Face, Missing::Withheld(None))])),
        arousal: Score::Missing(Absence::of(vec![lack(Modality::Motion, Missing::TooUncertain)])),
        overall: Score::Missing(withheld.clone()),
        cognitive_state: Ok(StateEstimate { state: CognitiveState::Calm, confidence: 0.75 }),
        emotion: Err(withheld),
        activity: Ok(ActivityLevel::Moderate),
        quality: Some(0.5),
        modalities: vec![ModalitySeen { modality: Modality::Motion, coverage: 1.0, quality: 0.5, gap: None }],
        unseen: vec![lack(Modality::Voice, Missing::NoDevice)],
    };
    let bytes = golden(include_str!("golden_v2.hex"));
    assert_eq!(data_encoding::HEXLOWER.encode(&assessment.encode()), data_encoding::HEXLOWER.encode(&bytes));
    assert_eq!(Assessment::decode(&bytes), Ok(assessment));
    assert_eq!(Assessment::decode(&[9]), Err(AssessmentError::Version(9)));
    assert_eq!(Assessment::decode(&bytes[..40]), Err(AssessmentError::Damaged));
}

proptest! {
    #[test]
    fn scores_stay_in_their_ranges_whatever_the_features(values in proptest::collection::vec(-1e6..1e6f64, 64)) {
        let records = Modality::SENSED.map(|modality| {
            let mut features = Features::new(modality);
            for (spec, value) in modality.features().iter().zip(&values) {
                features.set(spec.ordinal, spec.from_wire(spec.to_wire(*value)));
            }
            record(features)
        });
        let assessment = scores(&records);
        let scores = [&assessment.stress, &assessment.attention, &assessment.valence, &assessment.arousal];
        for (kind, score) in ScoreKind::ALL.into_iter().zip(scores) {
            if let Some((value, sd)) = score.value_and_sd() {
                prop_assert!(value >= kind.range().0 - 1e-9 && value <= kind.range().1 + 1e-9);
                prop_assert!(sd > 0.0 && sd <= kind.largest_sd());
            }
        }
        prop_assert!(assessment.encode().len() <= MAX_ENCODED);
        if let Some(overall) = assessment.overall.value() {
            prop_assert!((-1e-9..=1.0 + 1e-9).contains(&overall));
        }
    }
}
