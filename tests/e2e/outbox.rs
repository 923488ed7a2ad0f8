//! What waits on a device: looked at, repaired, taken over from the first version, held to its bounds, and on disks that fail.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::binaries::repository;
use attune_tests::collector::Collector;
use attune_tests::database;
#[cfg(target_os = "linux")]
use attune_tests::disk::Disk;
use attune_tests::left_out::tool_for;
use attune_tests::mount::Mount;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::{play, recordings, wait};
use serde_json::{Value, json};

/// Records of two minutes of two modalities, and with them consent to each modality for each of two purposes.
const RECORDS: usize = 24;
const KEPT: usize = RECORDS + 2 * Modality::ALL.len();

fn two(place: &Place) -> PathBuf {
    recordings::only(place.path(), &[Modality::Motion, Modality::Heart])
}

fn records(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

fn told_as_missing(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COALESCE(SUM(records), 0) FROM dropped")
}

fn outbox(agent: &Agent, arguments: &[&str]) -> Output {
    agent.command().arg("outbox").args(arguments).output().expect("the program starts")
}

/// What `outbox check --json` says, and with which status it ends.
fn check(agent: &Agent) -> (Option<i32>, Value) {
    let done = outbox(agent, &["check", "--json"]);
    let said = serde_json::from_slice(&done.stdout);
    (done.status.code(), said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr))))
}

fn said(done: &Output) -> String {
    [&done.stdout, &done.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn waiting(report: &Value) -> i64 {
    let of = report["waiting"].as_array().expect("a list");
    of.iter().map(|of| of["records"].as_i64().expect("a number")).sum()
}

/// Name and bytes of every file of an outbox.
fn bytes_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("an outbox").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
        .into_iter()
        .filter(|file| file.is_file())
        .map(|file| (file.clone(), fs::read(file).expect("a file")))
        .collect()
}

/// Takes half of what sled has written away: behind a disk that lost it.
fn lose_half(agent: &Agent) {
    let path = agent.state().join("outbox/db");
    let bytes = fs::read(&path).expect("a file of the outbox");
    let written = bytes.iter().rposition(|byte| *byte != 0).expect("something was written");
    fs::write(&path, &bytes[..written / 2]).expect("a file of the outbox");
}

#[test]
fn a_check_says_what_waits_while_no_agent_runs_and_that_one_runs_while_it_does() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.keep_offline(&two(&place), &["--speed", "max", "--start", play::START], KEPT);
    let before = bytes_of(&agent.state().join("outbox"));
    let (status, report) = check(&agent);
    assert_eq!((status, waiting(&report)), (Some(0), RECORDS as i64), "{report:#}");
    assert_eq!((&report["damage"], &report["format"]), (&Value::Null, &json!(4)));
    assert_eq!(report["waiting"][0]["first"], json!("2026-01-05T09:00:00Z"));
    let words = said(&outbox(&agent, &["check"]));
    assert!(words.contains("waiting 24 records") && words.contains("all that was kept is there"), "{words}");
    assert!(said(&outbox(&agent, &["repair"])).contains("nothing is to be repaired"));
    assert_eq!(bytes_of(&agent.state().join("outbox")), before, "nothing was changed");

    let mut running = agent.run(&two(&place), &["--loop", "motion", "--duration", "900", "--speed", "1"]);
    wait::until("the agent to run", || agent.status().contains("the agent runs").then_some(()));
    for arguments in [&["check", "--json"][..], &["check"], &["repair"]] {
        let done = outbox(&agent, arguments);
        assert_eq!(done.status.code(), Some(4), "{arguments:?}");
        assert!(said(&done).contains("an agent runs on it"), "{}", said(&done));
    }
    running.signal("TERM");
}

#[test]
fn a_damaged_outbox_is_named_and_repaired_and_each_record_arrives_or_is_told_as_gone() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.keep_offline(&two(&place), &["--speed", "max", "--start", play::START], KEPT);
    lose_half(&agent);
    let before = bytes_of(&agent.state().join("outbox"));
    let (status, report) = check(&agent);
    assert_eq!(status, Some(3), "{report:#}");
    let intact = waiting(&report);
    assert!(intact < RECORDS as i64 && report["damage"]["lost"].as_i64() > Some(0), "{report:#}");
    assert_eq!(bytes_of(&agent.state().join("outbox")), before, "nothing was changed");
    let words = said(&outbox(&agent, &["check"]));
    assert!(words.contains("DAMAGED") && words.contains("attune-agent outbox repair"), "{words}");

    let repaired = outbox(&agent, &["repair"]);
    assert!(repaired.status.success() && said(&repaired).contains("set aside"), "{}", said(&repaired));
    let (status, report) = check(&agent);
    assert_eq!((status, waiting(&report)), (Some(0), intact), "{report:#}");
    assert!(!agent.state().join("outbox.damaged/ledger.1").exists(), "no key of it is left");
    agent.send_all(&two(&place), "2026-01-05T10:00:00Z", &[]);
    let early =
        database::count(&collector.database(), "SELECT COUNT(*) FROM records WHERE window_start < 1767607200000");
    assert_eq!((early, records(&collector)), (intact, intact + RECORDS as i64));
    assert!(early + told_as_missing(&collector) >= RECORDS as i64, "{} are told", told_as_missing(&collector));
}

