//! One, two and ten devices of a modality; and what is said of whom no sensor sees.

use attune_analysis::indicators::{Assessment, CognitiveState, Missing, Score, Terms, advise, assess};
use attune_protocol::features::Features;
use attune_protocol::policy::Profile;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, face, heart, motion, voice};

use super::made::{FIRST, figure, row};

fn record(quality: f64, share: f64, features: Features) -> Record {
    let received = (100.0 * share).round() as u32;
    let gap = (features.modality() == Modality::Face && share < 0.5).then_some(Gap::NoFace);
    let coverage = Coverage { expected: 100, received, last_60_s: share, last_300_s: share, gap };
    Record { consent: 1, ..Record::new(FIRST, quality, coverage, features) }
}

/// A camera that sees a face in a share of its frames, as the analyzer writes it: its quality is of the frames with a face.
fn camera(present: f64, angry: f64) -> Record {
    let mut features = Features::new(Modality::Face);
    features.set(face::FACE_FRACTION, present);
    features.set(face::CONTRAST, 0.2);
    if present > 0.0 {
        for class in 0..face::EXPRESSION_CLASSES {
            features.set(face::EXPRESSION_ANGRY.plus(class), 0.0);
        }
        features.set(face::EXPRESSION_ANGRY, angry);
        features.set(face::EXPRESSION_NEUTRAL, 1.0 - angry);
        features.set(face::VALENCE, -angry);
        features.set(face::AROUSAL, 0.0);
        features.set(face::GAZE_AWAY_FRACTION, 0.0);
    }
    record(if present > 0.0 { 0.9 } else { 0.0 }, present, features)
}

fn strap(quality: f64, rate: f64) -> Record {
    let mut features = Features::new(Modality::Heart);
    features.set(heart::MEAN_HR, rate);
    record(quality, 1.0, features)
}

fn microphone(deviation: f64) -> Record {
    let mut features = Features::new(Modality::Voice);
    features.set(voice::VOICED_FRACTION, 0.5);
    for ordinal in [voice::LOUDNESS_DEVIATION, voice::F0_DEVIATION, voice::CENTROID_DEVIATION] {
        features.set(ordinal, deviation);
    }
    record(0.9, 1.0, features)
}

/// A phone that nobody touches: its sensor's noise.
fn phone_on_a_desk() -> Record {
    moving(0.0009, 1.0)
}

fn moving(intensity: f64, still: f64) -> Record {
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, intensity);
    features.set(motion::ENMO, intensity);
    features.set(motion::STILLNESS_FRACTION, still);
    features.set(motion::FIDGET_INDEX, 1.0 - still);
    record(1.0, 1.0, features)
}

fn scores(records: &[Record]) -> Assessment {
    assess(records, Terms::sensed(Profile::Research))
}

fn sd(score: &Score) -> Option<f64> {
    score.value_and_sd().map(|(_, sd)| sd)
}

#[test]
fn ten_devices_of_one_modality_are_no_surer_than_the_surest_of_them() {
    row(&["devices", "stress", "its deviation"]);
    type Device = fn() -> Record;
    let devices: [(&str, Device); 3] =
        [("straps", || strap(1.0, 75.0)), ("cameras", || camera(1.0, 0.2)), ("microphones", || microphone(1.0))];
    for (name, device) in devices {
        let one = scores(&[device()]).stress;
        for count in [1, 2, 10] {
            let many = scores(&vec![device(); count]).stress;
            row(&[&format!("{count} {name}"), &figure(many.value(), 3), &figure(sd(&many), 3)]);
            assert_eq!(many.value().map(|v| (v * 1e9).round()), one.value().map(|v| (v * 1e9).round()));
            assert!((sd(&many).unwrap() - sd(&one).unwrap()).abs() < 1e-12, "{count} {name}");
            assert_eq!(many.contributions().len(), 1);
        }
    }
    let poor = || strap(0.4, 75.0);
    assert_eq!(scores(&[poor()]).stress.missing().unwrap().reason, Missing::TooUncertain);
    for count in [2, 10] {
        let many = scores(&vec![poor(); count]).stress;
        assert_eq!(many.missing().unwrap().reason, Missing::TooUncertain, "{count} poor straps");
    }
    let differing = scores(&[strap(1.0, 45.0), strap(1.0, 135.0)]).stress;
    assert!(sd(&differing).is_none_or(|sd| sd > sd_of_one()), "devices that contradict each other are less sure");
}

#[test]
fn poor_devices_that_agree_do_not_outvote_a_good_one_and_leave_it_as_sure_as_before() {
    row(&["straps", "stress", "its deviation"]);
    let good = scores(&[strap(1.0, 60.0)]).stress.value_and_sd().expect("is sure enough");
    for count in [1, 3, 10] {
        let mut records = vec![strap(0.15, 130.0); count];
        records.push(strap(1.0, 60.0));
        let stress = scores(&records).stress;
        row(&[&format!("a good one and {count} poor ones"), &figure(stress.value(), 3), &figure(sd(&stress), 3)]);
        let Some((value, deviation)) = stress.value_and_sd() else { continue };
        let apart = (value - good.0).abs();
        assert!(deviation + 1e-9 >= good.1.hypot(apart), "{count}: {value} +- {deviation}, the good one {good:?}");
    }
}

fn sd_of_one() -> f64 {
    sd(&scores(&[strap(1.0, 75.0)]).stress).unwrap()
}

