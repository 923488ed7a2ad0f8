use super::*;

/// Seconds of rows, and what is left out.
struct Outcome {
    seconds: Vec<f64>,
    left_out: LeftOut,
    set_back: u64,
}

const DATE: f64 = 1_700_000_000.0;

fn ordered(step: f64, seconds: &[f64]) -> Outcome {
    let micros = |seconds: f64| (seconds * 1e6).round() as i64;
    let dates = times::are_dates(seconds.iter().map(|&s| micros(s)));
    let mut order = Order::new(micros(step), dates);
    let mut rows = seconds.iter().enumerate().map(|(place, &s)| Found::Row(micros(s), place));
    let mut outcome = Outcome { seconds: Vec::new(), left_out: LeftOut::default(), set_back: 0 };
    while let Some((at, _)) = order.next(|| Ok(rows.next())).unwrap() {
        outcome.seconds.push(at as f64 / 1e6);
    }
    outcome.left_out = order.left_out();
    outcome.set_back = order.set_back();
    outcome
}

/// Times at 50 Hz.
fn steady(from: f64, seconds: f64) -> Vec<f64> {
    (0..(seconds * 50.0) as usize).map(|n| from + n as f64 / 50.0).collect()
}

fn false_times(count: u64) -> LeftOut {
    LeftOut { false_times: count, ..LeftOut::default() }
}

#[test]
fn rows_in_order_pass_with_their_gaps_however_long() {
    let times = [steady(DATE, 30.0), steady(DATE + 100.0, 30.0), steady(DATE + 86_500.0, 30.0)].concat();
    let outcome = ordered(0.02, &times);
    assert_eq!(outcome.seconds, times, "a missing day is a gap, not the end");
    assert_eq!((outcome.left_out, outcome.set_back), (LeftOut::default(), 0));
}

#[test]
fn one_time_far_from_its_neighbours_is_left_out_wherever_it_stands() {
    let times = steady(DATE, 20.0);
    for stray in [0.0, DATE - 7200.0, DATE + 7200.0, 2_034_000_000.0, -5.0] {
        for place in [0, 1, 500, 999, 1000] {
            let mut with_stray = times.clone();
            with_stray.insert(place, stray);
            let outcome = ordered(0.02, &with_stray);
            assert_eq!(outcome.seconds, times, "{stray} at {place}");
            assert_eq!((outcome.left_out, outcome.set_back), (false_times(1), 0), "{stray} at {place}");
        }
    }
}

#[test]
fn a_whole_packet_with_a_false_time_is_left_out() {
    let times = steady(DATE, 20.0);
    for stray in [DATE + 7200.0, DATE - 7200.0, DATE + 3e8] {
        for place in [0, 500, 1000] {
            let mut with_stray = times.clone();
            with_stray.splice(place..place, (0..4).map(|n| stray + f64::from(n) * 0.02));
            assert_eq!(ordered(0.02, &with_stray).seconds, times, "{stray} at {place}");
        }
    }
}

#[test]
fn rows_out_of_order_are_put_in_their_places_and_none_is_lost() {
    let times = steady(DATE, 20.0);
    let mut swapped = times.clone();
    swapped.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    let mut blocks = times.clone();
    blocks.rotate_left(400);
    let mut random = times.clone();
    fastrand::Rng::with_seed(7).shuffle(&mut random);
    let backwards: Vec<f64> = times.iter().rev().copied().collect();
    for (name, disorder) in [("swapped", swapped), ("blocks", blocks), ("random", random), ("backwards", backwards)] {
        let outcome = ordered(0.02, &disorder);
        assert_eq!(outcome.seconds, times, "{name}");
        assert_eq!((outcome.left_out, outcome.set_back), (LeftOut::default(), 0), "{name}");
    }
}

#[test]
fn a_clock_that_is_set_back_goes_on_behind_the_row_before_and_nothing_is_lost() {
    for back in [0.1, 0.513, 1.0, 2.0, 5.0, 30.0, 3600.0, DATE] {
        let before = steady(DATE, 60.0);
        let times = [before.clone(), steady(DATE + 60.0 - back, 60.0)].concat();
        let outcome = ordered(0.02, &times);
        assert_eq!(
            (outcome.seconds.len(), outcome.left_out, outcome.set_back),
            (6000, LeftOut::default(), 1),
            "{back} s"
        );
        let steps = outcome.seconds.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(steps.clone().all(|step| (step - 0.02).abs() < 1e-5), "{back} s: {:?}", steps.fold(0.0, f64::max));
    }
}

#[test]
fn a_clock_that_is_set_right_again_is_followed() {
    let times = [steady(DATE, 60.0), steady(DATE - 3600.0, 60.0), steady(DATE + 120.0, 60.0)].concat();
    let outcome = ordered(0.02, &times);
    assert_eq!(outcome.left_out, LeftOut::default());
    assert!((outcome.seconds[6000] - (DATE + 120.0)).abs() < 1e-5, "{}", outcome.seconds[6000]);
}

