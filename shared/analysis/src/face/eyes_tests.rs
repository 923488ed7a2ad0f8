use super::*;

/// A minute of frames at `rate` a second; eyes are closed where `closed` says so of the second.
fn watched(rate: f64, seconds: f64, closed: impl Fn(f64) -> Option<bool>) -> EyeHistory {
    let mut history = EyeHistory::default();
    for i in 0..(seconds * rate) as usize {
        let second = i as f64 / rate;
        history.push(Timestamp(0).plus_seconds(second), closed(second));
    }
    history
}

/// Every four seconds for `length` seconds.
fn blinking(length: f64) -> impl Fn(f64) -> Option<bool> {
    move |second| Some((second + 1e-9) % 4.0 >= 2.0 && (second + 1e-9) % 4.0 < 2.0 + length)
}

#[test]
fn fifteen_blinks_a_minute_are_counted_at_ten_and_at_thirty_frames_a_second() {
    for (rate, length) in [(10.0, 0.2), (30.0, 0.15)] {
        let history = watched(rate, 60.0, blinking(length));
        assert!((history.blink_rate().unwrap() - 15.0).abs() < 0.2, "{rate}: {:?}", history.blink_rate());
        assert!((history.closed_share().unwrap() - length / 4.0).abs() < 0.005, "{:?}", history.closed_share());
    }
}

#[test]
fn eyes_that_stay_closed_are_no_blink_but_count_as_closed() {
    let history = watched(10.0, 60.0, blinking(1.5));
    assert_eq!(history.blink_rate(), Some(0.0));
    assert!((history.closed_share().unwrap() - 0.375).abs() < 0.01);
}

#[test]
fn too_few_frames_or_too_few_seconds_say_nothing() {
    let slow = watched(5.0, 60.0, blinking(0.4));
    assert_eq!(slow.blink_rate(), None, "a blink may fall between two frames");
    assert!(slow.closed_share().is_some());
    let short = watched(10.0, 20.0, blinking(0.2));
    assert_eq!((short.blink_rate(), short.closed_share()), (None, None));
    let rarely_seen = watched(10.0, 60.0, |second| (second % 10.0 < 4.0).then_some(false));
    assert_eq!((rarely_seen.blink_rate(), rarely_seen.closed_share()), (None, None));
}

#[test]
fn a_closure_whose_beginning_was_not_seen_is_no_blink() {
    // The face comes into view with closed eyes, which then open.
    let history = watched(10.0, 60.0, |second| match second % 5.0 {
        part if part < 0.3 => None,
        part => Some(part < 0.5),
    });
    assert_eq!(history.blink_rate(), Some(0.0));
}

#[test]
fn a_minute_is_kept_and_no_more_however_many_frames_come() {
    let mut history = watched(10.0, 100.0, blinking(0.2));
    history.keep_span(Timestamp(0).plus_seconds(100.0));
    assert_eq!(history.frames.len(), 600);
    for i in 0..10_000 {
        history.push(Timestamp(200_000_000 + i), Some(false));
    }
    assert_eq!(history.frames.len(), MOST_FRAMES);
    history.keep_span(Timestamp(0));
    assert_eq!((history.blink_rate(), history.closed_share()), (None, None));
}
