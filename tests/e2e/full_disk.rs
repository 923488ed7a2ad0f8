//! A disk that becomes full under the agent, and a clock that runs ahead, lose nothing that was durable.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mount::Mount;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{database, play, recordings, wait};
use serde_json::Value;

/// Records of two minutes of two modalities.
const RECORDS: usize = 24;
/// What is kept of them, with consent to each modality for each of two purposes before.
const KEPT: usize = RECORDS + 2 * Modality::ALL.len();
const DAY_MILLIS: i64 = 24 * 3_600_000;

fn two(place: &Place) -> PathBuf {
    recordings::only(place.path(), &[Modality::Motion, Modality::Heart])
}

fn records(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

/// Records that devices told to be missing.
fn told_as_missing(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COALESCE(SUM(records), 0) FROM dropped")
}

/// Window and modality of all that was told to be durable.
fn told(running: &Process) -> BTreeSet<(i64, String)> {
    let log = running.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| Some((line["window"].as_i64()?, line["modality"].as_str()?.to_owned()))).collect()
}

#[test]
fn a_disk_that_becomes_full_loses_nothing_that_was_durable() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let test = "a disk that becomes full loses nothing that was durable";
    let Some(disk) = Mount::small(test, &place.join("device"), 24) else { return };
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = two(&place);
    let start = |speed: &str, log: &str| {
        let mut command = agent.command();
        command.arg("run").arg("--recording").arg(&recording).args(["--progress", "json", "--start", play::START]);
        command.args(["--loop", "motion", "--loop", "heart", "--duration", "1200", "--until-sent", "--speed", speed]);
        Process::start(&mut command, &place.join(log))
    };
    for filled in 0..3 {
        let mut running = start("20", &format!("{filled}.log"));
        wait::until("windows to be kept", || (told(&running).len() >= 4).then_some(()));
        let filling = disk.fill();
        assert!(!running.wait().success(), "it cannot keep anything: it says so and ends");
        assert!(running.log().contains("failed to"), "{}", running.log());
        std::fs::remove_file(filling).expect("it can be removed");
    }
    start("max", "last.log").succeed();
    let places = "SELECT COUNT(*) FROM (SELECT DISTINCT window_start, modality FROM records)";
    assert_eq!((records(&collector), database::count(&collector.database(), places)), (240, 240));
    assert_eq!(told_as_missing(&collector), 0);
}

#[test]
fn a_status_that_finds_no_room_ends_nothing() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let arguments =
        ["--loop", "motion", "--loop", "heart", "--duration", "1200", "--speed", "20", "--progress", "json"];
    let mut running = agent.run(&two(&place), &[&["--start", play::START], &arguments[..]].concat());
    wait::until("windows to be kept", || (told(&running).len() >= 4).then_some(()));
    // In the way of the file that a status is written to.
    std::fs::create_dir(agent.state().join("status.json.new")).expect("the test's folder can be written");
    wait::until("the agent to say so", || running.log().contains("the status is not written").then_some(()));
    let (kept, stored) = (told(&running).len(), records(&collector));
    wait::until("more to be kept and sent", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (told(&running).len() > kept + 4 && records(&collector) > stored).then_some(())
    });
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn a_clock_that_runs_forty_days_ahead_drops_nothing_of_what_waits() {
    let test = "a clock that runs forty days ahead drops nothing of what waits";
    let Some(faketime) = tool_for(test, "faketime") else { return };
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = two(&place);
    agent.keep_offline(&recording, &["--speed", "max", "--start", play::START], KEPT);
    let status = || -> Value {
        let text = std::fs::read_to_string(agent.state().join("status.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    };
    let waiting = status()["waiting"].as_i64().expect("a number");

    // The tool would stand between this test and the agent, so its library is loaded without it.
    let library = process::output(Command::new(faketime).args(["-f", "+0", "printenv", "LD_PRELOAD"]));
    let mut ahead = agent.command();
    ahead.env("LD_PRELOAD", library.trim()).env("FAKETIME", "+40d").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    ahead.env("ATTUNE_AGENT_UPLINK_BROKER", "mqtt://127.0.0.1:1");
    ahead.arg("run").arg("--recording").arg(&recording).args(["--speed", "max", "--start", play::START]);
    let mut running = Process::start(&mut ahead, &place.join("ahead.log"));
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("it is later").as_millis();
    let now = i64::try_from(now).expect("a time of today");
    wait::until("the clock of the agent to be ahead", || {
        assert!(running.is_running(), "the agent ended:\n{}", running.log());
        (status()["at_millis"].as_i64()? > now + 39 * DAY_MILLIS).then_some(())
    });
    assert_eq!(status()["waiting"].as_i64(), Some(waiting));
    running.signal("TERM");
    agent.run(&recording, &["--speed", "max", "--start", play::START, "--until-sent"]).succeed();
    assert_eq!((records(&collector), told_as_missing(&collector)), (i64::try_from(RECORDS).expect("few"), 0));
}
