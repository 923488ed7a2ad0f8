//! Why a score is missing.

use attune_protocol::registry::Category;

use super::*;

/// As an agent of this build keeps it: it says under which consent, and has what a profile keeps back taken out.
fn kept(mut record: Record, device: Profile) -> Record {
    record.consent = 1;
    for (spec, _) in record.features.iter() {
        if !device.lets_leave(spec.category) {
            record.withheld.insert(spec.category);
        }
    }
    record.features.retain(|spec| device.lets_leave(spec.category));
    record
}

fn kept_all(device: Profile) -> [Record; 4] {
    all(true).map(|record| kept(record, device))
}

fn nothing(modality: Modality, gap: Option<Gap>) -> Record {
    let coverage = Coverage { expected: 100, received: 0, last_60_s: 0.0, last_300_s: 0.0, gap };
    let mut record = Record::new(WINDOW, 0.0, coverage, Features::new(modality));
    record.consent = 1;
    record
}

/// Every absence of an assessment, by name.
fn absences(assessment: &Assessment) -> Vec<(&'static str, Absence)> {
    let scores = [
        ("stress", &assessment.stress),
        ("attention", &assessment.attention),
        ("valence", &assessment.valence),
        ("arousal", &assessment.arousal),
        ("overall", &assessment.overall),
    ];
    let others = [
        ("cognitive state", assessment.cognitive_state.as_ref().err()),
        ("emotion", assessment.emotion.as_ref().err()),
        ("activity", assessment.activity.as_ref().err()),
    ];
    let scores = scores.into_iter().map(|(name, score)| (name, score.missing()));
    scores.chain(others).filter_map(|(name, absence)| Some((name, absence?.clone()))).collect()
}

fn of(score: &Score, modality: Modality) -> Option<Missing> {
    let lacks = &score.missing().expect("missing").lacks;
    lacks.iter().find(|lack| lack.modality == modality).map(|lack| lack.reason)
}

#[test]
fn under_eu_with_everything_seen_no_reason_is_that_of_missing_data() {
    let profile = Profile::Eu;
    let window = assess(&kept_all(profile), Terms::sensed(profile));
    for assessment in [summarize(std::slice::from_ref(&window)), window] {
        let absences = absences(&assessment);
        let names: Vec<&str> = absences.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["stress", "valence", "overall", "cognitive state", "emotion"]);
        for (name, absence) in absences {
            assert_eq!(absence.reason, Missing::Withheld(Some(profile)), "{name}");
            assert!(absence.lacks.iter().all(|lack| lack.reason == absence.reason), "{name}: {absence:?}");
            assert!(absence.sentence(name).contains("the profile eu keeps"), "{}", absence.sentence(name));
        }
    }
}

#[test]
fn what_the_collectors_profile_forbids_gives_no_score_even_if_a_record_holds_it() {
    let forbidden = assess(&all(true), Terms::sensed(Profile::Eu));
    assert_eq!(reason(&forbidden.stress), Missing::Withheld(Some(Profile::Eu)));
    assert_eq!(forbidden.emotion.expect_err("forbidden").reason, Missing::Withheld(Some(Profile::Eu)));
    assert!(forbidden.attention.value().is_some(), "presence and movement may be used");
}

/// Nobody is told to wear a sensor or to agree to something that would change nothing.
#[test]
fn what_the_profile_forbids_is_the_reason_whatever_else_is_missing() {
    let records = [nothing(Modality::Heart, Some(Gap::NotWorn)), nothing(Modality::Face, Some(Gap::NoConsent))];
    let stress = assess(&records, Terms::sensed(Profile::Eu).without(Modality::Voice)).stress;
    assert_eq!(stress.missing().expect("missing").lacks.len(), 3);
    for modality in [Modality::Face, Modality::Voice, Modality::Heart] {
        assert_eq!(of(&stress, modality), Some(Missing::Withheld(Some(Profile::Eu))), "{modality}");
    }
}

