//! The whole way on recordings of real people, where `ATTUNE_DATA` names their folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use attune_protocol::registry::Modality;
use attune_tests::left_out::{data_for, tool_for};
use attune_tests::place::Place;
use attune_tests::{play, process, recordings};

const TEST: &str = "a webcam video, an actor's voice, a phone's motion and a chest strap make one session";
const SECONDS: &str = "300";

#[test]
fn a_webcam_video_an_actors_voice_a_phones_motion_and_a_chest_strap_make_one_explained_session() {
    let Some(data) = data_for(TEST) else { return };
    let Some(ffmpeg) = tool_for(TEST, "ffmpeg") else { return };
    let place = Place::new();
    let files = [
        (Modality::Face, data.join("video/webcam_00-1.avi")),
        (Modality::Voice, joined_clips(&ffmpeg, &data, &place.join("voice.wav"))),
        (Modality::Motion, data.join("motion/phone_watch/s01_01_sp.csv.gz")),
        (Modality::Heart, data.join("heart/polar_h10.csv.gz")),
    ];
    let recording = recordings::of_files(place.path(), &files, 5.0);
    let arguments = ["--loop", "face", "--loop", "voice", "--loop", "motion", "--duration", SECONDS];
    let outcome = play::play(&recording, &arguments);

    let scores = &outcome.scores;
    for modality in Modality::SENSED {
        let coverage = scores["coverage"][modality.name()]["coverage"].as_f64();
        assert!(coverage.is_some_and(|share| share > 0.3), "{modality}: {:#}", scores["coverage"]);
    }
    for field in ["stress_level", "attention_score", "valence", "arousal", "overall_score", "quality_score"] {
        assert!(scores[field].is_number(), "{field}: {scores:#}");
    }
    // Every third beat of this heart is ectopic: it has a rate, and no variability that could be told.
    let contributors = outcome.contributors("arousal");
    assert_eq!(contributors, ["face", "motion", "voice"], "{:#}", scores["contributions"]);
    for (score, by) in scores["contributions"].as_object().expect("contributions by score") {
        let shares: f64 = by.as_object().expect("by modality").values().filter_map(|c| c["share"].as_f64()).sum();
        assert!((shares - 1.0).abs() < 1e-6, "the shares of {score} add up to {shares}");
    }
}

/// The calm and the angry clips of one actor, one after the other.
fn joined_clips(ffmpeg: &Path, data: &Path, out: &Path) -> PathBuf {
    let index = std::fs::read_to_string(data.join("voice/index.csv")).expect("the index lies beside the clips");
    let clips = index.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let clips =
        clips.filter(|fields| fields[1] == "ravdess" && fields[3] == "rav01" && ["calm", "angry"].contains(&fields[5]));
    let list: String =
        clips.map(|fields| format!("file '{}'\n", data.join("voice").join(fields[0]).display())).collect();
    assert!(!list.is_empty(), "the index lists the actor's clips");
    let list_file = out.with_extension("txt");
    std::fs::write(&list_file, list).expect("the test's folder can be written");
    let mut join = Command::new(ffmpeg);
    join.args(["-v", "error", "-f", "concat", "-safe", "0", "-i"]).arg(&list_file).args(["-ac", "1", "-ar", "16000"]);
    process::output(join.arg(out));
    out.to_owned()
}
