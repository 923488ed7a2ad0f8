use std::sync::Arc;
use std::time::Duration;

use attune_analysis::Analyzer;
use attune_analysis::sample::{HeartSample, Timestamp};
use attune_protocol::consent::Purpose;
use attune_protocol::features::Features;
use attune_protocol::record::{Coverage, Gap, Record};
use attune_protocol::registry::{Modality, heart};
use attune_protocol::window::Window;
use crossbeam_channel::unbounded;

use super::*;
use crate::AgentError;
use crate::config::Speed;
use crate::control::{ConsentBook, Control};
use crate::sensors::Source;
use crate::stop::Stop;

mod late;
mod live;

const T: i64 = 1_700_000_000; // a multiple of ten

/// Counts what it is given of each window, and the mean of what it sees is a feature.
#[derive(Default)]
struct Counter(Vec<(Timestamp, f64)>, Option<Duration>);

impl Analyzer for Counter {
    type Sample = HeartSample;

    fn push(&mut self, samples: &[HeartSample]) {
        if let Some(time) = self.1 {
            std::thread::sleep(time);
        }
        let rates = samples.iter().filter_map(|s| match s {
            HeartSample::Rate { at, bpm } => Some((*at, *bpm)),
            _ => None,
        });
        self.0.extend(rates);
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let mut features = Features::new(Modality::Heart);
        let (own, later): (Vec<_>, Vec<_>) = self.0.drain(..).partition(|(at, _)| at.window() <= window);
        self.0 = later;
        let received = own.len() as u32;
        if received > 0 {
            features.set(heart::MEAN_HR, own.iter().map(|(_, bpm)| bpm).sum::<f64>() / f64::from(received));
        }
        let coverage = Coverage { expected: 10, received, last_60_s: 0.0, last_300_s: 0.0, gap };
        Record::new(window, 1.0, coverage, features)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// One rate a second, from the seconds that are named; breaks at a second.
struct Rates {
    seconds: std::vec::IntoIter<i64>,
    breaks: i64,
    dies: i64,
    /// How long it takes over each, and over one of them.
    takes: Duration,
    stalls: Option<(i64, Duration)>,
    skip_before: Timestamp,
    skipped: Vec<Timestamp>,
}

impl Source for Rates {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        let Some(second) = self.seconds.next() else { return Ok(None) };
        assert!(second != self.dies, "on purpose");
        if second == self.breaks {
            return Err(AgentError::NoSources);
        }
        let at = Timestamp((T + second) * 1_000_000);
        if at < self.skip_before {
            self.skipped.push(at);
            return Ok(Some(Vec::new()));
        }
        std::thread::sleep(self.takes + self.stalls.filter(|stall| stall.0 == second).map_or(Duration::ZERO, |s| s.1));
        Ok(Some(vec![HeartSample::Rate { at, bpm: 60.0 }]))
    }

    fn skip_before(&mut self, instant: Timestamp) {
        self.skip_before = instant;
    }

    fn skipped(&mut self) -> Vec<Timestamp> {
        std::mem::take(&mut self.skipped)
    }
}

struct Case {
    seconds: Vec<i64>,
    /// Milliseconds from which on there is a source.
    begins: i64,
    end: i64,
    breaks: i64,
    dies: i64,
    speed: Speed,
    takes: Duration,
    stalls: Option<(i64, Duration)>,
    slow: Option<Duration>,
    ring: usize,
    control: Control,
    stop: Stop,
}

impl Case {
    fn of(seconds: i64) -> Self {
        Self {
            seconds: (0..seconds).collect(),
            begins: 0,
            end: seconds,
            breaks: -1,
            dies: -1,
            speed: Speed::Max,
            takes: Duration::ZERO,
            stalls: None,
            slow: None,
            ring: 4,
            control: Control::open(),
            stop: Stop::default(),
        }
    }

    fn run(self) -> Vec<Output> {
        let slow = self.slow;
        self.run_through(Counter(Vec::new(), slow))
    }

