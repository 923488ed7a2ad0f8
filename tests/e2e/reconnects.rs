//! A connection that ended leaves nothing at the broker.

use std::time::Duration;

use attune_protocol::registry::Modality;
use attune_tests::agent::Agent;
use attune_tests::collector::Collector;
use attune_tests::left_out::tool_for;
use attune_tests::mosquitto::Mosquitto;
use attune_tests::place::Place;
use attune_tests::{play, recordings, wait};
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};

/// What mosquitto says of its clients under a name.
fn clients(url: &str, name: &str) -> Option<i64> {
    let (host, port) = url.trim_start_matches("mqtt://").split_once(':')?;
    let (client, mut connection) = Client::new(MqttOptions::new("looks", host, port.parse().ok()?), 8);
    client.subscribe(format!("$SYS/broker/clients/{name}"), QoS::AtMostOnce).ok()?;
    while let Ok(Ok(event)) = connection.recv_timeout(Duration::from_secs(5)) {
        if let Event::Incoming(Packet::Publish(publish)) = event {
            return std::str::from_utf8(&publish.payload).ok()?.parse().ok();
        }
    }
    None
}

#[test]
fn agents_and_collectors_that_come_again_leave_no_sessions_behind() {
    let test = "sessions at the broker";
    let Some(program) = tool_for(test, "mosquitto") else { return };
    let place = Place::new();
    let mosquitto = Mosquitto::start(&program, &place);
    let mut collector = Collector::start_on(&place, &mosquitto.url);
    let agent = Agent::enrol(&place, "device", &collector, "alice");
    let recording = recordings::only(place.path(), &[Modality::Heart]);
    for _ in 0..5 {
        let before = collector.counted("batches");
        let mut running =
            agent.run(&recording, &["--start", play::START, "--loop", "heart", "--duration", "3600", "--speed", "20"]);
        wait::until("the agent to send", || (collector.counted("batches") > before).then_some(()));
        running.kill();
    }
    collector.kill();
    collector.restart();
    // This one, and the collector: whoever was killed is gone, and nothing is kept for them.
    wait::until("only who is there to be counted", || (clients(&mosquitto.url, "total")? <= 2).then_some(()));
    // Mosquitto takes this for all sessions less all sockets, so one that is just connecting makes it negative.
    let kept = clients(&mosquitto.url, "disconnected");
    assert!(kept.is_some_and(|kept| kept <= 0), "{kept:?} sessions are kept");
}
