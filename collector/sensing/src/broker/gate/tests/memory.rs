//! What connections and acknowledgements leave in memory: figures to read. The end-to-end tests have the bounds, for a
//! process of its own.

use super::super::limits::Rate;
use super::*;

/// Resident memory of this process, KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("there");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Connections and packets as fast as they like.
fn unhurried() -> Limits {
    let mut limits = Limits::with_descriptors(attune_ground::descriptors::Descriptors::of(4096));
    let endless = Rate { per_second: 1e12, burst: 1e12 };
    (limits.arrivals, limits.machine.arrivals) = (endless, endless);
    (limits.stranger_packets, limits.machine.packets) = (endless, endless);
    limits
}

/// Makes so many connections, a hundred at a time, each of which subscribes and publishes, and ends them.
async fn come_and_go(stand: &Stand, connections: usize) {
    for _ in 0..connections / 100 {
        let mut held = Vec::new();
        for _ in 0..100 {
            let mut raw = stand.raw().await;
            let device = DeviceId::random();
            raw.send(&connect()).await;
            raw.send(&subscribe(&topics::answers_to(device))).await;
            raw.send(&publish(&topics::batches_of(device), QoS::AtLeastOnce, GENUINE)).await;
            held.push(raw);
        }
        for raw in &mut held {
            assert!(raw.reply().await.is_some(), "CONNACK");
            assert!(raw.reply().await.is_some(), "SUBACK");
            assert!(raw.reply().await.is_some(), "PUBACK or the answer");
        }
    }
    stand.is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a trial: a minute, for its figures"]
async fn what_nine_thousand_connections_leave() {
    let stand = Stand::with(unhurried()).await;
    println!("at the start: {} KiB", resident());
    for connections in [3000, 6000, 9000] {
        come_and_go(&stand, 3000).await;
        println!("after {connections} connections: {} KiB", resident());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a trial: a minute, for its figures"]
async fn what_a_million_acknowledgements_leave() {
    let stand = Stand::start().await;
    let (client, mut events) = AsyncClient::new(stand.access.client_options("answers"), 1024);
    println!("at the start: {} KiB", resident());
    for _ in 0..5 {
        let (client, access) = (client.clone(), stand.access.clone());
        let sending = tokio::spawn(async move {
            for _ in 0..200_000 {
                let answer = [&ACKNOWLEDGED[..], &[0; 250]].concat();
                let (topic, payload) = access.close(topics::answers_to(DeviceId::random()), answer);
                client.publish(topic, QoS::AtLeastOnce, false, payload).await.expect("taken");
            }
        });
        let mut confirmed = 0;
        while confirmed < 200_000 {
            if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.expect("connected") {
                confirmed += 1;
            }
        }
        sending.await.expect("ends");
        println!("after 200,000 acknowledgements more: {} KiB", resident());
    }
}
