use std::sync::Arc;
use std::time::Duration;

use attune_ground::tasks::Tasks;
use attune_ground::time::now_millis;
use rumqttc::{AsyncClient, Event, EventLoop, Outgoing, Packet, QoS, SubscribeFilter};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::counters::add;
use super::{Counters, Inbound, Outbound, Queue};
use crate::broker::{Access, Message};

/// Requests that wait to be written to the broker.
const WAITING: usize = 1024;
/// Time between attempts to reach the broker.
const RETRY: Duration = Duration::from_millis(500);
/// How long a stop waits for the last answers to leave.
const GOODBYE: Duration = Duration::from_secs(2);

/// Whether the broker gives us messages.
#[derive(Clone, Debug)]
pub struct Link(watch::Receiver<Up>);

/// That the broker gives us messages, or why it does not.
type Up = Result<(), String>;

impl Link {
    /// Whether the broker has confirmed our subscription and we have not lost it since.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.0.borrow().is_ok()
    }

    /// Waits until it has, for so long at most.
    ///
    /// # Errors
    /// When it has not: the last problem there was.
    pub async fn wait(&mut self, longest: Duration) -> Result<(), String> {
        // In time or not, what it says last is what there is to say.
        let _ = tokio::time::timeout(longest, self.0.wait_for(Up::is_ok)).await;
        self.0.borrow().clone()
    }
}

/// The way to the broker. It subscribes anew at every connect; what was published meanwhile is sent again by its device.
#[derive(Debug)]
pub struct Mqtt {
    /// Whether it is up.
    pub link: Link,
    receiving: JoinHandle<()>,
    answering: JoinHandle<()>,
}

/// Connects to the broker and stays connected, until the sender of answers is dropped and the last ones have left. With a
/// group, the broker shares the messages among the collectors of that name.
pub(crate) fn connect(
    broker: &Access,
    client_id: &str,
    group: Option<&str>,
    (queue, counters): (Arc<Queue>, Arc<Counters>),
    tasks: &Tasks,
) -> (Mqtt, mpsc::UnboundedSender<Outbound>) {
    let (client, events) = AsyncClient::new(broker.client_options(client_id), WAITING);
    let (answers, to_answer) = mpsc::unbounded_channel();
    let (connected, link) = watch::channel(Err("it does not confirm the subscription".to_owned()));
    let filters = broker.filters(group);
    let mqtt = Mqtt {
        link: Link(link),
        receiving: tasks.spawn(
            "messages of the broker",
            receive(events, client.clone(), broker.clone(), filters, (queue, counters), connected),
        ),
        answering: tasks.spawn("answers to devices", answer(client, broker.clone(), to_answer)),
    };
    (mqtt, answers)
}

impl Mqtt {
    /// Waits until the last answers have left, but not for ever.
    pub async fn closed(self) {
        let Self { mut receiving, mut answering, .. } = self;
        let both = async { (&mut answering).await.is_ok() && (&mut receiving).await.is_ok() };
        if tokio::time::timeout(GOODBYE, both).await.is_err() {
            tracing::warn!("The broker did not take the last answers; their devices send again.");
            answering.abort();
            receiving.abort();
        }
    }
}

async fn receive(
    mut events: EventLoop,
    client: AsyncClient,
    broker: Access,
    filters: Vec<String>,
    (queue, counters): (Arc<Queue>, Arc<Counters>),
    connected: watch::Sender<Up>,
) {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                // Not awaited: requests leave only while this loop polls, and waiting answers may fill their queue.
                tokio::spawn(subscribe(client.clone(), filters.clone()));
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => {
                // What there was before is said when it is lost.
                drop(connected.send_replace(Ok(())));
                tracing::info!("Connected to the broker.");
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let Some(Message { topic, payload, mark }) = broker.open(publish) else { continue };
                let message = Inbound { topic, payload: payload.into(), received_at: now_millis() };
                if !queue.push(message) {
                    add(&counters.overrun, 1);
                }
                broker.taken(mark);
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
            Ok(_) => {}
            Err(error) => {
                match connected.send_replace(Err(error.to_string())) {
                    Ok(()) => tracing::warn!(%error, "Broker connection lost."),
                    Err(before) if before != error.to_string() => {
                        tracing::warn!(%error, "The broker is out of reach; trying again.");
                    }
                    Err(_) => {}
                }
                broker.renew(&mut events.mqtt_options);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn subscribe(client: AsyncClient, filters: Vec<String>) {
    let filters = filters.into_iter().map(|filter| SubscribeFilter::new(filter, QoS::AtLeastOnce));
    if let Err(error) = client.subscribe_many(filters).await {
        tracing::warn!(%error, "Subscription could not be asked for.");
    }
}

/// Hands answers to the client in a task of its own: were the ingest to wait here, it and the receiving loop could wait
/// for each other.
async fn answer(client: AsyncClient, broker: Access, mut answers: mpsc::UnboundedReceiver<Outbound>) {
    while let Some(Outbound { topic, payload }) = answers.recv().await {
        let (topic, payload) = broker.close(topic, payload);
        if let Err(error) = client.publish(topic, QoS::AtLeastOnce, false, payload).await {
            tracing::warn!(%error, "Answer could not be sent; its device will ask again.");
        }
    }
    // Fails only when the receiving loop has ended already.
    let _ = client.disconnect().await;
}