#[test]
fn a_repair_without_room_on_the_disk_is_refused_before_anything_is_touched() {
    let test = "a repair without room on the disk is refused before anything is touched";
    let place = Place::new();
    let collector = Collector::start(&place);
    let Some(disk) = Mount::small(test, &place.join("device"), 24) else { return };
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.keep_offline(&two(&place), &["--speed", "max", "--start", play::START], KEPT);
    lose_half(&agent);
    let intact = waiting(&check(&agent).1);
    let filling = disk.fill();
    let before = bytes_of(&agent.state().join("outbox"));
    let refused = outbox(&agent, &["repair"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("make room"), "{}", said(&refused));
    let start = agent.command().args(["run", "--recording"]).arg(two(&place)).output().expect("it starts");
    assert!(!start.status.success() && said(&start).contains("make room"), "{}", said(&start));
    assert_eq!(bytes_of(&agent.state().join("outbox")), before, "nothing was touched");
    fs::remove_file(filling).expect("it can be removed");
    assert!(outbox(&agent, &["repair"]).status.success());
    assert_eq!(waiting(&check(&agent).1), intact);
}

#[test]
fn an_outbox_that_cannot_be_written_is_checked_all_the_same_and_a_run_says_why_it_ends() {
    let test = "an outbox that cannot be written is checked all the same";
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    agent.keep_offline(&two(&place), &["--speed", "max", "--start", play::START], KEPT);
    let Some(read_only) = Mount::read_only(test, agent.state()) else { return };
    let (status, report) = check(&agent);
    assert_eq!((status, waiting(&report)), (Some(0), RECORDS as i64));
    let start = agent.command().args(["run", "--recording"]).arg(two(&place)).output().expect("it starts");
    assert!(!start.status.success() && said(&start).contains("Read-only file system"), "{}", said(&start));
    drop(read_only);
    agent.send_all(&two(&place), "2026-01-05T10:00:00Z", &[]);
    assert_eq!((records(&collector), told_as_missing(&collector)), (2 * RECORDS as i64, 0));
}

/// Gives a device the key under which the fixture is sealed.
fn seal_as_the_fixture(agent: &Agent) {
    let path = agent.state().join("identity.toml");
    let text = fs::read_to_string(&path).expect("it is enrolled");
    let lines = text.lines().filter(|line| !line.starts_with("# sum"));
    let lines = lines.map(|line| match line.starts_with("seal_key") {
        true => format!("seal_key = \"{}\"\n", "09".repeat(32)),
        false => format!("{line}\n"),
    });
    fs::write(&path, lines.collect::<String>()).expect("the state folder can be written");
}

#[test]
fn an_outbox_of_the_first_version_is_taken_over_and_everything_in_it_arrives() {
    let place = Place::new();
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    // What it holds was kept long ago.
    agent.configure("[outbox]\nmax_age_days = 3650.0\n");
    seal_as_the_fixture(&agent);
    let outbox = agent.state().join("outbox");
    fs::remove_dir_all(&outbox).expect("the enrolment has made one");
    fs::create_dir(&outbox).expect("the state folder can be written");
    for file in ["db", "conf"] {
        let fixture = repository().join("tests/fixtures/first-outbox/outbox").join(file);
        fs::copy(fixture, outbox.join(file)).expect("the fixture can be copied");
    }
    let (status, report) = check(&agent);
    assert_eq!((status, waiting(&report), &report["format"]), (Some(0), 60, &json!(1)), "{report:#}");
    agent.send_all(&two(&place), "2026-01-05T10:00:00Z", &["--duration", "60"]);
    let early = "SELECT COUNT(*) FROM (SELECT DISTINCT window_start, modality FROM records \
                 WHERE window_start BETWEEN 1767603600000 AND 1767603890000)";
    assert_eq!(database::count(&collector.database(), early), 60);
    assert_eq!((records(&collector), told_as_missing(&collector)), (60 + 12, 0));
    assert!(agent.status().contains("kept by an earlier version"), "{}", agent.status());
    assert_eq!(check(&agent).1["format"], json!(4));
}

/// Plays a recording to its end while no broker can be reached.
fn play_offline(agent: &Agent, recording: &Path, arguments: &[&str], log: &Path) {
    let mut command = agent.command();
    command.env("ATTUNE_AGENT_UPLINK_BROKER", "mqtt://127.0.0.1:1");
    command.arg("run").arg("--recording").arg(recording).args(arguments);
    let mut running = Process::start(&mut command, log);
    wait::until("all to be kept", || running.log().contains("all recordings have ended").then_some(()));
    assert!(running.signal("TERM").success(), "{}", running.log());
}

#[test]
fn what_leaves_for_want_of_room_or_for_its_age_is_told_to_the_collector() {
    let test = "what leaves for want of room or for its age is told to the collector";
    let place = Place::new();
    let collector = Collector::start(&place);
    let full = Agent::enrol(&place, "full", &collector, "alice");
    full.configure("[outbox]\nmax_bytes = 65536\n");
    let arguments =
        ["--speed", "max", "--start", play::START, "--loop", "motion", "--loop", "heart", "--duration", "3600"];
    play_offline(&full, &two(&place), &arguments, &place.join("offline.log"));
    let (_, report) = check(&full);
    let left = report["dropped"]["full"].as_i64().expect("a number");
    assert!(left > 0, "{report:#}");
    assert_eq!((&report["dropped"]["aged"], waiting(&report) + left), (&json!(0), 720));
    full.run(&two(&place), &[&arguments[..], &["--until-sent"]].concat()).succeed();
    assert_eq!((records(&collector), told_as_missing(&collector)), (720 - left, left));

    let Some(faketime) = tool_for(test, "faketime") else { return };
    let aged = Agent::enrol(&place, "aged", &collector, "bob");
    aged.configure("[outbox]\nmax_age_days = 0.5\n");
    play_offline(&aged, &two(&place), &["--speed", "max", "--start", play::START], &place.join("early.log"));
    let library = process::output(Command::new(faketime).args(["-f", "+0", "printenv", "LD_PRELOAD"]));
    let mut later = aged.command();
    later.env("LD_PRELOAD", library.trim()).env("FAKETIME", "+13h").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    later.arg("run").arg("--recording").arg(two(&place));
    later.args(["--speed", "max", "--start", "2026-01-05T12:00:00Z", "--duration", "60", "--until-sent"]);
    Process::start(&mut later, &place.join("later.log")).succeed();
    // Some may have been sent before they left: at most so many are missing.
    assert_eq!(told_as_missing(&collector), left + RECORDS as i64);
    let (_, report) = check(&aged);
    assert_eq!((&report["dropped"]["full"], &report["dropped"]["aged"]), (&json!(0), &json!(RECORDS)), "{report:#}");
    let words = aged.status();
    assert!(words.contains("24 of the dropped had waited for longer than outbox.max_age_days"), "{words}");
}

/// Window and modality of all that was told to be durable.
#[cfg(target_os = "linux")]
fn told(running: &Process) -> BTreeSet<(i64, String)> {
    let log = running.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    let lines = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| Some((line["window"].as_i64()?, line["modality"].as_str()?.to_owned()))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fails_to_sync_ends_the_agent_and_nothing_that_was_told_durable_is_lost_or_doubled() {
    let place = Place::new();
    let Some(disk) = Disk::new(&place, "a disk that fails to sync ends the agent") else { return };
    let collector = Collector::start(&place);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let mut durable = BTreeSet::new();
    for times in 0..3 {
        let mut command = agent.command();
        command.envs(disk.environment()).arg("run").arg("--recording").arg(two(&place));
        command.args(["--start", play::START, "--loop", "motion", "--loop", "heart", "--duration", "1200"]);
        command.args(["--speed", "20", "--progress", "json", "--until-sent"]);
        let mut running = Process::start(&mut command, &place.join(format!("{times}.log")));
        wait::until("windows to be kept", || (told(&running).len() >= 4).then_some(()));
        disk.is_broken(true);
        assert!(!running.wait().success(), "nothing can be kept: it says so and ends");
        assert!(running.log().contains("Input/output error"), "{}", running.log());
        durable.extend(told(&running));
        disk.is_broken(false);
    }
    let arguments = ["--start", play::START, "--loop", "motion", "--loop", "heart", "--duration", "1200"];
    agent.run(&two(&place), &[&arguments[..], &["--speed", "max", "--until-sent"]].concat()).succeed();
    let places = "SELECT COUNT(*) FROM (SELECT DISTINCT window_start, modality FROM records)";
    assert_eq!((records(&collector), database::count(&collector.database(), places)), (240, 240));
    assert_eq!(told_as_missing(&collector), 0);
    assert!(durable.len() >= 12 && check(&agent).0 == Some(0));
}