#[test]
fn a_devices_own_stricter_profile_is_told_apart_from_the_collectors() {
    let assessment = scores(&[face_record(true), heart_record(true)].map(|record| kept(record, Profile::Us)));
    assert_eq!(reason(&assessment.valence), Missing::Withheld(None));
    assert!(assessment.stress.value().is_some(), "the heart may leave");
    assert_eq!(assessment.emotion.expect_err("kept back").reason, Missing::Withheld(None));
}

#[test]
fn without_consent_the_reason_is_that_with_and_without_a_record_that_says_so() {
    let said = assess(&[nothing(Modality::Face, Some(Gap::NoConsent))], Terms::sensed(Profile::Research));
    let known = assess(&[], Terms::sensed(Profile::Research).without(Modality::Face));
    for valence in [said.valence, known.valence] {
        assert_eq!(reason(&valence), Missing::Gap(Gap::NoConsent));
        assert_eq!(valence.missing().map(|a| a.because()).as_deref(), Some("there is no consent for face"));
    }
    let unseen: Vec<Missing> = known.unseen.iter().map(|lack| lack.reason).collect();
    assert_eq!(unseen, [Missing::Gap(Gap::NoConsent), Missing::NoDevice, Missing::NoDevice, Missing::NoDevice]);
}

#[test]
fn what_is_switched_off_is_the_reason_with_and_without_a_record_that_says_so() {
    let said = assess(&[nothing(Modality::Face, Some(Gap::SwitchedOff))], Terms::sensed(Profile::Research));
    let known = assess(&[], Terms::sensed(Profile::Research).without(Modality::Face).switched_off(Modality::Face));
    assert_eq!(reason(&said.valence), Missing::Gap(Gap::SwitchedOff));
    assert_eq!(reason(&known.valence), Missing::SwitchedOff);
    assert_eq!(Missing::Gap(Gap::SwitchedOff).code(), Missing::SwitchedOff.code(), "told by the device or known here");
    let because = said.valence.missing().map(|absence| absence.because());
    assert_eq!(because.as_deref(), Some("face is switched off in this person's preferences"));
}

#[test]
fn an_agent_that_cannot_say_what_it_withheld_or_does_not_know_the_feature_is_too_old() {
    let mut bare = record(Features::new(Modality::Heart));
    assert_eq!(reason(&scores(std::slice::from_ref(&bare)).stress), Missing::OldAgent, "it names no consent");
    bare.consent = 1;
    assert_eq!(reason(&scores(std::slice::from_ref(&bare)).stress), Missing::NotDerived);
    bare.revision = 0;
    assert_eq!(reason(&scores(std::slice::from_ref(&bare)).stress), Missing::OldAgent, "its registry is older");
    assert_eq!(reason(&assess(&[bare], Terms::sensed(Profile::Eu)).stress), Missing::Withheld(Some(Profile::Eu)));
    let sent = record(Features::new(Modality::Heart));
    assert_eq!(reason(&assess(&[sent], Terms::sent(1.0)).stress), Missing::NotDerived, "no agent took part");
}

#[test]
fn what_was_seen_too_little_or_too_poorly_says_which_and_why_the_device_thinks_so() {
    let mut heart = kept(heart_record(true), Profile::Research);
    heart.quality = 0.05;
    assert_eq!(reason(&scores(std::slice::from_ref(&heart)).stress), Missing::PoorSignal);
    heart.coverage.last_60_s = 0.01;
    assert_eq!(reason(&scores(std::slice::from_ref(&heart)).stress), Missing::NotEnoughData);
    heart.coverage.gap = Some(Gap::NotWorn);
    assert_eq!(reason(&scores(std::slice::from_ref(&heart)).stress), Missing::Gap(Gap::NotWorn));
    // Between the rates of a sensor that tells one a minute: the minute was seen, and not these ten seconds.
    let mut between = nothing(Modality::Heart, None);
    (between.coverage.last_60_s, between.quality) = (1.0 / 6.0, 0.0);
    assert_eq!(reason(&scores(&[between]).stress), Missing::NotEnoughData);
    let paused = nothing(Modality::Heart, Some(Gap::Paused));
    assert_eq!(reason(&scores(&[paused]).stress), Missing::Gap(Gap::Paused));
}

