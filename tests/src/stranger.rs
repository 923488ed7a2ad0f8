//! A program of somebody else on the same broker: it hears everything and may publish anything.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rumqttc::{Client, Event, MqttOptions, Packet, QoS};

use crate::wait;

/// Its connection and what it has heard. It lives as long as the process.
pub struct Stranger {
    client: Client,
    heard: Arc<Mutex<Vec<Message>>>,
}

/// A message as it crossed the broker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Where it was published.
    pub topic: String,
    /// What it said.
    pub payload: Vec<u8>,
}

impl Stranger {
    /// Connects to a broker that lets everybody listen to everything, and listens.
    ///
    /// # Panics
    /// When the broker does not let it.
    #[must_use]
    pub fn on(url: &str) -> Self {
        let (host, port) = url.trim_start_matches("mqtt://").split_once(':').expect("host and port");
        let mut options = MqttOptions::new("stranger", host, port.parse().expect("a port"));
        options.set_max_packet_size(1 << 22, 1 << 22).set_keep_alive(Duration::from_secs(60));
        let (client, mut connection) = Client::new(options, 1000);
        client.subscribe("#", QoS::AtLeastOnce).expect("the request fits the queue");
        let heard = Arc::<Mutex<Vec<Message>>>::default();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for event in connection.iter().map_while(Result::ok) {
                match event {
                    Event::Incoming(Packet::Publish(publish)) => {
                        let message = Message { topic: publish.topic, payload: publish.payload.to_vec() };
                        hears.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                    }
                    // Nobody waits any more where the test has gone on.
                    Event::Incoming(Packet::SubAck(_)) => drop(ready.send(())),
                    _ => {}
                }
            }
        });
        is_ready.recv_timeout(wait::PATIENCE).expect("the broker lets it listen");
        Self { client, heard }
    }

    /// Publishes anything anywhere.
    ///
    /// # Panics
    /// When more waits to be published than fits.
    pub fn publish(&self, topic: &str, payload: Vec<u8>) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).expect("the request fits the queue");
    }

    /// Publishes anything anywhere, and has the broker keep it for whoever subscribes.
    ///
    /// # Panics
    /// When more waits to be published than fits.
    pub fn leave(&self, topic: &str, payload: Vec<u8>) {
        self.client.publish(topic, QoS::AtLeastOnce, true, payload).expect("the request fits the queue");
    }

    /// Everything that it has heard, oldest first.
    #[must_use]
    pub fn heard(&self) -> Vec<Message> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a message of a topic that `is` says yes to, and gives it.
    ///
    /// # Panics
    /// When none comes.
    pub fn hear<T>(&self, what: &str, mut is: impl FnMut(&Message) -> Option<T>) -> T {
        wait::until(what, || self.heard().iter().find_map(&mut is))
    }
}
