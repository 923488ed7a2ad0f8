use attune_protocol::registry::face::*;
use image::Rgb;
use proptest::prelude::*;

use super::*;
use crate::face::pose;
use crate::networks::testing::{self, StandIn};

const WINDOW: Window = Window(170_000_000);
const SIDE: f64 = 60.0;

/// A detector that finds one face, always at the same place of a 320x240 frame, where the frame is bright enough; an
/// expression network that reads happiness from brightness.
fn networks() -> Networks {
    testing::load(&stand_ins(0.0))
}

/// A head before the camera of [`frame`], turned to its right.
fn turned_head() -> Landmarks {
    pose::testing::seen([0.0, 0.35, 0.0], [-6.5, 1.0, 80.0], (320, 240))
}

/// With landmarks as well: those of [`turned_head`], whose eyes are closed where the face is dark.
fn networks_with_landmarks() -> Networks {
    let (x, y, side) = (130.0 - 0.5 * 1.15 * SIDE, 110.0 - 0.5 * 1.15 * SIDE, 1.15 * SIDE);
    let bias =
        turned_head().points.iter().flat_map(|p| [((p.0 - x) / side) as f32, ((p.1 - y) / side) as f32]).collect();
    let points = StandIn { name: "points", shape: &[1, 136], slope: vec![0.0; 136], bias };
    let eyes = StandIn { name: "eyes_open", shape: &[1, 2], slope: vec![0.05; 2], bias: vec![-5.0; 2] };
    let entry = "task = \"landmarks\"\ncrop_scale = 1.15\ninput = { name = \"face\", shape = [1, 1, 64, 64] }\n\
        outputs = [{ name = \"points\", shape = [1, 136] }, { name = \"eyes_open\", shape = [1, 2] }]";
    let network = testing::onnx("face", &[1, 1, 64, 64], &[points, eyes]);
    let mut all = stand_ins(0.0);
    all.push(("landmarks.onnx", network, entry.to_owned()));
    testing::load(&all)
}

/// The expression network abstains below `least`.
fn stand_ins(least: f64) -> Vec<(&'static str, Vec<u8>, String)> {
    let mut slope = vec![0.0; 15];
    slope[0] = 1.0;
    let mut bias = vec![0.0, 100.0, 80.0, 160.0, 140.0];
    bias.extend([115.0, 100.0, 145.0, 100.0, 130.0, 115.0, 118.0, 130.0, 142.0, 130.0]);
    let detections = StandIn { name: "detections", shape: &[1, 1, 15], slope, bias };
    let detector = "task = \"detector\"\nscore_threshold = 0.3\n\
        input = { name = \"image\", shape = [1, 1, 240, 320], scale = 0.00392156862745098 }\n\
        outputs = [{ name = \"detections\", shape = [1, 1, 15] }]";
    let ferplus = StandIn {
        name: "ferplus",
        shape: &[1, 7],
        slope: vec![0.0, 0.0, 0.0, 0.001, 0.0, 0.0, -0.001],
        bias: vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    };
    let affect = StandIn { name: "affect", shape: &[1, 2], slope: vec![0.0; 2], bias: vec![-3.0, 0.5] };
    let expression = format!(
        "task = \"expression\"\nabstain_below = {least:?}\ninput = {{ name = \"face\", shape = [1, 1, 48, 48] }}\n\
         outputs = [{{ name = \"ferplus\", shape = [1, 7] }}, {{ name = \"affect\", shape = [1, 2] }}]"
    );
    vec![
        ("detector.onnx", testing::onnx("image", &[1, 1, 240, 320], &[detections]), detector.to_owned()),
        ("expression.onnx", testing::onnx("face", &[1, 1, 48, 48], &[ferplus, affect]), expression),
    ]
}

/// A patterned square on gray, its centre at `x`, 110.
fn frame(seconds: f64, x: f64, background: u8) -> Frame {
    frame_of_light(seconds, x, background, 128.0)
}