#[test]
fn nobody_who_walks_or_says_next_to_nothing_is_judged() {
    let mut walking = kept(motion_record(true), Profile::Research);
    walking.features.set(motion::ACTIVITY_WALKING, 0.9);
    assert_eq!(reason(&scores(&[walking]).attention), Missing::Walking);
    let mut quiet = kept(voice_record(true), Profile::Research);
    quiet.features.set(voice::VOICED_FRACTION, 0.01);
    assert_eq!(reason(&scores(&[quiet]).stress), Missing::Gap(Gap::NoVoice));
}

#[test]
fn each_modality_has_its_reason_and_the_nearest_to_change_stands_for_all() {
    let face = kept(face_record(true), Profile::Us);
    let voice = nothing(Modality::Voice, Some(Gap::NoConsent));
    let heart = nothing(Modality::Heart, None);
    let stress = scores(&[face, voice, heart]).stress;
    assert_eq!(of(&stress, Modality::Face), Some(Missing::Withheld(None)));
    assert_eq!(of(&stress, Modality::Voice), Some(Missing::Gap(Gap::NoConsent)));
    assert_eq!(of(&stress, Modality::Heart), Some(Missing::NotEnoughData));
    assert_eq!(reason(&stress), Missing::NotEnoughData, "more of the heart would do");
    let absence = stress.missing().expect("missing");
    assert_eq!(absence.because(), "not enough data: too little was seen of heart");
}

#[test]
fn what_is_too_uncertain_names_the_modalities_that_spoke_and_why_the_others_did_not() {
    let voice = kept(voice_record(true), Profile::Research);
    let stress = assess(&[voice], Terms::sent(0.5)).stress;
    assert_eq!(of(&stress, Modality::Voice), Some(Missing::TooUncertain));
    assert_eq!(of(&stress, Modality::Face), Some(Missing::NotSent));
    assert_eq!(of(&stress, Modality::Motion), None, "motion never tells stress");
}

#[test]
fn of_what_was_sent_the_reason_tells_not_sent_from_switched_off() {
    let assessment = assess(&[], Terms::sent(1.0).switched_off(Modality::Face));
    assert_eq!(reason(&assessment.valence), Missing::SwitchedOff);
    assert_eq!(assessment.activity.expect_err("none").reason, Missing::NotSent);
}

#[test]
fn of_two_devices_the_one_nearer_to_a_score_gives_the_reason() {
    let records = [nothing(Modality::Heart, Some(Gap::Paused)), nothing(Modality::Heart, Some(Gap::NotWorn))];
    assert_eq!(of(&scores(&records).stress, Modality::Heart), Some(Missing::Gap(Gap::NotWorn)));
}

#[test]
fn over_a_session_the_commonest_reason_of_a_modality_counts_unless_better_sensing_would_not_help() {
    let window = |gap| scores(&[nothing(Modality::Face, Some(gap))]);
    let mut windows = vec![window(Gap::NoFace), window(Gap::Paused), window(Gap::NoFace)];
    assert_eq!(reason(&summarize(&windows).valence), Missing::Gap(Gap::NoFace));
    windows.push(scores(&[kept(face_record(true), Profile::Us)]));
    assert_eq!(
        reason(&summarize(&windows).valence),
        Missing::Withheld(None),
        "a face was seen, and nothing came of it"
    );
    assert_eq!(reason(&summarize(&[]).valence), Missing::NoDevice);
}

