//! The broker over TLS: by the fingerprint that the collector prints, and by an authority that the system trusts.

use std::process::Command;

use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database;
use attune_tests::place::Place;
use attune_tests::{models, recordings, wait};

/// What a command says when it fails.
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert!(!output.status.success(), "it does not fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn has_records(collector: &Collector) {
    wait::until("records to arrive", || {
        (database::count(&collector.database(), "SELECT COUNT(*) FROM records") > 0).then_some(())
    });
}

#[test]
fn by_its_fingerprint_a_device_is_enrolled_and_heard_over_tls_and_by_another_one_it_says_nothing() {
    let place = Place::new();
    let mut collector = Collector::start_set(&place, "tls.self_signed = true");
    let broker = collector.told_broker();
    assert!(broker.starts_with("mqtts://127.0.0.1:") && broker.contains("/sha256="), "{broker}");
    let (_, said) = collector.enrol("alice");
    assert!(said.contains(&format!("--broker {broker} --code")), "{said}");
    assert!(collector.command(&["check"]).contains("TLS of the broker: on, certificate with the SHA-256 fingerprint"));
    let agent = Agent::enrol_at(&place, "laptop", &collector, "alice", &broker);
    agent.configure("[uplink]\nevery = 0.2\npatience = 2.0\nlongest_pause = 0.5\n");
    let _running = agent.run(&recordings::shipped(), &["--speed", "10"]);
    has_records(&collector);

    let other = Agent::new(&place, "other", &models::shipped(), "research");
    let (place_, pin) = broker.split_once("/sha256=").expect("it is pinned");
    let wrong = format!("{place_}/sha256={}", pin.chars().rev().collect::<String>());
    for (broker, cause) in [
        (wrong, "another one than the fingerprint"),
        (place_.to_owned(), "nobody whom this system trusts vouches"),
        (place_.replace("mqtts:", "mqtt:"), "it speaks TLS there"),
        ("mqtt://192.0.2.7:1883".to_owned(), "expected mqtts://HOST:PORT"),
    ] {
        let error = refused(other.command().args(["enrol", "--broker", &broker, "--code", &collector.code("bob")]));
        assert!(error.contains(cause), "{broker}: {error}");
    }
    collector.process().signal("TERM");
    collector.restart();
    assert_eq!(collector.told_broker(), broker, "the certificate stays");
}