    fn run_through(self, analyzer: impl Analyzer<Sample = HeartSample> + 'static) -> Vec<Output> {
        let (out, outputs) = unbounded();
        let mut pace = Pace::begin(self.speed, Timestamp(T * 1_000_000));
        pace.lateness = Duration::from_secs(1);
        let line = Line {
            modality: Modality::Heart,
            from: Timestamp(T * 1_000_000 + self.begins * 1000),
            end: Timestamp((T + self.end) * 1_000_000),
            pace,
            ring: self.ring,
            control: Arc::new(self.control),
            out,
            stop: self.stop,
        };
        let source = Rates {
            seconds: self.seconds.into_iter(),
            breaks: self.breaks,
            dies: self.dies,
            takes: self.takes,
            stalls: self.stalls,
            skip_before: Timestamp(0),
            skipped: Vec::new(),
        };
        for thread in line.spawn(source, analyzer).unwrap() {
            assert!(thread.join().is_ok() || self.dies >= 0);
        }
        outputs.iter().collect()
    }
}

fn records(outputs: &[Output]) -> Vec<(u32, u32, Option<Gap>)> {
    let first = Window::containing(T * 1000).0;
    let record = |output: &Output| match output {
        Output::Window(r, _) => Some((r.window.0 - first, r.coverage.received, r.coverage.gap)),
        _ => None,
    };
    outputs.iter().filter_map(record).collect()
}

#[test]
fn every_sample_reaches_its_own_window_and_the_last_part_says_that_the_recording_ended() {
    let outputs = Case::of(24).run();
    assert_eq!(records(&outputs), [(0, 10, None), (1, 10, None), (2, 4, Some(Gap::EndOfRecording))]);
    assert!(matches!(outputs.last(), Some(Output::Ended(Modality::Heart))));
}

#[test]
fn a_part_of_a_window_at_the_beginning_that_saw_nothing_gives_no_record() {
    assert_eq!(
        records(&Case { seconds: (5..20).collect(), begins: 5000, ..Case::of(20) }.run()),
        [(0, 5, None), (1, 10, None)]
    );
    assert_eq!(records(&Case { seconds: (10..20).collect(), begins: 9200, ..Case::of(20) }.run()), [(1, 10, None)]);
    // What was silent for long after its beginning is told of.
    let silent = Case { seconds: (400..410).collect(), begins: 9200, ..Case::of(410) }.run();
    assert_eq!(records(&silent), [(0, 0, None), (40, 10, None)]);
}

#[test]
fn a_recording_of_whole_windows_ends_without_an_empty_one() {
    assert_eq!(records(&Case::of(20).run()), [(0, 10, None), (1, 10, None)]);
}

#[test]
fn a_broken_source_ends_with_a_window_that_says_so_and_why_is_told() {
    let outputs = Case { breaks: 13, ..Case::of(60) }.run();
    assert_eq!(records(&outputs), [(0, 10, None), (1, 3, Some(Gap::DeviceGone))]);
    assert!(matches!(outputs.last(), Some(Output::Failed(Modality::Heart, AgentError::NoSources))));
}

#[test]
fn at_full_speed_nothing_is_lost_however_slow_the_analysis_is() {
    let slow = Some(Duration::from_millis(2));
    let outputs = Case { slow, ring: 1, ..Case::of(30) }.run();
    assert_eq!(records(&outputs), [(0, 10, None), (1, 10, None), (2, 10, None)]);
}

#[test]
fn when_time_passes_the_oldest_samples_are_lost_and_the_window_says_so() {
    // A second every millisecond, and twenty for each analysis.
    let slow = Some(Duration::from_millis(20));
    let outputs = Case { slow, ring: 2, speed: Speed::Times(1000.0), ..Case::of(200) }.run();
    let records = records(&outputs);
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>(), "no window is missing");
    assert!(records.iter().map(|r| r.1).sum::<u32>() < 200);
    assert!(records.iter().any(|r| r.2 == Some(Gap::Overload)));
}

