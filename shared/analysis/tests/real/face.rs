//! Short clips: who is seen, and what the record says of them.

use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::face::{
    BOX_SIZE, BRIGHTNESS, EXPRESSION_CONFIDENCE, EYE_ASPECT_RATIO, FACE_FRACTION, GAZE_AWAY_FRACTION, HEAD_MOTION,
    MOUTH_OPENING, PITCH_MEAN, PITCH_SD, ROLL_MEAN, SHARPNESS, YAW_MEAN, YAW_SD,
};

use super::clips::Clip;

fn record(clip: &str) -> Option<Record> {
    let played = Clip::read(clip, 10.0)?;
    let count = played.frames.len().min(100);
    let record = played.part(0.0, 10.0);
    let get = |ordinal| record.features.get(ordinal).unwrap_or(f64::NAN);
    eprintln!(
        "{clip}: {count} frames, face {:.2}, size {:.2}, brightness {:.2}, sharpness {:.2}, motion {:.2}, roll {:.1}, \
         confidence {:.2}, quality {:.2}; yaw {:.0} ({:.0}), pitch {:.0} ({:.0}), away {:.2}, eyes {:.2}, mouth {:.2}",
        get(FACE_FRACTION),
        get(BOX_SIZE),
        get(BRIGHTNESS),
        get(SHARPNESS),
        get(HEAD_MOTION),
        get(ROLL_MEAN),
        get(EXPRESSION_CONFIDENCE),
        record.quality,
        get(YAW_MEAN),
        get(YAW_SD),
        get(PITCH_MEAN),
        get(PITCH_SD),
        get(GAZE_AWAY_FRACTION),
        get(EYE_ASPECT_RATIO),
        get(MOUTH_OPENING)
    );
    Some(record)
}

#[test]
fn computer_users_are_seen_before_their_webcam() {
    for clip in ["webcam_00-1", "webcam_00-2", "webcam_01-1", "webcam_01-2", "webcam_02-1", "webcam_02-2"] {
        let Some(record) = record(&format!("{clip}.avi")) else { return };
        let seen = record.features.get(FACE_FRACTION).unwrap();
        assert!(seen > 0.8, "{clip}: {seen}");
        assert!(record.features.get(HEAD_MOTION).unwrap() < 3.0);
    }
}

#[test]
fn speakers_who_face_the_camera_are_seen_upright() {
    for clip in ["grid_00_bbaf2n.mpg", "grid_03_lbbc2a.mpg", "grid_10_id2_vcd_swwp2s.mpg", "single_face.mp4"] {
        let Some(record) = record(clip) else { return };
        assert!(record.features.get(FACE_FRACTION).unwrap() > 0.9, "{clip}");
        assert!(record.features.get(ROLL_MEAN).unwrap().abs() < 20.0, "{clip}");
    }
}

#[test]
fn a_clip_without_a_face_has_none() {
    let Some(record) = record("no_face.mp4") else { return };
    assert!(record.features.get(FACE_FRACTION).unwrap() < 0.1);
    assert_eq!(record.coverage.gap, Some(Gap::NoFace));
    let Some(record) = self::record("noface_face.mov") else { return };
    let seen = record.features.get(FACE_FRACTION).unwrap();
    assert!((0.1..0.9).contains(&seen), "{seen}");
}
