use super::*;
use crate::networks::testing::{self, StandIn};

const EMOTIONS: StandIn = StandIn { name: "affect", shape: &[1, 8], slope: Vec::new(), bias: Vec::new() };

/// Emotions alike, arousal and four features that are the mean of the input, and a network that tells the mean of features, past
/// and spread.
fn reader() -> VoiceAffectReader {
    let emotions = || StandIn { slope: vec![0.0; 8], bias: vec![0.125; 8], ..EMOTIONS };
    let arousal = || StandIn { name: "arousal", shape: &[1, 1], slope: vec![1.0], bias: vec![0.0] };
    let features = StandIn { name: "features", shape: &[1, 4], slope: vec![1.0; 4], bias: vec![0.0; 4] };
    let outputs = "{ name = \"affect\", shape = [1, 8] }, { name = \"arousal\", shape = [1, 1] }";
    let entry = format!(
        "task = \"voice_affect\"\ninput = {{ name = \"samples\", shape = [1, 1, 100] }}\n\
        outputs = [{outputs}, {{ name = \"features\", shape = [1, 4] }}]"
    );
    let own = format!(
        "task = \"voice_affect_own\"\ninput = {{ name = \"usual\", shape = [1, 3, 4] }}\noutputs = [{outputs}]"
    );
    let networks = testing::load(&[
        ("affect.onnx", testing::onnx("samples", &[1, 1, 100], &[emotions(), arousal(), features]), entry),
        ("own.onnx", testing::onnx("usual", &[1, 3, 4], &[emotions(), arousal()]), own),
    ]);
    VoiceAffectReader::new(&networks).unwrap()
}

#[test]
fn affect_is_read_in_the_middle_of_a_clip() {
    let mut reader = reader();
    let mut arousal = |samples: &[f32]| reader.read(samples).unwrap().unwrap().0.arousal.unwrap();
    let mut long = vec![0.0; 300];
    long[100..200].fill(0.5);
    assert!((arousal(&long) - 0.5).abs() < 1e-6);
    assert!((arousal(&[1.0; 20]) - 0.2).abs() < 1e-6);
    assert_eq!(arousal(&[]), 0.0);
}

#[test]
fn a_baseline_is_the_mean_and_the_spread_of_its_clips() {
    let mut baseline = SpeakerBaseline::default();
    for value in [1.0, 2.0, 6.0] {
        baseline.learn(&[value, 0.0]);
    }
    assert_eq!(baseline.clips(), 3);
    assert_eq!(baseline.mean, [3.0, 0.0]);
    let spread: Vec<f32> = baseline.spread().collect();
    assert!((spread[0] - (14.0_f32 / 3.0).sqrt()).abs() < 1e-6 && spread[1] == 0.0, "{spread:?}");
}

#[test]
fn a_voice_is_read_by_its_own_past_once_there_are_three_clips_of_it() {
    let mut reader = reader();
    let (_, features) = reader.read(&[0.6; 100]).unwrap().unwrap();
    let mut baseline = SpeakerBaseline::default();
    for clip in 0..3 {
        assert_eq!(reader.read_own(&features, &baseline).unwrap(), None, "after {clip} clips");
        baseline.learn(&[0.3; 4]);
    }
    // The mean of four features of 0.6, four usual ones of 0.3 and four spreads of 0.
    let own = reader.read_own(&features, &baseline).unwrap().unwrap();
    assert!((own.arousal.unwrap() - 0.3).abs() < 1e-6, "{own:?}");
}

#[test]
fn features_of_another_network_begin_a_new_baseline() {
    let reader = reader();
    let mut baseline = SpeakerBaseline::default();
    for _ in 0..5 {
        baseline.learn(&[1.0; 4]);
    }
    baseline.learn(&[1.0; 7]);
    assert_eq!(baseline.clips(), 1);
    assert_eq!(reader.read_own(&[1.0; 4], &baseline).unwrap(), None);
}