fn frame_of_light(seconds: f64, x: f64, background: u8, light: f64) -> Frame {
    let image = RgbImage::from_fn(320, 240, |column, row| {
        let (u, v) = ((f64::from(column) - x) / SIDE, (f64::from(row) - 110.0) / SIDE);
        if u.abs() > 0.5 || v.abs() > 0.5 {
            return Rgb([background; 3]);
        }
        let pattern = light + 60.0 * (9.0 * u + 4.0 * v).sin() + 50.0 * (11.0 * v - 5.0 * u * u).cos();
        Rgb([pattern as u8; 3])
    });
    Frame { at: Timestamp::from_millis(WINDOW.start_millis()).plus_seconds(seconds), image }
}

fn at_ten_fps(seconds: std::ops::Range<u32>, x: impl Fn(f64) -> f64, background: u8) -> Vec<Frame> {
    let times = (10 * seconds.start..10 * seconds.end).map(|i| f64::from(i) / 10.0);
    times.map(|t| frame(t, x(t), background)).collect()
}

#[test]
fn a_face_is_described_and_its_expression_averaged() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    analyzer.push(&at_ten_fps(0..10, |_| 130.0, 128));
    let record = analyzer.finish(WINDOW, None);
    let get = |ordinal| record.features.get(ordinal).unwrap();
    assert_eq!(get(FACE_FRACTION), 1.0);
    assert_eq!(get(BOX_SIZE), 0.25);
    assert!((get(BOX_CENTRE_X) - 130.0 / 320.0).abs() < 0.005, "{}", get(BOX_CENTRE_X));
    assert_eq!(get(ROLL_MEAN), 0.0);
    assert!((0.1..0.2).contains(&get(EXPRESSION_HAPPY)), "{}", get(EXPRESSION_HAPPY));
    assert!((get(EXPRESSION_HAPPY) + get(EXPRESSION_NEUTRAL) - 1.0).abs() < 1e-5);
    assert_eq!((get(VALENCE), get(AROUSAL)), (-1.0, 0.5));
    assert!(get(HEAD_MOTION) < 0.05, "{}", get(HEAD_MOTION));
    assert!((0.4..0.6).contains(&get(BRIGHTNESS)));
    for ordinal in [YAW_MEAN, PITCH_MEAN, EYE_ASPECT_RATIO, BLINK_RATE, PERCLOS, GAZE_AWAY_FRACTION, MOUTH_OPENING] {
        assert_eq!(record.features.get(ordinal), None, "nothing here can tell {ordinal:?}");
    }
    assert_eq!((record.coverage.expected, record.coverage.received, record.coverage.gap), (100, 100, None));
    assert!(record.quality > 0.4, "{}", record.quality);
}

#[test]
fn an_expression_that_rests_is_absent_and_all_else_is_as_it_was() {
    let rests = Arc::new(AtomicBool::new(true));
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0).resting_by(rests.clone());
    analyzer.push(&at_ten_fps(0..10, |_| 130.0, 128));
    let record = analyzer.finish(WINDOW, None);
    for ordinal in [EXPRESSION_HAPPY, EXPRESSION_CONFIDENCE, VALENCE, AROUSAL] {
        assert_eq!(record.features.get(ordinal), None);
    }
    let mut whole = FaceAnalyzer::new(&networks(), 10.0);
    whole.push(&at_ten_fps(0..10, |_| 130.0, 128));
    let whole = whole.finish(WINDOW, None);
    assert_eq!((record.quality, record.coverage), (whole.quality, whole.coverage));
    for ordinal in [BOX_SIZE, BOX_CENTRE_X, HEAD_MOTION, BRIGHTNESS, SHARPNESS] {
        assert_eq!(record.features.get(ordinal), whole.features.get(ordinal));
    }
    rests.store(false, Ordering::Relaxed);
    analyzer.push(&at_ten_fps(10..20, |_| 130.0, 128));
    assert!(analyzer.finish(WINDOW.next(), None).features.get(EXPRESSION_HAPPY).is_some(), "it is read again");
}

