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

const T: i64 = 1_700_000_000; // a multiple of ten

/// Counts what it is given, and the mean of what it sees is a feature.
#[derive(Default)]
struct Counter(Vec<f64>, Option<Duration>);

impl Analyzer for Counter {
    type Sample = HeartSample;

    fn push(&mut self, samples: &[HeartSample]) {
        if let Some(time) = self.1 {
            std::thread::sleep(time);
        }
        let rates = samples.iter().filter_map(|s| match s {
            HeartSample::Rate { bpm, .. } => Some(*bpm),
            _ => None,
        });
        self.0.extend(rates);
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let mut features = Features::new(Modality::Heart);
        let received = self.0.len() as u32;
        if received > 0 {
            features.set(heart::MEAN_HR, self.0.iter().sum::<f64>() / f64::from(received));
        }
        self.0.clear();
        let coverage = Coverage { expected: 10, received, last_60_s: 0.0, last_300_s: 0.0, gap };
        Record::new(window, 1.0, coverage, features)
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// One rate a second; breaks after `good` of them.
struct Rates {
    next: i64,
    end: i64,
    good: i64,
}

impl Source for Rates {
    type Sample = HeartSample;

    fn next(&mut self) -> Result<Option<Vec<HeartSample>>, AgentError> {
        if self.next == self.good {
            return Err(AgentError::NoSources);
        }
        if self.next >= self.end {
            return Ok(None);
        }
        let at = Timestamp((T + self.next) * 1_000_000);
        self.next += 1;
        Ok(Some(vec![HeartSample::Rate { at, bpm: 60.0 }]))
    }
}

struct Case {
    seconds: i64,
    good: i64,
    speed: Speed,
    slow: Option<Duration>,
    ring: usize,
    control: Control,
}

impl Case {
    fn of(seconds: i64) -> Self {
        Self { seconds, good: -1, speed: Speed::Max, slow: None, ring: 4, control: Control::open() }
    }

    fn run(self) -> Vec<Output> {
        let (out, outputs) = unbounded();
        let line = Line {
            modality: Modality::Heart,
            first: Window::containing(T * 1000),
            end: Timestamp((T + self.seconds) * 1_000_000),
            pace: Pace::begin(self.speed, Timestamp(T * 1_000_000)),
            ring: self.ring,
            control: Arc::new(self.control),
            out,
            stop: Stop::default(),
        };
        let source = Rates { next: 0, end: self.seconds, good: self.good };
        for thread in line.spawn(source, Counter(Vec::new(), self.slow)).unwrap() {
            thread.join().unwrap();
        }
        outputs.iter().collect()
    }
}

fn records(outputs: &[Output]) -> Vec<(u32, u32, Option<Gap>)> {
    let first = Window::containing(T * 1000).0;
    let record = |output: &Output| match output {
        Output::Window(r) => Some((r.window.0 - first, r.coverage.received, r.coverage.gap)),
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
fn a_recording_of_whole_windows_ends_without_an_empty_one() {
    assert_eq!(records(&Case::of(20).run()), [(0, 10, None), (1, 10, None)]);
}

#[test]
fn a_broken_source_ends_with_a_window_that_says_so_and_why_is_told() {
    let outputs = Case { good: 13, ..Case::of(60) }.run();
    assert_eq!(records(&outputs), [(0, 10, None), (1, 3, Some(Gap::DeviceGone))]);
    assert!(outputs.iter().any(|o| matches!(o, Output::Failed(Modality::Heart, AgentError::NoSources))));
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
