use proptest::prelude::*;

use super::testing::seen;
use super::*;
use crate::face::landmarks::POINTS;

const SIZE: (u32, u32) = (640, 480);

/// Turned about one axis of the camera, 60 cm before it.
fn turned(axis: usize, degrees: f64) -> HeadPose {
    let mut turn = [0.0; 3];
    turn[axis] = degrees.to_radians();
    HeadPose::of(&seen(turn, [3.0, -2.0, 60.0], SIZE), SIZE).unwrap()
}

#[test]
fn each_turn_of_a_head_shows_in_its_own_angle_and_with_its_sign() {
    for degrees in [-40.0, -10.0, 0.0, 25.0, 40.0] {
        // About the axis that points down, the nose goes to the person's right; about that to their left, down.
        assert!((turned(1, degrees).yaw + degrees).abs() < 1e-3, "{degrees}: {:?}", turned(1, degrees));
        assert!((turned(0, degrees).pitch + degrees).abs() < 1e-3, "{degrees}: {:?}", turned(0, degrees));
        assert!((turned(2, degrees).roll - degrees).abs() < 1e-3, "{degrees}: {:?}", turned(2, degrees));
    }
    let HeadPose { pitch, roll, .. } = turned(1, 30.0);
    assert!(pitch.abs() < 1e-3 && roll.abs() < 1e-3);
}

#[test]
fn points_a_pixel_or_two_off_move_the_pose_by_a_few_degrees() {
    let mut landmarks = seen([0.0, -0.35, 0.0], [0.0, 0.0, 60.0], SIZE);
    for (i, (x, y)) in landmarks.points.iter_mut().enumerate() {
        *x += ((i * 7919) % 13) as f64 / 6.0 - 1.0;
        *y += ((i * 104_729) % 11) as f64 / 5.0 - 1.0;
    }
    let pose = HeadPose::of(&landmarks, SIZE).unwrap();
    assert!((pose.yaw - 20.05).abs() < 4.0 && pose.pitch.abs() < 6.0 && pose.roll.abs() < 3.0, "{pose:?}");
}

#[test]
fn points_that_are_no_face_have_no_pose() {
    let landmarks = |place: fn(usize) -> (f64, f64)| Landmarks { points: std::array::from_fn(place), eyes_open: None };
    let scattered = landmarks(|i| (((i * 7919) % 640) as f64, ((i * 104_729) % 480) as f64));
    assert_eq!(HeadPose::of(&scattered, SIZE), None);
    assert_eq!(HeadPose::of(&landmarks(|_| (100.0, 100.0)), SIZE), None);
    assert_eq!(HeadPose::of(&landmarks(|i| (i as f64, 0.0)), SIZE), None);
    assert_eq!(HeadPose::of(&seen([0.0; 3], [0.0, 0.0, 60.0], SIZE), (0, 0)), None);
    let straight = seen([0.0; 3], [0.0, 0.0, 60.0], SIZE);
    let mirrored = Landmarks { points: straight.points.map(|(x, y)| (640.0 - x, y)), eyes_open: None };
    assert_eq!(HeadPose::of(&mirrored, SIZE), None, "a face's right eye is not at its left");
}

proptest! {
    #[test]
    fn any_pose_before_the_camera_is_found_again(
        yaw in -50.0..50.0f64, x in -15.0..15.0f64, y in -10.0..10.0f64, z in 35.0..150.0f64, lean in -0.4..0.4f64,
    ) {
        // A lean about the camera's axis on top of a turn: the head's own direction turns with it.
        let (sine, cosine) = (yaw.to_radians() / 2.0).sin_cos();
        let (lean_sine, lean_cosine) = (lean / 2.0).sin_cos();
        // Quaternions: lean about z after a turn about -y.
        let (w, qx, qy, qz) = (lean_cosine * cosine, lean_sine * sine, -lean_cosine * sine, lean_sine * cosine);
        let angle = 2.0 * w.clamp(-1.0, 1.0).acos();
        let scale = if angle > 1e-9 { angle / (angle / 2.0).sin() } else { 2.0 };
        let pose = HeadPose::of(&seen([qx * scale, qy * scale, qz * scale], [x, y, z], SIZE), SIZE).unwrap();
        let turn = yaw.to_radians();
        let expected_yaw = (turn.sin() * lean.cos()).atan2(turn.cos()).to_degrees();
        let expected_pitch = (-turn.sin() * lean.sin()).asin().to_degrees();
        prop_assert!((pose.yaw - expected_yaw).abs() < 0.05, "{} {}", pose.yaw, expected_yaw);
        prop_assert!((pose.pitch - expected_pitch).abs() < 0.05, "{} {}", pose.pitch, expected_pitch);
    }

    #[test]
    fn no_points_do_any_harm(
        values in prop::collection::vec(prop_oneof![20 => -1e4..1e4f64, 1 => any::<f64>()], 2 * POINTS),
        width in any::<u32>(),
    ) {
        let points = std::array::from_fn(|i| (values[2 * i], values[2 * i + 1]));
        if let Some(pose) = HeadPose::of(&Landmarks { points, eyes_open: None }, (width, 480)) {
            prop_assert!(pose.yaw.is_finite() && pose.pitch.is_finite() && pose.roll.is_finite());
        }
    }
}
