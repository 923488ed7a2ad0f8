//! What others on an external broker can not do.

use attune_protocol::ids::DeviceId;
use attune_protocol::registry::Modality;
use attune_protocol::topics;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::database::Database;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::ports::free_port;
use attune_tests::stranger::{Message, Stranger};
use attune_tests::wire::{Device, motion_item};
use attune_tests::{database, play, process, recordings, wait};

/// Above what the collector, and an agent, take in.
const LARGE: usize = 1_300_000;

#[test]
fn a_large_message_that_the_broker_keeps_cuts_neither_collector_nor_agent_off() {
    let test = "a large message that the broker keeps cuts neither collector nor agent off";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let stranger = Stranger::on(&mosquitto.url);
    let leave = |topic: &str| {
        stranger.leave(topic, vec![0; LARGE]);
        let is_there =
            |message: &Message| (*message == Message { topic: topic.into(), payload: vec![0; LARGE] }).then_some(());
        stranger.hear("the broker to have it", is_there);
    };
    leave(&topics::batches_of(DeviceId([0; 16])));
    let collector = Collector::start_on(&place, &mosquitto.url);
    let agent = Agent::enrol(&place, "device", &collector, "person");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    agent.send_all(&recording, play::START, &[]);

    let down = stranger.hear("an answer to the device", |message| {
        message.topic.starts_with("attune/v1/down/").then(|| message.topic.clone())
    });
    leave(&down);
    agent.send_all(&recording, "2026-01-05T15:00:00Z", &[]);
    assert!(collector.counted("foreign") >= 1, "it is counted");
    assert_eq!(database::count(&collector.database(), "SELECT COUNT(*) FROM records"), 24);
}

/// One listener for all; whom it lets in, collectors say.
pub(crate) fn told_by_collectors(port: u16) -> String {
    format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\npassword_file /run/attune/attune.passwords\nacl_file /run/attune/attune.acl\n\
         persistence false\nretain_available false\n"
    )
}

#[test]
fn a_mosquitto_that_collectors_tell_holds_each_device_to_itself_and_cuts_off_who_is_revoked() {
    let test = "a mosquitto that collectors tell holds each device to itself and cuts off who is revoked";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let (place, port) = (Place::new(), free_port());
    let (told, secret) = (place.join("told"), place.join("broker.password"));
    let mosquitto = Mosquitto::start_told(&program, &place, (&told_by_collectors(port), port), &told);
    std::fs::write(&secret, "of collectors alone\n").expect("the test's folder can be written");
    // It signs in by what it tells the broker itself.
    let lines = format!("user = \"collectors\"\npassword_file = {secret:?}\nacl = {told:?}");
    let collector = Collector::start_on_set(&place, &mosquitto.url, &lines);
    let records = || database::count(&collector.database(), "SELECT COUNT(*) FROM records");

    let stranger = Stranger::on(&mosquitto.url);
    let alice = Agent::enrol(&place, "device", &collector, "alice");
    let id: DeviceId = stranger
        .hear("the answer to her enrolment", |message| message.topic.strip_prefix("attune/v1/enrolled/")?.parse().ok());
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    alice.send_all(&recording, play::START, &[]);
    assert_eq!(records(), 12, "who is enrolled is heard");
    let mut bob = Device::newcomer(&collector);
    assert!(bob.ask_to_enrol(&collector.code("bob")));
    bob.consent();

    // Neither who has no name nor another device sends or hears anything as hers.
    bob.listen_to("#");
    bob.listen_to(&topics::answers_to(id));
    bob.publish(&topics::batches_of(id), b"as another".into());
    bob.publish(&topics::answers_to(id), b"as the collector".into());
    bob.publish(&topics::enrolled(id), b"as the collector".into());
    stranger.publish(&topics::batches_of(id), b"of nobody".into());
    stranger.publish(&topics::answers_to(id), b"of nobody".into());
    process::output(alice.command().arg("new-key"));
    alice.send_all(&recording, "2026-01-05T15:00:00Z", &[]);
    assert_eq!(records(), 24, "behind a new key she is let in by that");
    assert!(!alice.status().contains("answers that were not believed"), "{}", alice.status());
    bob.send(vec![motion_item(1)]);
    let answer = bob.acknowledgement();
    assert_eq!((answer.device, answer.settled.len()), (bob.id, 1), "he has heard nothing of hers before");
    for counter in ["forged", "foreign", "unreadable", "unknown_devices"] {
        assert_eq!(collector.counted(counter), 0, "{counter}");
    }
    assert!(stranger.heard().iter().all(|message| message.topic.starts_with("attune/v1/enrolled/")));
    assert!(Device::connect_as(&collector, id).is_refused(), "who names her and does not know her password");

    // What is printed is what stands there.
    let printed = collector.command(&["broker", "acl"]);
    for name in ["attune.acl", "attune.passwords"] {
        let text = std::fs::read_to_string(told.join(name)).expect("it was written");
        assert!(text.lines().count() > 2 && printed.contains(&text), "{printed}");
    }
    let elsewhere = place.join("elsewhere");
    let said = collector.command(&["broker", "acl", "--write", &elsewhere.display().to_string()]);
    assert!(said.ends_with("let in 2 devices\n"), "{said}");

    // Revoked, one is cut off on an open connection, and the other keeps what it has.
    Database::of(&collector, None).run("UPDATE devices SET revoked_at = key_changed_at + 1");
    assert!(bob.is_refused());
    let mut running = alice.run(&recording, &["--speed", "max", "--start", "2026-01-05T19:00:00Z", "--until-sent"]);
    wait::until("her to be refused", || {
        alice.status().contains("does not let this device in by its key").then_some(())
    });
    wait::until("all to wait", || alice.status().contains("waiting 12 ").then_some(()));
    running.signal("TERM");
    assert!(alice.status().contains("dropped 0 (over the limits), damaged 0, lost 0"), "{}", alice.status());
    assert_eq!(records(), 25);
    assert!(!collector.command(&["broker", "acl"]).contains(&id.to_string()));

    // With another code she is let in again.
    let code = collector.code("alice");
    process::output(alice.command().args(["enrol", "--again", "--yes", "--broker", &mosquitto.url, "--code", &code]));
    process::output(alice.command().args(["consent", "grant", "--modality", "all"]));
    alice.send_all(&recording, "2026-01-05T20:00:00Z", &[]);
    assert_eq!(records(), 37);
}