/// Which categories a score needs is asked of the code that reads them: without those it has no word, with them it has.
#[test]
fn a_profile_withholds_a_modalitys_word_exactly_if_the_word_is_not_read_from_what_it_lets_leave() {
    for profile in Profile::ALL {
        for modality in Modality::SENSED {
            let full =
                all(true).into_iter().find(|record| record.modality() == modality).expect("there is one of each");
            let left = [kept(full, profile)];
            let (ours, theirs) = (scores(&left), assess(&left, Terms::sensed(profile)));
            for (kind, (ours, theirs)) in ScoreKind::ALL.into_iter().zip([
                (&ours.stress, &theirs.stress),
                (&ours.attention, &theirs.attention),
                (&ours.valence, &theirs.valence),
                (&ours.arousal, &theirs.arousal),
            ]) {
                let withheld = |score: &Score| {
                    score.missing().is_some_and(|_| matches!(of(score, modality), Some(Missing::Withheld(_))))
                };
                assert_eq!(ours.value(), theirs.value(), "{profile} {modality} {kind:?}");
                assert_eq!(withheld(ours), withheld(theirs), "{profile} {modality} {kind:?}");
                let spoke = ours.value().is_some();
                assert_eq!(
                    spoke || withheld(ours),
                    kind.supporters().contains(&modality),
                    "{profile} {modality} {kind:?}"
                );
            }
        }
    }
}

#[test]
fn only_what_a_profile_forbids_is_in_the_way_of_a_score_under_it() {
    let needs = |modality, kind: ScoreKind, category| {
        let mut full =
            all(true).into_iter().find(|record| record.modality() == modality).expect("there is one of each");
        full.consent = 1;
        full.withheld.insert(category);
        full.features.retain(|spec| spec.category != category);
        let assessment = scores(&[full]);
        let score = match kind {
            ScoreKind::Stress => assessment.stress,
            ScoreKind::Attention => assessment.attention,
            ScoreKind::Valence => assessment.valence,
            ScoreKind::Arousal => assessment.arousal,
        };
        score.missing().is_some_and(|_| of(&score, modality) == Some(Missing::Withheld(None)))
    };
    assert!(needs(Modality::Face, ScoreKind::Valence, Category::Affect));
    assert!(needs(Modality::Voice, ScoreKind::Stress, Category::VoiceAcoustics));
    assert!(needs(Modality::Heart, ScoreKind::Stress, Category::Physiology));
    assert!(needs(Modality::Face, ScoreKind::Attention, Category::Activity));
    assert!(!needs(Modality::Face, ScoreKind::Attention, Category::FaceGeometry), "it is less sure without");
}

#[test]
fn every_reason_is_a_short_sentence_under_its_own_code_and_only_missing_data_is_called_so() {
    let gaps = [
        Gap::Paused,
        Gap::NoConsent,
        Gap::NoFace,
        Gap::NoVoice,
        Gap::NotWorn,
        Gap::DeviceGone,
        Gap::Overload,
        Gap::LowPower,
        Gap::EndOfRecording,
        Gap::AnotherFace,
        Gap::SeveralFaces,
        Gap::InUse,
        Gap::NotAllowed,
        Gap::Covered,
        Gap::TooDark,
        Gap::LidShut,
        Gap::Asleep,
        Gap::Muted,
        Gap::Silent,
        Gap::OutOfReach,
        Gap::DeviceAsleep,
        Gap::WarmingUp,
        Gap::ScreenLocked,
    ];
    let others = [
        Missing::TooUncertain,
        Missing::NotEnoughData,
        Missing::PoorSignal,
        Missing::NotDerived,
        Missing::Walking,
        Missing::OldAgent,
        Missing::Withheld(Some(Profile::Research)),
        Missing::SwitchedOff,
        Missing::NotSent,
        Missing::NoDevice,
        Missing::Unrecorded,
        Missing::Away,
        Missing::Untouched,
    ];
    let mut codes = Vec::new();
    for reason in gaps.map(Missing::Gap).into_iter().chain(others) {
        let lacks = Modality::SENSED.map(|modality| Lack { modality, reason }).to_vec();
        let text = Absence { reason, lacks }.because();
        assert!(text.len() <= 90, "{text}");
        assert_eq!(text.contains("not enough data"), reason == Missing::NotEnoughData, "{text}");
        codes.push(reason.code());
    }
    assert!(codes.iter().all(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_')), "{codes:?}");
    let count = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), count, "each code means one thing");
}
