//! The shipped networks know something, and what they know is in the pictures and sounds.

use attune_analysis::networks::Networks;

use attune_tests::evaluation::{Evaluation, Options, Score, run};
use attune_tests::place::Place;

/// The scores of one network on at most `most` items of each set.
pub(super) fn scores(test: &str, networks: &Networks, only: Evaluation, most: usize) -> Option<Vec<Score>> {
    let data = super::data(test)?;
    let out = Place::new();
    let options = Options { data, out: out.path().to_owned(), only: vec![only], most: Some(most), unseen: false };
    Some(run(networks, &options).expect("the recordings are read"))
}

/// The figure called `metric` on the set whose name begins so, and the same with the labels shuffled.
pub(super) fn figure(scores: &[Score], on: &str, metric: &str) -> (f64, f64) {
    let score = scores.iter().find(|score| score.on.starts_with(on) && score.metric == metric);
    let score = score.unwrap_or_else(|| panic!("no {metric} on {on} among {scores:#?}"));
    (score.value, score.shuffled)
}

#[test]
fn expressions_are_read_from_the_faces_and_fall_to_chance_when_labels_are_shuffled() {
    let Some(scores) = scores(
        "expressions_are_read_from_the_faces_and_fall_to_chance_when_labels_are_shuffled",
        &super::networks(),
        Evaluation::Expression,
        300,
    ) else {
        return;
    };
    let (value, shuffled) = figure(&scores, "face/expression_valid.zip, FER+", "unweighted recall");
    assert!(value > 0.55, "{value}");
    assert!((shuffled - 1.0 / 7.0).abs() < 0.06, "{shuffled}");
    let (value, shuffled) = figure(&scores, "face/expression_valid.zip, FER2013", "accuracy");
    assert!(value > 0.55 && shuffled < 0.25, "{value} {shuffled}");
}

#[test]
fn faces_are_found_where_they_are_boxed_and_not_where_other_pictures_have_them() {
    let Some(scores) = scores(
        "faces_are_found_where_they_are_boxed_and_not_where_other_pictures_have_them",
        &super::networks(),
        Evaluation::Detector,
        48,
    ) else {
        return;
    };
    let (value, shuffled) = figure(&scores, "boxes, looked at once", "recall, faces from 64 px on");
    assert!(value > 0.8 && shuffled < 0.5 * value, "{value} {shuffled}");
    let (fire, _) = figure(&scores, "negatives, looked at once", "pictures that fire");
    assert!(fire < 0.15, "{fire}");
}

#[test]
fn landmarks_lie_on_their_own_face() {
    let Some(scores) = scores("landmarks_lie_on_their_own_face", &super::networks(), Evaluation::Landmarks, 150) else {
        return;
    };
    let (value, shuffled) = figure(&scores, "landmarks", "mean inter-ocular error");
    assert!(value < 0.08 && shuffled > 2.0 * value, "{value} {shuffled}");
}

#[test]
fn activities_are_read_from_the_movement_and_fall_to_chance_when_labels_are_shuffled() {
    let Some(scores) = scores(
        "activities_are_read_from_the_movement_and_fall_to_chance_when_labels_are_shuffled",
        &super::networks(),
        Evaluation::Activity,
        300,
    ) else {
        return;
    };
    for (on, classes) in [("ucihar, waist", 5.0), ("phone_watch, pocket", 3.0), ("phone_watch, wrist", 3.0)] {
        let (value, shuffled) = figure(&scores, on, "macro F1");
        assert!(value > 0.7, "{on}: {value}");
        assert!(shuffled < 1.0 / classes + 0.1, "{on}: {shuffled}");
    }
}

#[test]
fn speech_is_told_from_noise_and_falls_to_chance_when_labels_are_shuffled() {
    let Some(scores) = scores(
        "speech_is_told_from_noise_and_falls_to_chance_when_labels_are_shuffled",
        &super::networks(),
        Evaluation::VoiceActivity,
        60,
    ) else {
        return;
    };
    for (on, least) in [("clean", 0.9), ("speech at 0 dB", 0.85)] {
        let (value, shuffled) = figure(&scores, on, "AUC");
        assert!(value > least, "{on}: {value}");
        assert!((shuffled - 0.5).abs() < 0.06, "{on}: {shuffled}");
    }
}

#[test]
fn acted_emotions_are_read_from_the_voice_and_fall_to_chance_when_labels_are_shuffled() {
    let Some(scores) = scores(
        "acted_emotions_are_read_from_the_voice_and_fall_to_chance_when_labels_are_shuffled",
        &super::networks(),
        Evaluation::VoiceAffect,
        400,
    ) else {
        return;
    };
    for task in ["voice_affect", "voice_affect_own"] {
        let own: Vec<_> = scores.iter().filter(|score| score.task == task).cloned().collect();
        let (value, shuffled) = figure(&own, "ravdess", "unweighted recall");
        assert!(value > 0.4, "{task}: {value}");
        assert!((shuffled - 0.125).abs() < 0.06, "{task}: {shuffled}");
    }
}