#[test]
fn without_consent_no_sample_reaches_the_analyzer() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = Case { control: Control::of(folder.path()), ..Case::of(20) }.run();
    assert_eq!(records(&outputs), [(0, 0, Some(Gap::NoConsent)), (1, 0, Some(Gap::NoConsent))]);
}

#[test]
fn a_consent_that_is_withdrawn_takes_effect_within_one_window_and_forgets_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_owned();
    let mut book = ConsentBook::load(&state).unwrap();
    book.set(Modality::Heart, Purpose::Wellbeing, true, jiff::Timestamp::UNIX_EPOCH);
    book.save(&state).unwrap();
    let withdraw = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(1000));
        book.set(Modality::Heart, Purpose::Wellbeing, false, jiff::Timestamp::UNIX_EPOCH);
        book.save(&state).unwrap();
    });
    // Twenty windows in four seconds.
    let outputs =
        Case { control: Control::of(folder.path()), speed: Speed::Times(50.0), ring: 64, ..Case::of(200) }.run();
    withdraw.join().unwrap();
    let records = records(&outputs);
    let first = records.iter().position(|r| r.2 == Some(Gap::NoConsent)).unwrap();
    assert!(first >= 1 && records[..first].iter().all(|r| r.1 > 0), "{records:?}");
    assert!(records[first + 1..].iter().all(|r| r.1 == 0 && r.2 == Some(Gap::NoConsent)), "{records:?}");
}

#[test]
fn consent_that_is_withdrawn_and_given_again_at_once_forgets_what_was_seen_before() {
    let folder = tempfile::tempdir().unwrap();
    let set = |granted| {
        let at = jiff::Timestamp::UNIX_EPOCH;
        ConsentBook::change(folder.path(), |book| book.set(Modality::Heart, Purpose::Wellbeing, granted, at)).unwrap();
    };
    set(true);
    let outputs = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1000));
            set(false);
            set(true);
        });
        Case { control: Control::of(folder.path()), speed: Speed::Times(50.0), ring: 64, ..Case::of(200) }.run()
    });
    let records = records(&outputs);
    let blocked: Vec<_> = records.iter().filter(|r| r.2 == Some(Gap::NoConsent)).collect();
    assert!(!blocked.is_empty() && records.len() > blocked.len() + 1, "{records:?}");
    let counts = outputs.iter().filter_map(|output| match output {
        Output::Window(_, withdrawals) => Some(*withdrawals),
        _ => None,
    });
    assert!(counts.clone().is_sorted() && counts.clone().min() == Some(0) && counts.max() == Some(1));
}

fn overload(outputs: &[Output]) -> u64 {
    let left_out = |output: &Output| match output {
        Output::LeftOut(_, left_out) => left_out.overload,
        _ => 0,
    };
    outputs.iter().map(left_out).sum()
}

#[test]
fn a_gap_that_no_feature_looks_over_is_one_record_and_a_shorter_one_a_record_each() {
    let day = 86_400;
    let seconds = (0..10).chain(300..310).chain(day..day + 10).collect();
    let outputs = Case { seconds, ..Case::of(day + 10) }.run();
    let records = records(&outputs);
    let windows: Vec<u32> = records.iter().map(|r| r.0).collect();
    assert_eq!(
        windows,
        (0..=31).chain([8640]).collect::<Vec<_>>(),
        "29 empty windows, then one for the rest of the day"
    );
    let seen: Vec<u32> = records.iter().filter(|r| r.1 > 0).map(|r| r.0).collect();
    assert_eq!(seen, [0, 30, 8640]);
}

