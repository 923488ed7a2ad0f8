use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use attune_analysis::left_out::LeftOut;
use attune_analysis::tables::LATEST;
use crossbeam_channel::Receiver;

use super::*;
use crate::clock::Clock;
use crate::governor::Effort;
use crate::sensors::live::{Feed, Intake, Standings, Surroundings};

/// A line that is fed live.
struct Fed {
    feed: Feed<HeartSample>,
    outputs: Receiver<Output>,
    stop: Stop,
    threads: [JoinHandle<()>; 2],
}

fn fed(clock: Clock, until: Timestamp) -> Fed {
    let (control, stop) = (Arc::new(Control::open()), Stop::default());
    let around = Surroundings {
        control: control.clone(),
        clock: clock.clone(),
        stop: stop.clone(),
        until,
        standings: Standings::default(),
        effort: Effort::full(10.0),
    };
    let mut feeds = Intake::new(&around).heart;
    let feed = feeds.feed("strap");
    feeds.begin();
    let mut pace = Pace::live(clock);
    pace.lateness = Duration::from_secs(1);
    let (out, outputs) = unbounded();
    let from = Timestamp(0);
    let line = Line { modality: Modality::Heart, from, end: until, pace, ring: 64, control, out, stop: stop.clone() };
    Fed { feed, outputs, stop, threads: line.spawn(feeds, Counter::default()).unwrap() }
}

impl Fed {
    fn give(&self, at: Timestamp) {
        self.feed.give(vec![HeartSample::Rate { at, bpm: 60.0 }], LeftOut::default());
    }

    /// The next `count` records: windows since that of `begin`, samples, and why some are missing.
    fn records(&self, begin: Timestamp, count: usize) -> Vec<(u32, u32, Option<Gap>)> {
        let record = || match self.outputs.recv_timeout(Duration::from_secs(30)) {
            Ok(Output::Window(r, _)) => Some((r.window.0 - begin.window().0, r.coverage.received, r.coverage.gap)),
            _ => None,
        };
        std::iter::from_fn(record).take(count).collect()
    }

    fn end(self) {
        self.stop.ask();
        self.threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn a_device_that_never_said_anything_has_no_records() {
    let clock = Clock::start();
    let fed = fed(clock.clone(), clock.now().plus_seconds(0.5));
    for thread in fed.threads {
        thread.join().unwrap();
    }
    let outputs: Vec<_> = fed.outputs.iter().collect();
    assert!(matches!(outputs[..], [Output::Ended(Modality::Heart)]), "{outputs:?}");
}

#[test]
fn why_a_device_gives_nothing_stands_in_the_window_in_which_it_does_not() {
    // Ahead of the wall clock, so that it goes on by itself: a second and a half before the end of a window.
    let end = Clock::start().now().plus_seconds(3600.0).window().end_millis();
    let begin = Timestamp::from_millis(end - 1500);
    let fed = fed(Clock::anchored(begin), LATEST);
    fed.give(begin);
    fed.feed.lack(Gap::InUse);
    assert_eq!(fed.records(begin, 1), [(0, 1, Some(Gap::InUse))]);
    let waited = Instant::now();
    assert_eq!(fed.records(begin, 1), [(1, 0, Some(Gap::InUse))]);
    assert!(waited.elapsed() > Duration::from_secs(5), "the window was not closed before its time");
    fed.end();
}

#[test]
fn a_night_in_which_the_machine_slept_is_one_record_that_says_so() {
    let clock = Clock::start();
    let woken = clock.now();
    let asleep = woken.plus_seconds(-8.0 * 3600.0);
    let clock = Clock::anchored(asleep);
    let fed = fed(clock, LATEST);
    fed.give(asleep);
    let records = fed.records(asleep, 2);
    let first = records[0];
    assert_eq!((first.0, first.1), (0, 1), "{records:?}");
    assert_eq!((records[1].0, records[1].1, records[1].2), (1, 0, Some(Gap::Asleep)), "{records:?}");
    fed.give(woken.plus_seconds(20.0));
    let behind = fed.records(asleep, 1)[0];
    assert!(behind.0 > 8 * 360 - 3, "the windows of the night have one record: {behind:?}");
    fed.end();
}

#[test]
fn what_is_given_less_often_on_purpose_is_a_reason_where_nothing_else_is_and_something_is_missing() {
    let end = Clock::start().now().plus_seconds(3600.0).window().end_millis();
    let begin = Timestamp::from_millis(end - 1500);
    let fed = fed(Clock::anchored(begin), LATEST);
    fed.give(begin);
    fed.feed.fewer(Some(Gap::LowPower));
    assert_eq!(fed.records(begin, 1), [(0, 1, Some(Gap::LowPower))]);
    fed.give(Timestamp::from_millis(end + 100));
    fed.feed.lack(Gap::ScreenLocked);
    assert_eq!(fed.records(begin, 1), [(1, 1, Some(Gap::ScreenLocked))], "a reason of its own stands before it");
    fed.end();
}
