//! It really senses: what goes in decides what comes out.

use std::sync::LazyLock;

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::models;
use attune_tests::place::Place;
use attune_tests::play::{self, Outcome};
use attune_tests::recordings;
use serde_json::Value;

const HALF: usize = 6;

/// The shipped recording, played once for all tests here.
static PLAIN: LazyLock<Outcome> = LazyLock::new(|| play::play(&recordings::shipped(), &[]));

#[test]
fn the_shipped_recording_fuses_into_one_session_of_four_modalities_with_its_tense_part_told_apart() {
    let outcome = &*PLAIN;
    assert_eq!(outcome.windows.len(), 2 * HALF);
    for modality in ["face", "voice", "motion", "heart"] {
        let coverage = outcome.scores["coverage"][modality]["coverage"].as_f64().expect("it was there");
        assert!(coverage > 0.9, "{modality}: {coverage}");
    }
    let (calm, tense) = halves(outcome, "stress_level");
    assert!(tense > calm + 0.1, "stress rises from {calm} to {tense}");
    let (calm, tense) = halves(outcome, "valence");
    assert!(tense < calm - 0.1, "valence falls from {calm} to {tense}");
    let dominant = |window: usize| outcome.windows[window]["emotion_analysis"]["dominant_emotion"].clone();
    assert!(["neutral", "happy"].contains(&dominant(1).as_str().expect("a face was seen")), "{}", dominant(1));
    assert!(["angry", "sad"].contains(&dominant(9).as_str().expect("a face was seen")), "{}", dominant(9));
}

#[test]
fn exchanging_the_calm_and_the_tense_part_exchanges_the_scores() {
    let Some(ffmpeg) = tool_for("exchanging the calm and the tense part exchanges the scores", "ffmpeg") else {
        return;
    };
    let place = Place::new();
    let plain = &*PLAIN;
    let exchanged = play::play(&recordings::exchanged(place.path(), &ffmpeg), &[]);
    for field in ["stress_level", "valence", "arousal"] {
        let (calm, tense) = halves(plain, field);
        let (first, second) = halves(&exchanged, field);
        assert_eq!(calm < tense, second < first, "{field}: {calm} then {tense}; exchanged {first} then {second}");
        assert!((first - tense).abs() < (first - calm).abs(), "{field}: {first} is nearer to {tense} than to {calm}");
        assert!(
            (second - calm).abs() < (second - tense).abs(),
            "{field}: {second} is nearer to {calm} than to {tense}"
        );
    }
}

#[test]
fn silence_in_the_place_of_the_voice_removes_its_contribution_and_lowers_its_coverage() {
    let place = Place::new();
    let plain = &*PLAIN;
    let silent = play::play(&recordings::with_silent_voice(place.path()), &[]);
    assert!(plain.contributors("stress_level").contains(&"voice".to_owned()), "{:#}", plain.scores["contributions"]);
    assert!(!silent.contributors("stress_level").contains(&"voice".to_owned()), "{:#}", silent.scores["contributions"]);
    assert!(!silent.contributors("arousal").contains(&"voice".to_owned()), "{:#}", silent.scores["contributions"]);
    let coverage = |outcome: &Outcome| outcome.scores["coverage"]["voice"]["coverage"].as_f64().unwrap_or(0.0);
    assert!(coverage(&silent) < coverage(plain) / 2.0, "{} against {}", coverage(&silent), coverage(plain));
}

#[test]
fn the_same_recording_gives_the_same_windows_again() {
    let (first, second) = (&*PLAIN, play::play(&recordings::shipped(), &[]));
    assert_eq!(first.windows, second.windows);
}

/// The field of a window that must tell when the network of a task is another one.
fn field_of(task: &str) -> &'static str {
    match task {
        "detector" => "/coverage/face/quality",
        "expression" => "/valence",
        "activity" | "landmarks" => "/attention_score",
        "voice_activity" => "/coverage/voice/quality",
        "voice_affect" | "voice_affect_own" => "/arousal",
        other => panic!("name the field that shows what the network for {other} does"),
    }
}

#[test]
fn permuting_the_weights_of_any_network_changes_the_field_that_it_is_for() {
    let plain = &*PLAIN;
    // What people write is in no window.
    for (task, _) in models::tasks().into_iter().filter(|(task, _)| task != "text") {
        let field = field_of(&task);
        let place = Place::new();
        let folder = place.join("models");
        std::fs::create_dir(&folder).expect("the test's folder can be written");
        models::permuted(&folder, &task, 7);
        let collector = Collector::start(&place);
        let agent = Agent::enrol_with(&place, "device", &collector, "person", &folder, "research");
        agent.send_all(&recordings::shipped(), play::START, &[]);
        let changed = play::outcome(&collector, "person");
        let differ = |(a, b): (&Value, &Value)| match (number(a, field), number(b, field)) {
            (Some(a), Some(b)) => (a - b).abs() > 0.001,
            (a, b) => a.is_some() != b.is_some(),
        };
        assert_eq!(plain.windows.len(), changed.windows.len());
        let windows = plain.windows.iter().zip(&changed.windows);
        assert!(windows.clone().any(differ), "{task} does not decide {field}");
    }
}

fn number(window: &Value, field: &str) -> Option<f64> {
    window.pointer(field)?.as_f64()
}

fn halves(outcome: &Outcome, field: &str) -> (f64, f64) {
    (outcome.mean(field, 0, HALF), outcome.mean(field, HALF, 2 * HALF))
}