#[test]
fn a_long_time_without_anything_at_the_end_is_one_record_and_ends_at_once() {
    let records = records(&Case { end: 3_000_000_000, ..Case::of(10) }.run());
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_long_gap_is_one_record_also_where_time_passes() {
    let seconds = (0..10).chain(2_000..2_010).collect();
    let outputs = Case { seconds, speed: Speed::Times(1000.0), ring: 64, ..Case::of(2_010) }.run();
    let windows: Vec<u32> = records(&outputs).iter().map(|r| r.0).collect();
    assert_eq!(windows, [0, 1, 200]);
}

#[test]
fn what_a_source_gives_after_a_stall_within_the_lateness_goes_to_its_window() {
    let stalls = Some((25, Duration::from_millis(450)));
    let outputs = Case { stalls, speed: Speed::Times(40.0), ring: 64, ..Case::of(80) }.run();
    let records = records(&outputs);
    assert_eq!(records.len(), 8);
    assert!(records.iter().all(|r| r.1 == 10 && r.2.is_none()), "{records:?}");
    assert_eq!(overload(&outputs), 0);
}

#[test]
fn a_source_slower_than_the_clock_skips_to_keep_up_and_is_never_called_gone() {
    // A hundred a second are due, and at most forty come.
    let takes = Duration::from_millis(25);
    let outputs = Case { takes, speed: Speed::Times(100.0), ring: 64, ..Case::of(300) }.run();
    let records = records(&outputs);
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), (0..30).collect::<Vec<_>>());
    assert!(records.iter().all(|r| r.2.is_none_or(|gap| gap == Gap::Overload)), "{records:?}");
    let (seen, lost) = (records.iter().map(|r| u64::from(r.1)).sum::<u64>(), overload(&outputs));
    assert!(lost > 0 && seen > 30 && seen + lost == 300, "{seen} and {lost}");
    assert!(records.iter().all(|r| r.1 == 10 || r.2 == Some(Gap::Overload)), "charged to its window: {records:?}");
}

#[test]
fn what_comes_too_late_for_its_window_counts_as_overload_and_what_follows_is_seen() {
    let stalls = Some((5, Duration::from_millis(1500)));
    let outputs = Case { stalls, speed: Speed::Times(40.0), ring: 64, ..Case::of(200) }.run();
    let records = records(&outputs);
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    assert!(records[19].1 == 10, "{records:?}");
    let seen = records.iter().map(|r| u64::from(r.1)).sum::<u64>();
    assert!(overload(&outputs) >= 5 && seen + overload(&outputs) == 200, "{seen} and {}", overload(&outputs));
}

/// Fails as no analyzer should.
struct Panics;

impl Analyzer for Panics {
    type Sample = HeartSample;

    fn push(&mut self, _: &[HeartSample]) {
        panic!("on purpose");
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        Counter::default().finish(window, gap)
    }

    fn clear(&mut self) {}
}

#[test]
fn an_analysis_that_dies_is_told_and_the_capture_ends_with_it() {
    for speed in [Speed::Max, Speed::Times(1000.0)] {
        let outputs = Case { speed, ..Case::of(10_000) }.run_through(Panics);
        assert!(matches!(outputs.last(), Some(Output::Gone(Modality::Heart))), "{outputs:?}");
    }
}

#[test]
fn a_capture_that_dies_is_told_and_the_window_that_it_was_in_is_kept() {
    for speed in [Speed::Max, Speed::Times(1000.0)] {
        let outputs = Case { speed, dies: 13, ring: 64, ..Case::of(10_000) }.run();
        assert_eq!(records(&outputs), [(0, 10, None), (1, 3, Some(Gap::DeviceGone))]);
        assert!(matches!(outputs.last(), Some(Output::Gone(Modality::Heart))), "{outputs:?}");
    }
}

#[test]
fn a_stop_is_heard_within_a_second_at_every_speed() {
    for speed in [Speed::Max, Speed::Times(1.0)] {
        let stop = Stop::default();
        let asks = stop.clone();
        let asked = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            asks.ask();
            std::time::Instant::now()
        });
        let slow = Some(Duration::from_millis(5));
        Case { speed, slow, stop, ..Case::of(1_000_000) }.run();
        assert!(asked.join().unwrap().elapsed() < Duration::from_secs(1));
    }
}