#[test]
fn at_the_least_rate_the_share_of_closed_eyes_is_known_and_blinks_are_not() {
    let known = |rate: f64| {
        let mut analyzer = FaceAnalyzer::new(&networks_with_landmarks(), 10.0);
        let count = (60.0 * rate) as u32;
        let frames = (0..count).map(|n| frame_of_light(f64::from(n) / rate, 130.0, 128, 128.0)).collect::<Vec<_>>();
        analyzer.push(&frames);
        let mut record = None;
        let mut window = WINDOW;
        for _ in 0..6 {
            record = Some(analyzer.finish(window, None));
            window = window.next();
        }
        let record = record.unwrap();
        let coverage = record.coverage.received * 10 / record.coverage.expected;
        (record.features.get(PERCLOS).is_some(), record.features.get(BLINK_RATE).is_some(), coverage)
    };
    assert_eq!(known(crate::face::LEAST_RATE), (true, false, 2));
    assert!(!known(crate::face::LEAST_RATE / 1.3).0, "less tells nothing");
    assert_eq!(known(10.0), (true, true, 10));
}

#[test]
fn landmarks_tell_the_pose_and_over_a_minute_the_blinks() {
    let mut analyzer = FaceAnalyzer::new(&networks_with_landmarks(), 10.0);
    let mut window = WINDOW;
    let mut records = Vec::new();
    for seconds in 0..60 {
        // Two dark frames every four seconds.
        let light = |i: u32| if seconds % 4 == 2 && (4..6).contains(&i) { 68.0 } else { 128.0 };
        let at = |i: u32| f64::from(seconds) + f64::from(i) / 10.0;
        let frames: Vec<Frame> = (0..10).map(|i| frame_of_light(at(i), 130.0, 128, light(i))).collect();
        analyzer.push(&frames);
        if seconds % 10 == 9 {
            records.push(analyzer.finish(window, None));
            window = window.next();
        }
    }
    let get = |ordinal| records[5].features.get(ordinal).unwrap();
    assert!((get(YAW_MEAN) + 20.05).abs() < 1.0, "{}", get(YAW_MEAN));
    let [yaw_sd, pitch, roll] = [YAW_SD, PITCH_MEAN, ROLL_MEAN].map(get);
    // The eye that is further from the camera lies nearer to the middle of the frame.
    let seen_roll = turned_head().roll().unwrap();
    assert!(yaw_sd < 1.0 && pitch.abs() < 1.0 && (roll - seen_roll).abs() < 0.1, "{yaw_sd} {pitch} {roll}");
    assert_eq!(get(GAZE_AWAY_FRACTION), 0.0);
    assert!((0.2..0.5).contains(&get(EYE_ASPECT_RATIO)), "{}", get(EYE_ASPECT_RATIO));
    assert!((0.1..0.3).contains(&get(MOUTH_OPENING)), "{}", get(MOUTH_OPENING));
    assert!((get(BLINK_RATE) - 15.0).abs() < 0.3, "{}", get(BLINK_RATE));
    assert!((get(PERCLOS) - 0.05).abs() < 0.005, "{}", get(PERCLOS));
    assert_eq!(records[1].features.get(BLINK_RATE), None, "half a minute is needed");
    assert_eq!(records[5].features.get(PULSE_RATE), None, "a gray picture has no skin");

    analyzer.clear();
    analyzer.push(&at_ten_fps(60..61, |_| 130.0, 128));
    let record = analyzer.finish(window, None);
    assert_eq!((record.features.get(PERCLOS), record.features.get(BLINK_RATE)), (None, None));
    assert!(record.features.get(YAW_MEAN).is_some());
    assert_eq!(record.features.get(HEAD_MOTION), None, "two seconds are needed");

    analyzer.clear();
    analyzer.push(&[frame(70.0, 130.0, 128), frame(70.1, 130.0, 128)]);
    assert!(analyzer.finish(window.next(), None).features.is_empty(), "two frames are a fifth of a second");
}

#[test]
fn looks_of_which_the_network_is_not_sure_say_nothing_but_how_sure_it_is() {
    for (least, claimed) in [(0.8, true), (0.95, false)] {
        let mut analyzer = FaceAnalyzer::new(&testing::load(&stand_ins(least)), 10.0);
        analyzer.push(&at_ten_fps(0..10, |_| 130.0, 128));
        let features = analyzer.finish(WINDOW, None).features;
        for ordinal in [EXPRESSION_HAPPY, EXPRESSION_NEUTRAL, VALENCE, AROUSAL] {
            assert_eq!(features.get(ordinal).is_some(), claimed, "{ordinal:?} under {least}");
        }
        assert!((0.8..0.9).contains(&features.get(EXPRESSION_CONFIDENCE).unwrap()));
    }
}

