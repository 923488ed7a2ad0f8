//! What others on an external broker can not do.

use attune_protocol::ids::DeviceId;
use attune_protocol::registry::Modality;
use attune_protocol::topics;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::stranger::{Message, Stranger};
use attune_tests::{database, play, recordings};

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
