use super::*;
use crate::face::pose::testing::seen;

const SIZE: (u32, u32) = (640, 480);

/// A head `distance` centimetres away, turned about the camera's axes, that a network takes to have closed eyes.
fn shape(turn: [f64; 3], distance: f64) -> Shape {
    let mut landmarks = seen(turn, [0.0, 0.0, distance], SIZE);
    landmarks.eyes_open = Some([0.1, 0.2]);
    Shape::of(&landmarks, HeadPose::of(&landmarks, SIZE).unwrap())
}

fn face(change: impl FnOnce(&mut SeenFace, &mut PictureQuality)) -> SeenFace {
    let mut quality = PictureQuality { brightness: 0.5, contrast: 0.2, sharpness: 0.6 };
    let mut face = SeenFace {
        score: 1.0,
        side: 120.0,
        size: 0.25,
        centre: (0.5, 0.5),
        speed: None,
        roll: None,
        shape: None,
        skin: None,
        quality: None,
        expression: None,
    };
    change(&mut face, &mut quality);
    face.quality = Some(quality);
    face
}

fn quality(change: impl FnOnce(&mut SeenFace, &mut PictureQuality)) -> f64 {
    summarise(&[Seen { at: Timestamp(0), empty_frame: None, face: Some(face(change)), person: 0, unclear: false }]).1
}

#[test]
fn eyes_are_judged_only_where_they_are_seen_and_large_enough() {
    assert_eq!(shape([0.0; 3], 60.0).eyes_closed, Some(true));
    assert_eq!(shape([0.0; 3], 250.0).eyes_closed, None, "an eye of nine pixels says nothing");
    assert_eq!(shape([0.0, 0.7, 0.0], 60.0).eyes_closed, None, "eyes of a turned head hide each other");
    assert_eq!(shape([0.45, 0.0, 0.0], 60.0).eyes_closed, None, "a bent head shows its lids");
}

#[test]
fn a_head_turned_to_any_side_looks_away_and_one_before_the_camera_does_not() {
    assert!(!shape([0.0; 3], 60.0).looks_away());
    for turn in [[0.0, 0.7, 0.0], [0.0, -0.7, 0.0], [0.55, 0.0, 0.0], [-0.55, 0.0, 0.0]] {
        assert!(shape(turn, 60.0).looks_away(), "{turn:?}");
    }
    assert!(!shape([0.0, 0.0, 0.5], 60.0).looks_away(), "a head that leans looks where it did");
}

#[test]
fn size_sharpness_contrast_light_and_score_each_lower_the_quality_down_to_nothing() {
    assert!((quality(|_, _| ()) - 1.0).abs() < 1e-12);
    type Change = fn(&mut SeenFace, &mut PictureQuality, f64);
    let changes: [(&str, Change); 6] = [
        ("score", |face, _, share| face.score = share),
        ("size", |face, _, share| face.side = 48.0 * share),
        ("sharpness", |_, quality, share| quality.sharpness = 0.3 * share),
        ("contrast", |_, quality, share| quality.contrast = 0.1 * share),
        ("dark", |_, quality, share| quality.brightness = 0.2 * share),
        ("glaring", |_, quality, share| quality.brightness = 1.0 - 0.2 * share),
    ];
    for (name, change) in changes {
        let half = quality(|face, quality| change(face, quality, 0.5));
        assert!((half - 0.5f64.powf(0.2)).abs() < 1e-9, "{name}: {half}");
        assert_eq!(quality(|face, quality| change(face, quality, 0.0)), 0.0, "{name}");
    }
}

#[test]
fn frames_without_a_face_are_none_of_the_quality() {
    let frames: Vec<Seen> = (0..4)
        .map(|i| Seen {
            at: Timestamp(i),
            empty_frame: None,
            face: (i % 2 == 0).then(|| face(|_, _| ())),
            person: 0,
            unclear: false,
        })
        .collect();
    let (features, quality) = summarise(&frames);
    assert!((quality - 1.0).abs() < 1e-12, "{quality}");
    assert_eq!(features.get(ordinals::FACE_FRACTION), Some(0.5));
}