#[test]
fn movement_between_detections_is_followed() {
    // 12 pixels a second: a fifth of the face's side.
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    for frame in at_ten_fps(0..2, |t| 130.0 + 12.0 * t, 128) {
        analyzer.push(&[frame]);
    }
    let record = analyzer.finish(WINDOW, None);
    let motion = record.features.get(HEAD_MOTION).unwrap();
    assert!((motion - 0.2).abs() < 0.05, "{motion}");
    // The detector puts it back to where it began after a second.
    let mean_x = record.features.get(BOX_CENTRE_X).unwrap() * 320.0;
    assert!((mean_x - (130.0 + 12.0 * 0.45)).abs() < 1.5, "{mean_x}");
}

#[test]
fn without_a_face_the_record_says_so_and_has_no_expression() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    analyzer.push(&at_ten_fps(0..10, |_| 1000.0, 20));
    let record = analyzer.finish(WINDOW, None);
    assert_eq!(record.features.get(FACE_FRACTION), Some(0.0));
    assert!((record.features.get(BRIGHTNESS).unwrap() - 20.0 / 255.0).abs() < 1e-6);
    assert_eq!(record.features.get(EXPRESSION_HAPPY), None);
    assert_eq!(record.features.get(BOX_SIZE), None);
    assert_eq!((record.coverage.received, record.coverage.gap), (0, Some(Gap::NoFace)));
    assert_eq!(record.quality, 0.0);
}

#[test]
fn a_face_that_leaves_is_lost_and_found_again() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    analyzer.push(&at_ten_fps(0..4, |_| 130.0, 128));
    analyzer.push(&at_ten_fps(4..7, |_| 1000.0, 20));
    analyzer.push(&at_ten_fps(7..10, |_| 130.0, 128));
    let record = analyzer.finish(WINDOW, None);
    let fraction = record.features.get(FACE_FRACTION).unwrap();
    assert!((0.64..=0.72).contains(&fraction), "{fraction}");
    assert_eq!(record.coverage.gap, None);
}

#[test]
fn without_frames_the_device_is_gone() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    let record = analyzer.finish(WINDOW, None);
    assert!(record.features.is_empty());
    assert_eq!((record.quality, record.coverage.gap), (0.0, Some(Gap::DeviceGone)));
}

#[test]
fn frames_belong_to_their_own_window_and_none_is_seen_twice() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    let frames = at_ten_fps(8..13, |_| 130.0, 128);
    analyzer.push(&frames);
    analyzer.push(&frames);
    assert_eq!(analyzer.finish(WINDOW, None).coverage.received, 20);
    assert_eq!(analyzer.finish(WINDOW.next(), None).coverage.received, 30);
}

#[test]
fn what_was_cleared_is_forgotten() {
    let mut analyzer = FaceAnalyzer::new(&networks(), 10.0);
    analyzer.push(&at_ten_fps(0..5, |_| 130.0, 128));
    analyzer.clear();
    let record = analyzer.finish(WINDOW, Some(Gap::Paused));
    assert!(record.features.is_empty());
    assert_eq!(record.coverage.gap, Some(Gap::Paused));
}

/// A detector that finds the person of [`frame`] where a picture is bright, and somebody else of `side` pixels at 260, 110 where it
/// is not very bright.
fn two_faces(side: f32) -> Networks {
    let row = |x: f32, side: f32| {
        let half = side / 2.0;
        let points = [(-0.25, -0.15), (0.25, -0.15), (0.0, 0.1), (-0.2, 0.3), (0.2, 0.3)];
        let corners = [x - half, 110.0 - half, x + half, 110.0 + half];
        corners.into_iter().chain(points.into_iter().flat_map(move |(u, v)| [x + u * side, 110.0 + v * side]))
    };
    let (mut slope, mut bias) = (vec![0.0; 30], vec![0.0]);
    (slope[0], slope[15]) = (1.0, -1.0);
    bias.extend(row(130.0, SIDE as f32));
    bias.push(1.0);
    bias.extend(row(260.0, side));
    let detections = StandIn { name: "detections", shape: &[1, 2, 15], slope, bias };
    let detector = "task = \"detector\"\nscore_threshold = 0.3\n\
        input = { name = \"image\", shape = [1, 1, 240, 320], scale = 0.00392156862745098 }\n\
        outputs = [{ name = \"detections\", shape = [1, 2, 15] }]";
    let network = testing::onnx("image", &[1, 1, 240, 320], &[detections]);
    testing::load(&[("detector.onnx", network, detector.to_owned())])
}

