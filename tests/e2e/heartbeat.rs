//! Whether a device is on, as its person is told: as it says itself, and its batches tell, while they agree that it senses.

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::place::Place;
use attune_tests::process::{self, Process};
use attune_tests::visitor::{Visitor, join};
use attune_tests::{recordings, wait};
use serde_json::Value;

const PASSWORD: &str = "correct horse battery";

/// A device of alice's with what it senses, and her browser.
struct Stage {
    agent: Agent,
    recording: std::path::PathBuf,
    alice: Visitor,
    database: Database,
    collector: Collector,
    _place: Place,
}

impl Stage {
    fn new() -> Self {
        let place = Place::new();
        let (collector, database) = Database::sqlite(&place);
        let recording = recordings::only(place.path(), &[Modality::Motion, Modality::Heart]);
        let agent = Agent::enrol(&place, "device", &collector, "alice");
        let link = collector.command(&["account", "create", "--name", "alice", "--role", "employee"]);
        let mut alice = Visitor::new(collector.api());
        join(&mut alice, &link, "alice", PASSWORD);
        Self { agent, recording, alice, database, collector, _place: place }
    }

    fn run(&self) -> Process {
        let looped = ["--speed", "10", "--loop", "heart", "--loop", "motion", "--duration", "9000"];
        self.agent.run(&self.recording, &looped)
    }

    /// Waits until the second run is connected, too, and has kept something since. Both write to one log.
    fn second_goes_on(&self, running: &Process) {
        let connections = || running.log().matches(" connected").count();
        wait::until("it to be connected", || (connections() > 1).then_some(()));
        let before = self.agent.journal().len();
        wait::until("it to go on", || (self.agent.journal().len() > before + 4).then_some(()));
    }

    /// What the device said last.
    fn heartbeat(&mut self) -> Value {
        let own: Value = serde_json::from_str(&self.alice.open("/api/v1/me/devices").text).expect("JSON");
        own["devices"][0]["heartbeat"].clone()
    }

    fn becomes(&mut self, state: &str) {
        wait::until(&format!("the device to be {state}"), || (self.heartbeat()["state"] == state).then_some(()));
    }

    /// It was heard last so long ago.
    fn heard_earlier(&self) {
        assert_eq!(self.database.run("UPDATE device_heartbeats SET heard_at = heard_at - 900000"), 1);
    }

    fn heard_at(&self) -> i64 {
        self.database.count("SELECT heard_at FROM device_heartbeats")
    }

    /// The newest number of its newest run.
    fn number(&self) -> i64 {
        self.database.count("SELECT run * 1000 + number FROM device_heartbeats")
    }
}

#[test]
fn a_device_is_on_as_long_as_it_says_so_off_once_it_says_so_and_silent_where_it_is_killed() {
    let mut stage = Stage::new();
    assert_eq!(stage.heartbeat(), Value::Null, "it has said nothing yet");
    let mut running = stage.run();
    stage.becomes("on");
    let said = stage.heartbeat();
    let modalities: Vec<&str> =
        said["modalities"].as_array().expect("a list").iter().filter_map(|one| one["modality"].as_str()).collect();
    assert_eq!(modalities, ["motion", "heart"], "{said}");
    assert!(stage.alice.open("/me/devices").text.contains("yours; on, heard"));
    // A batch tells it as well.
    let (number, heard_at) = (stage.number(), stage.heard_at());
    stage.heard_earlier();
    wait::until("a batch to be heard", || (stage.heard_at() >= heard_at).then_some(()));
    assert_eq!((stage.number(), stage.heartbeat()["state"].as_str()), (number, Some("on")));
    assert!(running.signal("TERM").success(), "{}", running.log());
    stage.becomes("off");
    assert!(stage.alice.open("/me/devices").text.contains("yours; off: it said so"));

    let mut running = stage.run();
    stage.becomes("on");
    running.kill();
    wait::until("the device to be silent", || {
        // What it has sent before may be taken in behind that.
        stage.heard_earlier();
        (stage.heartbeat()["state"] == "silent").then_some(())
    });
    assert!(stage.alice.open("/me/devices").text.contains("yours; silent, heard"));

    let log = stage.collector.log();
    assert!(!log.contains("later version"), "{log}");
}

#[test]
fn nothing_is_said_of_a_device_once_what_was_agreed_to_is_withdrawn() {
    let mut stage = Stage::new();
    let mut running = stage.run();
    stage.becomes("on");
    stage.agent.consent("withdraw", "all");
    wait::until("its last word to go with what was agreed to", || stage.heartbeat().is_null().then_some(()));
    assert!(running.signal("TERM").success(), "{}", running.log());
    assert_eq!(stage.heartbeat(), Value::Null, "nor that it goes off");
    let mut running = stage.run();
    stage.second_goes_on(&running);
    assert!(running.signal("TERM").success(), "{}", running.log());
    assert_eq!(stage.heartbeat(), Value::Null, "nor that it was on");

    stage.agent.consent("grant", "motion");
    let mut running = stage.run();
    stage.becomes("on");
    assert!(running.signal("TERM").success(), "{}", running.log());
    stage.becomes("off");
}

#[test]
fn a_pause_is_said_once_and_nothing_else_until_it_is_over() {
    let mut stage = Stage::new();
    let mut running = stage.run();
    stage.becomes("on");
    process::output(stage.agent.command().arg("pause"));
    stage.becomes("paused");
    let last = stage.number();
    assert!(running.signal("TERM").success(), "{}", running.log());
    let mut running = stage.run();
    stage.second_goes_on(&running);
    assert_eq!((stage.number(), stage.heartbeat()["state"].as_str()), (last, Some("paused")));
    process::output(stage.agent.command().arg("resume"));
    stage.becomes("on");
    assert!(running.signal("TERM").success(), "{}", running.log());
}
