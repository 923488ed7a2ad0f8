use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attune_protocol::topics;
use rumqttc::{AsyncClient, Event, Packet, QoS, SubscribeFilter};
use tokio::sync::mpsc;

use super::Inbound;
use crate::broker::BrokerAddress;
use crate::time::now_millis;

/// Messages that wait between broker and database; beyond, the broker keeps them.
const WAITING: usize = 1024;
/// Time between attempts to reach the broker.
const RETRY: Duration = Duration::from_millis(500);

/// The way to the broker.
#[derive(Clone, Debug)]
pub struct Link {
    /// For publishing to devices.
    pub client: AsyncClient,
    connected: Arc<AtomicBool>,
}

impl Link {
    /// Whether the broker has accepted our connection and not lost it since.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }
}

/// Connects to the broker and stays connected; messages come out of the channel. With a group, the broker shares the
/// messages among the collectors of that name.
#[must_use]
pub fn connect(broker: &BrokerAddress, client_id: &str, group: Option<&str>) -> (Link, mpsc::Receiver<Inbound>) {
    let (client, mut events) = AsyncClient::new(broker.client_options(client_id), WAITING);
    let (sender, receiver) = mpsc::channel(WAITING);
    let link = Link { client: client.clone(), connected: Arc::default() };
    let connected = Arc::clone(&link.connected);
    let prefix = group.map(|group| format!("$share/{group}/")).unwrap_or_default();
    tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    let filters = [topics::ALL_BATCHES, topics::ALL_ENROLMENTS]
                        .map(|topic| SubscribeFilter::new(format!("{prefix}{topic}"), QoS::AtLeastOnce));
                    // Only this task empties the request channel, so waiting for room in it would wait for ever.
                    if let Err(error) = client.try_subscribe_many(filters) {
                        tracing::warn!(%error, "Subscription could not be asked for.");
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => {
                    connected.store(true, Ordering::Relaxed);
                    tracing::info!("Connected to the broker.");
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    let message =
                        Inbound { topic: publish.topic, payload: publish.payload.into(), received_at: now_millis() };
                    if sender.send(message).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    if connected.swap(false, Ordering::Relaxed) {
                        tracing::warn!(%error, "Broker connection lost.");
                    }
                    if sender.is_closed() {
                        return;
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    });
    (link, receiver)
}