/// The person, who is there or bends down, and beside them somebody else.
fn with_bystander(seconds: f64, there: bool, side: f64) -> Frame {
    let (x, background) = if there { (130.0, 128) } else { (5_000.0, 20) };
    let mut picture = frame(seconds, x, background);
    for (column, row, pixel) in picture.image.enumerate_pixels_mut() {
        let (u, v) = ((f64::from(column) - 260.0) / side, (f64::from(row) - 110.0) / side);
        if u.abs() <= 0.5 && v.abs() <= 0.5 {
            *pixel = Rgb([(128.0 + 70.0 * (6.0 * v).sin() + 40.0 * (13.0 * u * v).cos()) as u8; 3]);
        }
    }
    picture
}

#[test]
fn who_bends_down_is_found_again_beside_a_bystander() {
    let mut analyzer = FaceAnalyzer::new(&two_faces(36.0), 10.0);
    let away = |t: f64| (12.0..13.5).contains(&t) || t >= 30.0;
    let mut records = Vec::new();
    for window in 0..8_u32 {
        let times = (0..100).map(|i| f64::from(10 * window) + f64::from(i) / 10.0);
        analyzer.push(&times.map(|t| with_bystander(t, !away(t), 36.0)).collect::<Vec<_>>());
        records.push(analyzer.finish(Window(WINDOW.0 + window), None));
    }
    let near = |record: &Record, x: f64| (record.features.get(BOX_CENTRE_X).unwrap() - x / 320.0).abs() < 0.01;
    for record in &records[..3] {
        assert!(near(record, 130.0), "the person's all the while");
        assert_eq!(record.coverage.gap, None);
    }
    let fraction = records[1].features.get(FACE_FRACTION).unwrap();
    assert!((0.78..=0.88).contains(&fraction), "{fraction}");
    // Who does not come back is waited for; then who is there is somebody else, and it is said.
    for record in &records[3..6] {
        assert_eq!((record.features.get(BOX_SIZE), record.coverage.gap), (None, Some(Gap::NoFace)));
    }
    assert!(near(&records[6], 260.0));
    assert_eq!(records[6].coverage.gap, Some(Gap::AnotherFace));
    assert_eq!(records[7].coverage.gap, None);
}

#[test]
fn of_two_people_of_one_size_none_is_chosen() {
    let mut analyzer = FaceAnalyzer::new(&two_faces(56.0), 10.0);
    analyzer.push(&(0..100).map(|i| with_bystander(f64::from(i) / 10.0, true, 56.0)).collect::<Vec<_>>());
    let record = analyzer.finish(WINDOW, None);
    assert_eq!((record.coverage.received, record.coverage.gap), (0, Some(Gap::SeveralFaces)));
    assert_eq!(record.features.get(BOX_SIZE), None);
}

#[test]
fn a_head_that_leans_too_far_is_there_and_tells_nothing_that_networks_read_from_upright_ones() {
    for (lean, told) in [(30_f64, true), (60.0, false), (180.0, false)] {
        let mut all = stand_ins(0.0);
        let mut slope = vec![0.0; 15];
        slope[0] = 1.0;
        let (sin, cos) = lean.to_radians().sin_cos();
        let points = [(-15.0, -9.0), (15.0, -9.0), (0.0, 6.0), (-12.0, 18.0), (12.0, 18.0)];
        let mut bias = vec![0.0, 100.0, 80.0, 160.0, 140.0];
        bias.extend(
            points.iter().flat_map(|(x, y): &(f64, f64)| {
                [(130.0 + x * cos - y * sin) as f32, (110.0 + x * sin + y * cos) as f32]
            }),
        );
        all[0].1 = testing::onnx(
            "image",
            &[1, 1, 240, 320],
            &[StandIn { name: "detections", shape: &[1, 1, 15], slope, bias }],
        );
        let mut analyzer = FaceAnalyzer::new(&testing::load(&all), 10.0);
        analyzer.push(&at_ten_fps(0..10, |_| 130.0, 128));
        let record = analyzer.finish(WINDOW, None);
        assert_eq!(record.coverage.received, 100, "{lean}");
        assert_eq!(record.features.get(EXPRESSION_HAPPY).is_some(), told, "{lean}");
        assert_eq!(record.features.get(VALENCE).is_some(), told, "{lean}");
        assert_eq!(record.quality > 0.0, told, "{lean}: {}", record.quality);
    }
}