#[test]
fn ten_cameras_weigh_no_more_beside_a_strap_than_one() {
    let share = |count: usize| {
        let mut records = vec![camera(1.0, 0.2); count];
        records.push(strap(1.0, 75.0));
        scores(&records).stress.contributions().iter().map(|c| c.share).collect::<Vec<_>>()
    };
    for count in [2, 10] {
        assert!(share(1).iter().zip(share(count)).all(|(one, many)| (one - many).abs() < 1e-9));
    }
}

#[test]
fn what_one_sensor_says_of_several_scores_does_not_make_their_mean_surer() {
    let alone = scores(&[camera(1.0, 0.2)]);
    let (stress, valence) = (sd(&alone.stress).unwrap(), sd(&alone.valence).unwrap() / 2.0);
    let attention = sd(&alone.attention).unwrap();
    let expected = 0.4 * valence + 0.4 * stress + 0.2 * attention;
    assert!((sd(&alone.overall).unwrap() - expected).abs() < 1e-9, "{:?}", alone.overall);

    // The heart's stress is independent of the face's valence.
    let both = scores(&[strap(1.0, 75.0), camera(1.0, 0.2)]);
    assert!(sd(&both.overall).unwrap() < sd(&alone.overall).unwrap());
    let confidence = |assessment: &Assessment| assessment.cognitive_state.as_ref().unwrap().confidence;
    let tense = [camera(1.0, 1.0)];
    let mut racing = strap(1.0, 110.0);
    racing.features.set(heart::MEAN_HR_DEVIATION, 4.0);
    let with_others = [camera(1.0, 1.0), microphone(4.0), racing];
    assert!(confidence(&scores(&with_others)) > confidence(&scores(&tense)), "three sensors are surer than one");
}

#[test]
fn a_phone_that_nobody_touches_says_nothing_of_a_person() {
    let desk = scores(&[phone_on_a_desk()]);
    for score in [&desk.attention, &desk.arousal] {
        assert_eq!(score.missing().unwrap().reason, Missing::Untouched);
    }
    assert_eq!(desk.activity.unwrap_err().reason, Missing::Untouched);
    assert!(scores(&[moving(0.003, 1.0)]).attention.value().is_some(), "worn, and still");
    let away = scores(&[camera(0.0, 0.0), moving(0.003, 1.0)]);
    assert_eq!(away.attention.missing().unwrap().reason, Missing::Away, "the camera sees nobody");
}

#[test]
fn who_is_seldom_before_the_camera_has_little_attention_and_who_is_not_has_none() {
    row(&["frames with a face", "attention", "its deviation"]);
    for present in [0.15, 0.25, 0.35, 0.45] {
        let attention = scores(&[camera(present, 0.0)]).attention;
        row(&[&figure(Some(present), 2), &figure(attention.value(), 2), &figure(sd(&attention), 2)]);
        let (value, sd) = attention.value_and_sd().unwrap();
        assert!((value - present).abs() < 1e-9 && sd < 0.2, "{present}: {value} +- {sd}");
    }
    for present in [0.0, 0.05] {
        let nobody = scores(&[camera(present, 0.0), phone_on_a_desk()]);
        assert_eq!(nobody.attention.missing().unwrap().reason, Missing::Away);
        assert_eq!(nobody.cognitive_state.unwrap().state, CognitiveState::Away);
    }
    let mut covered = camera(0.0, 0.0);
    covered.features.set(face::CONTRAST, 0.001);
    assert_eq!(
        scores(&[covered]).attention.missing().unwrap().reason,
        Missing::Gap(Gap::NoFace),
        "a lens that is covered"
    );
    let elsewhere = scores(&[camera(0.0, 0.0), strap(1.0, 70.0)]);
    assert!(elsewhere.stress.value().is_some(), "the strap knows");
    assert_ne!(elsewhere.cognitive_state.map(|told| told.state), Ok(CognitiveState::Away));
}

#[test]
fn two_faces_in_a_hundred_show_no_emotion_and_a_poor_signal_no_activity() {
    let mut camera = camera(1.0, 0.7);
    (camera.coverage.received, camera.coverage.gap, camera.quality) = (2, Some(Gap::NoFace), 0.02);
    camera.features.set(face::FACE_FRACTION, 0.02);
    assert_eq!(scores(&[camera]).emotion.unwrap_err().reason, Missing::Gap(Gap::NoFace));
    let mut moving = moving(0.3, 0.0);
    moving.quality = 0.05;
    assert_eq!(scores(&[moving]).activity.unwrap_err().reason, Missing::PoorSignal);
}

#[test]
fn at_the_own_usual_every_sensor_says_the_same() {
    let mut strap = strap(1.0, 84.0);
    strap.features.set(heart::MEAN_HR_DEVIATION, 0.0);
    let mut moving = moving(0.003, 1.0);
    moving.features.set(motion::INTENSITY_DEVIATION, 0.0);
    for record in [&camera(1.0, 0.0), &strap, &microphone(0.0)] {
        let stress = scores(std::slice::from_ref(record)).stress.value().unwrap();
        assert!((stress - 0.3).abs() < 1e-9, "{}: {stress}", record.modality());
    }
    for record in [&camera(1.0, 0.0), &strap, &microphone(0.0), &moving] {
        let arousal = scores(std::slice::from_ref(record)).arousal.value().unwrap();
        assert!(arousal.abs() < 1e-9, "{}: {arousal}", record.modality());
    }
}

#[test]
fn a_voice_far_from_its_usual_is_stressed_and_its_owner_is_told_so() {
    let records = [microphone(10.0)];
    let assessment = scores(&records);
    assert!(assessment.stress.value().unwrap() > 0.9);
    assert!(advise(&assessment, &records).iter().any(|advice| advice.field == "stress_level"));
}