#[test]
fn rows_a_minute_apart_are_neighbours() {
    let times: Vec<f64> = (0..120).map(|minute| DATE + 60.0 * f64::from(minute)).collect();
    assert_eq!(ordered(60.0, &times).seconds, times);
    let mut with_stray = times.clone();
    with_stray[50] = 2_034_000_000.0;
    assert_eq!(ordered(60.0, &with_stray).left_out, false_times(1));
}

#[test]
fn a_few_rows_now_and_then_are_kept() {
    let times: Vec<f64> =
        (0..20).flat_map(|hour| [0.0, 0.8, 1.7].map(|s| DATE + 7200.0 * f64::from(hour) + s)).collect();
    assert_eq!(ordered(0.8, &times).seconds, times);
}

#[test]
fn a_row_of_a_time_that_is_taken_is_left_out_of_order() {
    let mut times: Vec<f64> = (0..100).map(|second| DATE + f64::from(second)).collect();
    let sorted = times.clone();
    times.insert(60, DATE + 20.0);
    let outcome = ordered(1.0, &times);
    assert_eq!(outcome.seconds, sorted);
    assert_eq!(outcome.left_out, LeftOut { out_of_order: 1, ..LeftOut::default() });
}

#[test]
fn rows_before_the_clock_was_set_are_no_dates_and_left_out() {
    let times = [steady(5.0, 20.0), steady(DATE, 60.0)].concat();
    let outcome = ordered(0.02, &times);
    assert_eq!((outcome.seconds, outcome.left_out), (steady(DATE, 60.0), false_times(1000)));
}

#[test]
fn at_most_so_many_rows_are_held_and_order_is_kept_over_more() {
    let rows = 3 * HELD;
    let mut order = Order::new(1000, false);
    let mut next = 0;
    let mut read = || {
        next += 1;
        Ok((next <= rows).then(|| Found::Row(((next as i64 - 1) ^ 1) * 1000, ())))
    };
    let (mut given, mut last) = (0, i64::MIN);
    while let Some((at, ())) = order.next(&mut read).unwrap() {
        assert!(at > last && order.held.len() <= HELD);
        (given, last) = (given + 1, at);
    }
    assert_eq!((given, order.left_out()), (rows, LeftOut::default()));
}

#[test]
fn a_clock_that_leaps_to_and_fro_overflows_nothing_and_every_row_is_given_or_counted() {
    let mut times = Vec::new();
    for leap in 0..3000 {
        let from = if leap % 2 == 0 { -4e9 } else { 4e9 };
        times.extend((0..20).map(|n| from + f64::from(n)));
    }
    let outcome = ordered(1.0, &times);
    assert!(outcome.seconds.is_sorted() && outcome.seconds.iter().all(|&at| at < 4_102_444_800.0));
    assert_eq!(outcome.seconds.len() as u64 + outcome.left_out.total(), times.len() as u64);
}

#[test]
fn packets_that_a_radio_link_sends_again_late_or_one_by_one_are_no_clock_that_was_set_back() {
    let times = steady(DATE, 20.0);
    // A packet of ten rows comes again half a second later, with the values that it had.
    let rows: Vec<(f64, usize)> = times.iter().copied().zip(0..).collect();
    let mut again = rows.clone();
    again.splice(525..525, rows[490..500].iter().copied());
    let (seconds, left_out, set_back) = given(&again);
    assert_eq!((seconds, set_back), (times.clone(), 0));
    assert_eq!(left_out, LeftOut { out_of_order: 10, ..LeftOut::default() });
    // Each packet of ten behind the next one.
    let swapped: Vec<(f64, usize)> = rows.chunks_exact(20).flat_map(|two| [&two[10..], &two[..10]].concat()).collect();
    assert_eq!(given(&swapped), (times, LeftOut::default(), 0));
}

#[test]
fn a_clock_that_is_set_back_while_nothing_changes_loses_nothing() {
    let rows: Vec<(f64, usize)> =
        steady(DATE, 60.0).into_iter().chain(steady(DATE + 59.0, 60.0)).map(|at| (at, 7)).collect();
    let (seconds, left_out, set_back) = given(&rows);
    assert_eq!((seconds.len(), left_out, set_back), (6000, LeftOut::default(), 1));
}

/// Seconds of rows with their values, what is left out, and how often the clock was set back.
fn given(rows: &[(f64, usize)]) -> (Vec<f64>, LeftOut, u64) {
    let mut order = Order::new(20_000, true);
    let mut rows = rows.iter().map(|&(at, value)| Found::Row((at * 1e6).round() as i64, value));
    let mut seconds = Vec::new();
    while let Some((at, _)) = order.next(|| Ok(rows.next())).unwrap() {
        seconds.push(at as f64 / 1e6);
    }
    (seconds, order.left_out(), order.set_back())
}