#[test]
fn odd_frames_do_no_harm() {
    let mut analyzer = FaceAnalyzer::new(&networks_with_landmarks(), 10.0);
    let sizes = [(0, 0), (0, 5), (1, 1), (3, 500), (1, 240), (2000, 2)];
    for (i, (width, height)) in (0..).zip(sizes) {
        let at = Timestamp::from_millis(WINDOW.start_millis() + i * 700);
        analyzer.push(&[Frame { at, image: RgbImage::from_pixel(width, height, Rgb([200; 3])) }]);
    }
    analyzer.push(&[Frame { at: Timestamp(i64::MAX), image: RgbImage::new(4, 4) }]);
    analyzer.push(&[Frame { at: Timestamp(i64::MIN), image: RgbImage::new(4, 4) }]);
    let record = analyzer.finish(WINDOW, None);
    assert!(record.features.iter().all(|(_, value)| value.is_finite()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pushing_in_pieces_is_pushing_whole(pieces in prop::collection::vec(1..30_usize, 1..12)) {
        // From 8 to 12 s, over the border of two windows, and the face moves.
        let frames = || at_ten_fps(8..12, |t| 130.0 + 8.0 * (t - 10.0), 128);
        let networks = networks_with_landmarks();
        let mut whole = FaceAnalyzer::new(&networks, 10.0);
        whole.push(&frames());
        let whole = [WINDOW, WINDOW.next()].map(|window| whole.finish(window, None));
        // All of it before a window is closed; and the first one as soon as it has ended, as the agent does.
        for at_once in [false, true] {
            let mut parts = FaceAnalyzer::new(&networks, 10.0);
            let (mut rest, mut records, mut pushed) = (frames().into_iter(), Vec::new(), 0);
            for length in pieces.iter().copied().chain([40]) {
                let piece: Vec<Frame> = rest.by_ref().take(length).collect();
                pushed += piece.len();
                parts.push(&piece);
                if at_once && records.is_empty() && pushed >= 20 {
                    records.push(parts.finish(WINDOW, None));
                }
            }
            if !at_once {
                records.push(parts.finish(WINDOW, None));
            }
            records.push(parts.finish(WINDOW.next(), None));
            prop_assert_eq!(&records[..], &whole[..], "at once: {}", at_once);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_frames_in_no_order_of_time_do_any_harm(
        frames in prop::collection::vec((-1_500..3_000i64, 0..8usize, any::<u8>()), 1..60),
    ) {
        let mut analyzer = FaceAnalyzer::new(&networks_with_landmarks(), 10.0);
        let mut at = WINDOW.start_millis();
        for (step, kind, light) in frames {
            // Time runs backwards now and then.
            at += step;
            let (width, height) = [(0, 0), (1, 1), (1, 240), (7, 2), (64, 48)].get(kind).copied().unwrap_or((320, 240));
            let pixel = |x: u32, y: u32| Rgb([light, light.wrapping_add((7 * x + 3 * y) as u8), (x * y) as u8]);
            analyzer.push(&[Frame { at: Timestamp::from_millis(at), image: RgbImage::from_fn(width, height, pixel) }]);
        }
        for i in 0..12 {
            let record = analyzer.finish(Window(WINDOW.0 + i), None);
            prop_assert!((0.0..=1.0).contains(&record.quality));
            for (ordinal, value) in record.features.iter() {
                prop_assert!(value.is_finite(), "{ordinal:?}: {value}");
            }
        }
    }
}
