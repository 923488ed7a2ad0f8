//! The pulse on real clips: plausibility only, nobody's heart was measured beside them.

use attune_protocol::registry::face::{PULSE_QUALITY, PULSE_RATE};

use super::clips::Clip;

#[test]
fn a_rate_is_given_of_no_clip_unless_it_is_one_that_a_heart_at_rest_may_have() {
    let clips = [
        ("webcam_00-1.avi", 20.0),
        ("webcam_00-2.avi", 20.0),
        ("webcam_01-1.avi", 20.0),
        ("webcam_01-2.avi", 20.0),
        ("webcam_02-1.avi", 20.0),
        ("webcam_02-2.avi", 20.0),
        ("WolfgangLanger_Pexels.mp4", 24.0),
    ];
    for (name, rate) in clips {
        let Some(clip) = Clip::read(name, rate) else { return };
        let record = clip.part(0.0, 20.0);
        let (pulse, quality) = (record.features.get(PULSE_RATE), record.features.get(PULSE_QUALITY));
        eprintln!("{name}: pulse {pulse:?}, quality {quality:?} dB");
        assert!(pulse.is_none_or(|rate| (45.0..=120.0).contains(&rate)), "{name}: {pulse:?}");
    }
}

#[test]
fn clips_of_three_seconds_are_too_short_for_a_pulse() {
    let Some(clip) = Clip::read("grid_00_bbaf2n.mpg", 25.0) else { return };
    let record = clip.part(0.0, 3.0);
    assert_eq!((record.features.get(PULSE_RATE), record.features.get(PULSE_QUALITY)), (None, None));
}
