//! Missing stays missing.

use attune_analysis::indicators::ScoreKind;
use attune_protocol::registry::Modality;
use attune_tests::collector::Collector;
use attune_tests::place::Place;
use attune_tests::play;
use attune_tests::recordings;

const SCORES: [(&str, ScoreKind); 4] = [
    ("stress_level", ScoreKind::Stress),
    ("attention_score", ScoreKind::Attention),
    ("valence", ScoreKind::Valence),
    ("arousal", ScoreKind::Arousal),
];

#[test]
fn each_of_the_fifteen_subsets_of_modalities_gives_null_and_a_reason_for_what_it_cannot_support() {
    let place = Place::new();
    let collector = Collector::start(&place);
    for bits in 1_u8..16 {
        let present: Vec<Modality> = Modality::SENSED.into_iter().filter(|m| bits & (1 << m.number()) != 0).collect();
        check(&place, &collector, &present);
    }
}

fn check(place: &Place, collector: &Collector, present: &[Modality]) {
    let names: Vec<&str> = present.iter().map(|modality| modality.name()).collect();
    let user = names.join("-");
    let folder = place.join(format!("recording-{user}"));
    std::fs::create_dir(&folder).expect("the test's folder can be written");
    let outcome = play::play_on(place, collector, &user, &recordings::only(&folder, present), &[]);
    let scores = &outcome.scores;

    for modality in Modality::SENSED {
        let coverage = &scores["coverage"][modality.name()];
        if present.contains(&modality) {
            assert!(coverage["coverage"].as_f64().is_some_and(|share| share > 0.5), "{user}: {modality}: {coverage:#}");
        } else {
            assert!(coverage.is_null(), "{user}: {modality} was not there: {coverage:#}");
            assert!(has_reason(scores, &format!("coverage.{modality}")), "{user}: {modality}: {:#}", scores["reasons"]);
        }
    }
    for (field, kind) in SCORES {
        let able = kind.supporters().iter().any(|modality| present.contains(modality));
        if !able {
            assert!(scores[field].is_null(), "{user}: nothing supports {field}: {:#}", scores[field]);
        }
        assert_eq!(scores[field].is_null(), has_reason(scores, field), "{user}: {field}: {scores:#}");
        for contributor in outcome.contributors(field) {
            let modality = Modality::from_name(&contributor).expect("contributions name modalities");
            assert!(
                present.contains(&modality) && kind.supporters().contains(&modality),
                "{user}: {field}: {modality}"
            );
        }
    }
    let shows_emotion = present.contains(&Modality::Face);
    if !shows_emotion && !present.contains(&Modality::Voice) {
        assert!(scores["emotion_analysis"].is_null(), "{user}: {:#}", scores["emotion_analysis"]);
    }
    assert_eq!(scores["valence"].is_null(), !shows_emotion, "{user}: only the face tells valence: {scores:#}");
    assert!(scores["quality_score"].is_number(), "{user}: something was seen");
}

fn has_reason(scores: &serde_json::Value, field: &str) -> bool {
    let reasons = scores["reasons"].as_array().expect("the session lists reasons");
    reasons.iter().any(|r| r["field"] == field && r["reason"].as_str().is_some_and(|text| !text.is_empty()))
}
