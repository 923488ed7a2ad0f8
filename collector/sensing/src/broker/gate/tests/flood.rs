//! Strangers that do their worst at once, from the same address as an honest device.
//!
//! They come about 3,000 times a second, six times as often as an address is let in. Whoever shares an address with them
//! is let in as rarely as they are, so an unbounded loop would only measure how fast the machine opens sockets.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// How long an honest device may wait: about every sixth of its connections is let in, and it tries ten times a second.
const WITHIN: Duration = Duration::from_secs(30);
/// Between two connections of one stranger.
const BREATH: Duration = Duration::from_millis(6);

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_device_is_acknowledged_while_strangers_flood() {
    let stand = Arc::new(Stand::start().await);
    let mut steady = stand.device();
    timeout(LONG, steady.is_acknowledged()).await.expect("before the flood");
    let stop = Arc::new(AtomicBool::new(false));
    let flood: Vec<_> = (0..4)
        .flat_map(|_| {
            [
                tokio::spawn(silent_connections(Arc::clone(&stand), Arc::clone(&stop))),
                tokio::spawn(half_connects(Arc::clone(&stand), Arc::clone(&stop))),
                tokio::spawn(garbage(Arc::clone(&stand), Arc::clone(&stop))),
                tokio::spawn(retained(Arc::clone(&stand), Arc::clone(&stop))),
                tokio::spawn(deaf_listeners(Arc::clone(&stand), Arc::clone(&stop))),
            ]
        })
        .collect();
    let flooded = async {
        while stand.counts().refused["displaced"] == 0 {
            tokio::time::sleep(BREATH).await;
        }
    };
    timeout(WITHIN, flooded).await.expect("there is a flood");
    let started = std::time::Instant::now();
    timeout(WITHIN, stand.device().is_acknowledged()).await.expect("a new device during the flood");
    let new = started.elapsed();
    let started = std::time::Instant::now();
    let payload = GENUINE.to_vec();
    let topic = topics::batches_of(steady.id);
    steady.client.try_publish(topic, QoS::AtLeastOnce, false, payload).expect("room");
    let answered = async {
        loop {
            let event = steady.events.poll().await.expect("a known device is never displaced");
            if matches!(event, Event::Incoming(Packet::Publish(_))) {
                return;
            }
        }
    };
    timeout(WITHIN, answered).await.expect("a known device during the flood");
    println!("during the flood: new {new:?}, known {:?}; {:?}", started.elapsed(), stand.counts());
    stop.store(true, Ordering::Relaxed);
    for task in flood {
        task.await.expect("ends");
    }
}

async fn silent_connections(stand: Arc<Stand>, stop: Arc<AtomicBool>) {
    let mut held = std::collections::VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        held.push_back(stand.raw().await);
        if held.len() > 300 {
            held.pop_front();
        }
        tokio::time::sleep(BREATH).await;
    }
}

async fn half_connects(stand: Arc<Stand>, stop: Arc<AtomicBool>) {
    let mut held = std::collections::VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        let mut raw = stand.raw().await;
        raw.send(&connect()[..12]).await;
        held.push_back(raw);
        if held.len() > 300 {
            held.pop_front();
        }
        tokio::time::sleep(BREATH).await;
    }
}

async fn garbage(stand: Arc<Stand>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let mut raw = stand.raw().await;
        let id = DeviceId::random();
        raw.send(&connect_as(id, "unknown")).await;
        let message = publish(&topics::batches_of(id), QoS::AtMostOnce, vec![1; 40 << 10]);
        for _ in 0..50 {
            if timeout(Duration::from_millis(500), raw.send(&message)).await.is_err() {
                break;
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}

async fn retained(stand: Arc<Stand>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let mut raw = stand.raw().await;
        let id = DeviceId::random();
        raw.send(&connect_as(id, "unknown")).await;
        let mut message = publish(&topics::batches_of(id), QoS::AtLeastOnce, vec![1; 1 << 10]);
        message[0] |= 1;
        for _ in 0..100 {
            if timeout(Duration::from_millis(500), raw.send(&message)).await.is_err() {
                break;
            }
        }
        tokio::time::sleep(BREATH).await;
    }
}

async fn deaf_listeners(stand: Arc<Stand>, stop: Arc<AtomicBool>) {
    let mut held = std::collections::VecDeque::new();
    while !stop.load(Ordering::Relaxed) {
        let mut raw = stand.raw().await;
        let device = DeviceId::random();
        raw.send(&connect()).await;
        raw.send(&subscribe(&topics::answers_to(device))).await;
        held.push_back(raw);
        if held.len() > 300 {
            held.pop_front();
        }
        tokio::time::sleep(BREATH).await;
    }
}
