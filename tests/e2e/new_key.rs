//! Another key for a device, and what becomes of a copy of its state from before.

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::{api, database, play, process, recordings, wait};

fn refused(collector: &Collector, reason: &str) -> u64 {
    let health = api::ok(collector.api(), "/api/v1/health");
    health["gate"]["refused"][reason].as_u64().expect("it is counted")
}

fn records(collector: &Collector) -> i64 {
    database::count(&collector.database(), "SELECT COUNT(*) FROM records")
}

#[test]
fn behind_a_new_key_the_device_goes_on_and_a_copy_of_its_state_sends_nothing_and_is_noticed() {
    let place = Place::new();
    let (collector, database) = Database::sqlite(&place);
    let agent = Agent::enrol(&place, "laptop", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    agent.send_all(&recording, play::START, &[]);
    let before = records(&collector);
    assert!(before > 0);
    let thief = agent.copied(&place, "thief");

    let mut running = agent.run(&recording, &["--speed", "1"]);
    wait::until("the agent to run", || (!agent.status().contains("the agent does not run")).then_some(()));
    let busy = agent.command().arg("new-key").output().expect("the program starts");
    assert!(!busy.status.success(), "an agent runs on that state folder");
    running.signal("TERM");
    process::output(agent.command().arg("new-key"));

    // The collector notes a former key only behind the time in which the device's own messages may be on their way.
    database.run("UPDATE devices SET key_changed_at = key_changed_at - 600000");
    agent.send_all(&recording, "2026-01-05T15:00:00Z", &[]);
    let sent = records(&collector);
    assert!(sent > before, "it goes on under its new key");
    let mut stolen = thief.run(&recording, &["--speed", "max", "--start", "2026-01-05T19:00:00Z"]);
    wait::until("the copy to be refused", || (refused(&collector, "former_key") > 0).then_some(()));
    wait::until("the copy to say so", || stolen.log().contains("does not know this device by its key").then_some(()));
    stolen.signal("TERM");
    assert_eq!(records(&collector), sent, "nothing of it is taken in");
    wait::until("it to be noted", || {
        let used = "SELECT COUNT(*) FROM devices WHERE former_key_used_at IS NOT NULL";
        (database::count(&collector.database(), used) == 1).then_some(())
    });
}

#[test]
fn on_a_broker_that_lets_everybody_in_what_is_signed_with_a_key_of_before_is_counted_and_stored_nowhere() {
    let test = "on a broker that lets everybody in what is signed with a key of before is counted and stored nowhere";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let collector = Collector::start_on(&place, &mosquitto.url);
    let agent = Agent::enrol(&place, "laptop", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    agent.send_all(&recording, play::START, &[]);
    let thief = agent.copied(&place, "thief");
    process::output(agent.command().arg("new-key"));
    let sent = records(&collector);
    let mut stolen = thief.run(&recording, &["--speed", "max", "--start", "2026-01-05T19:00:00Z"]);
    wait::until("it to be counted", || (collector.counted("former_keys") > 0).then_some(()));
    stolen.signal("TERM");
    assert_eq!(records(&collector), sent);
    // As if the answer had been lost: the old key is in the folder of the copy, and so is the question anew.
    agent.send_all(&recording, "2026-01-05T15:00:00Z", &[]);
    assert!(records(&collector) > sent);
}
