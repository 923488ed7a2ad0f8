//! A false time costs what is stamped with it, and nothing else: no memory, no time, no other window.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use attune_protocol::ack::Answer;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use attune_tests::agent::Agent;
use attune_tests::api;
use attune_tests::collector::Collector;
use attune_tests::database;
use attune_tests::place::Place;
use attune_tests::play::{self, START};
use attune_tests::recordings;
use attune_tests::wire::{Device, motion_item, motion_item_of};

/// 2026-01-05 09:00, Unix milliseconds.
const T: i64 = 1_767_603_600_000;
/// With its libraries an agent takes a fraction; the empty windows of eight years took gigabytes.
const MUCH: u64 = 512 << 20;
/// How long an end may take on a machine that is busy with all other tests; unheard, it took ten minutes.
const SOON: Duration = Duration::from_secs(30);

/// A minute of motion whose first row is stamped 1970.
fn motion_from_zero(place: &Place) -> PathBuf {
    let mut rows = "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp\n".to_owned();
    let times = std::iter::once(0).chain((1..3000).map(|row| T + 20 * row));
    for (row, at) in times.enumerate() {
        let shake = f64::from(row as u32 % 7) / 10.0;
        writeln!(rows, "{shake},0.1,9.8,0.01,0.01,0.01,{at}").expect("writing to a string does not fail");
    }
    let path = place.join("motion.csv");
    std::fs::write(&path, rows).expect("the test's folder can be written");
    recordings::of_files(place.path(), &[(Modality::Motion, path)], 5.0)
}

/// A minute of heartbeats, one of which is stamped 2034.
fn heart_in_2034(place: &Place) -> PathBuf {
    let mut rows = "timestamp,rr\n".to_owned();
    for beat in 1..=60 {
        let at = T + 1000 * beat + if beat == 30 { 8 * 365 * 86_400_000 } else { 0 };
        writeln!(rows, "{at},1000").expect("writing to a string does not fail");
    }
    let path = place.join("heart.csv");
    std::fs::write(&path, rows).expect("the test's folder can be written");
    recordings::of_files(place.path(), &[(Modality::Heart, path)], 5.0)
}

#[test]
fn a_recording_with_a_time_of_1970_or_2034_gives_its_own_windows_and_ends() {
    for recording in [motion_from_zero, heart_in_2034] {
        let place = Place::new();
        let mut collector = Collector::start(&place);
        let agent = Agent::enrol(&place, "device", &collector, "person");
        let recording = recording(&place);
        let mut running = agent.run(&recording, &["--speed", "max", "--start", START]);
        attune_tests::wait::until("its windows to be durable", || (agent.journal().len() >= 12 + 5).then_some(()));
        let memory = running.peak_memory();
        assert!(memory < MUCH, "{} MiB", memory >> 20);
        let asked = Instant::now();
        assert!(running.signal("TERM").success());
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
        assert!(running.log().contains("false_times=1"), "it is told:\n{}", running.log());

        agent.send_all(&recording, START, &[]);
        let windows = play::outcome(&collector, "person").windows.len();
        assert!((5..=8).contains(&windows), "{windows} windows of one minute");
        let memory = collector.process().peak_memory();
        assert!(memory < MUCH, "{} MiB", memory >> 20);
        let asked = Instant::now();
        assert!(collector.process().signal("TERM").success());
        assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    }
}

#[test]
fn windows_in_which_no_device_can_have_sensed_are_refused_and_make_no_session() {
    let place = Place::new();
    let mut collector = Collector::start(&place);
    let mut device = Device::enrolled(&collector, "alice");
    let years = [0, 21_459_000_000_000, 42_949_672_950_000]; // 1970, 2650, and the last that a window's number can name
    let items = (1..).zip(years).map(|(seq, at)| motion_item_of(seq, Window::containing(at)));
    device.send(items.collect());
    let told: Vec<_> =
        device.acknowledgement().settled.iter().map(|run| (run.first.0, run.last.0, run.answer)).collect();
    assert_eq!(told, [(1, 3, Answer::Time)]);
    assert_eq!(collector.counted("refused_time"), 3);
    device.send(vec![motion_item(4)]);
    device.acknowledged();
    let list = play::pages(collector.api(), "/api/v1/sessions?user_id=alice", "sessions");
    let sessions: Vec<_> = list
        .iter()
        .map(|session| {
            api::ok(collector.api(), &format!("/api/v1/sessions/{}", session["session_id"].as_str().expect("an id")))
        })
        .collect();
    assert!(
        sessions.iter().all(|session| session["started_at"].as_str().is_none_or(|at| at.starts_with("2026"))),
        "{sessions:#?}"
    );
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 1);
    let memory = collector.process().peak_memory();
    assert!(memory < MUCH, "{} MiB", memory >> 20);
    let asked = Instant::now();
    assert!(collector.process().signal("TERM").success());
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}
