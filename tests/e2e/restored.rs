//! What an agent kept is stored, or counted as lost: also where its state came back from a copy, was damaged, had no space,
//! or its clock is wrong.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::{tell, tool_for};
use attune_tests::mount::Mount;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{database, play, recordings, wait};
use serde_json::Value;

const RECORDS: i64 = 24;
/// Where nobody answers.
const NOWHERE: &str = "mqtt://127.0.0.1:1";
/// Damaged states that are tried, half of them after a kill and half after a clean end.
const FLIPS: usize = 8;

/// Two minutes of two modalities give what is to arrive.
fn two(place: &Place) -> PathBuf {
    recordings::only(place.path(), &[Modality::Motion, Modality::Heart])
}

fn records(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

fn status(agent: &Agent) -> Value {
    let text = std::fs::read_to_string(agent.state().join("status.json")).expect("it has run");
    serde_json::from_str(&text).expect("it wrote its status whole")
}

/// A run that reaches nobody: what it keeps waits.
fn keep_offline(agent: &Agent, recording: &Path, log: &Path) -> Process {
    let mut command = agent.command();
    command.env("ATTUNE_AGENT_UPLINK_BROKER", NOWHERE).arg("run").arg("--recording").arg(recording);
    command.args(["--speed", "max", "--start", play::START, "--progress", "json"]);
    let running = Process::start(&mut command, log);
    wait::until("everything to be kept", || (told(&running).len() >= usize::try_from(RECORDS).ok()?).then_some(()));
    running
}

/// Window and modality of all that was told to be durable.
fn told(running: &Process) -> BTreeSet<(i64, String)> {
    let log = running.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| Some((line["window"].as_i64()?, line["modality"].as_str()?.to_owned()))).collect()
}

fn copy(from: &Path, to: &Path) {
    process::output(Command::new("cp").arg("-a").arg(from).arg(to));
}

#[test]
fn a_state_folder_that_comes_back_from_a_copy_sends_all_that_is_new_under_a_new_epoch() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = two(&place);
    agent.send_all(&recording, play::START, &[]);
    let backup = place.join("backup");
    copy(agent.state(), &backup);
    agent.send_all(&recording, "2026-01-05T10:00:00Z", &[]);
    assert_eq!(records(&collector), 2 * RECORDS);

    std::fs::remove_dir_all(agent.state()).expect("it can be removed");
    copy(&backup, agent.state());
    agent.send_all(&recording, "2026-01-05T11:00:00Z", &[]);
    assert_eq!(records(&collector), 3 * RECORDS, "none is taken for one of those before");
    let epochs = database::count(&collector.database(), "SELECT COUNT(DISTINCT epoch) FROM records");
    assert_eq!(epochs, 2, "the copy goes on under an epoch of its own");
    assert_eq!(status(&agent)["disbelieved"], 0, "nothing was acknowledged under another's digest");
    wait::until("everything stored to be fused", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM pending_fusion") == 0).then_some(())
    });
    let sessions = play::pages(collector.api(), "/api/v1/sessions?user_id=person", "sessions");
    assert_eq!(sessions.len(), 3, "{sessions:#?}");
}

#[test]
fn a_bit_that_flips_in_the_outbox_loses_nothing_in_silence() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let recording = two(&place);
    let seed = std::env::var("ATTUNE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_260_105);
    tell(&format!("bits flip with ATTUNE_SEED={seed}"));
    let mut random = fastrand::Rng::with_seed(seed);
    for flip in 0..FLIPS {
        let name = format!("device-{flip}");
        let agent = Agent::enrol(&place, &name, &collector, &name);
        let before = (records(&collector), counted(&collector));
        let mut running = keep_offline(&agent, &recording, &place.join(format!("{name}.offline.log")));
        if flip % 2 == 0 {
            running.kill();
        } else {
            running.signal("TERM");
        }
        let file = agent.state().join("outbox/db");
        let mut bytes = std::fs::read(&file).expect("the outbox is there");
        let written: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place] != 0).collect();
        let at = random.choice(written).expect("it is not empty");
        bytes[at] ^= 1 << random.u8(0..8);
        std::fs::write(&file, bytes).expect("it can be written");

        agent.run(&recording, &["--speed", "max", "--start", play::START, "--until-sent"]).succeed();
        let (stored, lost) = (records(&collector) - before.0, counted(&collector) - before.1);
        let status = status(&agent);
        let said = status["lost"].as_i64().unwrap_or(0) + status["damaged"].as_i64().unwrap_or(0);
        let case = format!("a bit of byte {at} of {name}: {stored} stored, {lost} counted as lost, {said} said so");
        tell(&case);
        // The recording goes on behind its last durable window, which may be lost too: then it is made anew.
        assert!(stored + lost >= RECORDS, "{case}");
        assert!(stored <= RECORDS, "{case}");
        assert!(stored == RECORDS || said > 0, "{case}");
    }
}

/// Records that devices told to be missing.
fn counted(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COALESCE(SUM(records), 0) FROM dropped")
}

#[test]
fn a_clock_that_runs_forty_days_ahead_drops_nothing_of_what_waits() {
    let test = "a clock that runs forty days ahead drops nothing of what waits";
    let Some(faketime) = tool_for(test, "faketime") else { return };
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = two(&place);
    keep_offline(&agent, &recording, &place.join("offline.log")).signal("TERM");
    let waiting = status(&agent)["waiting"].as_i64().expect("a number");
    let plain = agent.command();
    let mut ahead = Command::new(faketime);
    ahead.args(["-f", "+40d"]).arg(plain.get_program()).args(plain.get_args());
    ahead.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").arg("run").arg("--recording").arg(&recording);
    ahead.args(["--speed", "max", "--start", play::START]);
    let mut running = Process::start(ahead.env("ATTUNE_AGENT_UPLINK_BROKER", NOWHERE), &place.join("ahead.log"));
    let day = 24 * 3600 * 1000;
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is later").as_millis());
    let now = now.expect("a time of today");
    wait::until("the clock of the agent to be ahead", || {
        (status(&agent)["at_millis"].as_i64()? > now + 39 * day).then_some(())
    });
    assert_eq!(status(&agent)["waiting"].as_i64(), Some(waiting));
    running.signal("TERM");
    agent.run(&recording, &["--speed", "max", "--start", play::START, "--until-sent"]).succeed();
    assert_eq!((records(&collector), counted(&collector)), (RECORDS, 0));
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
    assert_eq!(counted(&collector), 0);
}
