use std::sync::Arc;
use std::time::Duration;

use attune_ground::tasks::Tasks;
use attune_ground::time::now_millis;
use attune_protocol::batch::MAX_ENCODED;
use rumqttc::{AsyncClient, Event, EventLoop, Outgoing, Packet, QoS, SubAck, SubscribeFilter, SubscribeReasonCode};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::counters::add;
use super::{Counters, Inbound, Outbound, Queue};
use crate::broker::{Access, Message};

/// Requests that wait to be written to the broker.
const WAITING: usize = 1024;
/// Time between attempts to reach the broker: the first, and the longest that it grows to.
const RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
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
    pub(crate) receiving: JoinHandle<()>,
    pub(crate) answering: JoinHandle<()>,
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
    let mut failures = 0;
    loop {
        let lost = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                // Not awaited: requests leave only while this loop polls, and waiting answers may fill their queue.
                tokio::spawn(subscribe(client.clone(), filters.clone()));
                continue;
            }
            Ok(Event::Incoming(Packet::SubAck(granted))) if is_refused(&granted) => {
                // Nothing would ever come: this is no connection.
                events.clean();
                "it refuses the subscription to what devices send".to_owned()
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => {
                // What there was before is said when it is lost.
                drop(connected.send_replace(Ok(())));
                tracing::info!("Connected to the broker.");
                continue;
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                failures = 0;
                let is_kept = publish.retain;
                let Some(Message { topic, payload, mark }) = broker.open(publish) else { continue };
                let message = Inbound { topic, payload: payload.into(), received_at: now_millis() };
                hear(&queue, &counters, message, is_kept);
                broker.taken(mark);
                continue;
            }
            // What answers has not let us in only to close.
            Ok(Event::Incoming(Packet::PubAck(_) | Packet::PingResp)) => {
                failures = 0;
                continue;
            }
            Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
            Ok(_) => continue,
            Err(error) => error.to_string(),
        };
        // The first failure of a row is told; a broker that stays away need not fill the log.
        if connected.send_replace(Err(lost.clone())).is_ok() || failures == 0 {
            tracing::warn!(error = lost, "The broker is out of reach; trying again.");
        }
        broker.renew(&mut events.mqtt_options);
        tokio::time::sleep(pause(failures)).await;
        failures += 1;
    }
}

fn is_refused(granted: &SubAck) -> bool {
    granted.return_codes.contains(&SubscribeReasonCode::Failure)
}

/// Doubles with every failure in a row, up to a longest.
fn pause(failures: u32) -> Duration {
    RETRY.saturating_mul(1 << failures.min(16)).min(LONGEST_RETRY)
}

/// Puts a message into its line. One that the broker keeps comes again with each connection, and no device of ours has it
/// kept; one that is larger than any of ours is not held on to.
fn hear(queue: &Queue, counters: &Counters, message: Inbound, is_kept: bool) {
    if is_kept {
        add(&counters.foreign, 1);
    } else if message.payload.len() > MAX_ENCODED {
        add(&counters.unreadable, 1);
    } else if !queue.push(message) {
        add(&counters.overrun, 1);
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
        let besides = broker.besides(&topic, &payload);
        for (topic, payload) in [broker.close(topic, payload)].into_iter().chain(besides) {
            if let Err(error) = client.publish(topic, QoS::AtLeastOnce, false, payload).await {
                tracing::warn!(%error, "Answer could not be sent; its device will ask again.");
            }
        }
    }
    // Fails only when the receiving loop has ended already.
    let _ = client.disconnect().await;
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use attune_protocol::ids::DeviceId;
    use attune_protocol::topics;

    use super::*;
    use crate::broker;

    /// What a broker does with a client that it has let in.
    #[derive(Clone, Copy)]
    enum Manner {
        Closes,
        /// Answers each filter with this code.
        Grants(u8),
    }

    /// A broker that lets everybody in and treats the first so, and all others so. Gives when somebody came.
    async fn broker(first: Manner, later: Manner) -> (String, Arc<Mutex<Vec<Instant>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let url = format!("mqtt://{}", listener.local_addr().expect("bound"));
        let came = Arc::<Mutex<Vec<Instant>>>::default();
        let seen = Arc::clone(&came);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("accepts");
                let before = seen.lock().expect("unpoisoned").len();
                seen.lock().expect("unpoisoned").push(Instant::now());
                let mut bytes = [0; 512];
                let _ = stream.read(&mut bytes).await;
                let _ = stream.write_all(&[0x20, 2, 0, 0]).await;
                let Manner::Grants(code) = (if before == 0 { first } else { later }) else { continue };
                tokio::spawn(async move {
                    // SUBSCRIBE: its packet id stands behind two bytes of header.
                    let length = stream.read(&mut bytes).await.unwrap_or(0);
                    assert!(length > 4 && bytes[0] == 0x82);
                    let _ = stream.write_all(&[0x90, 4, bytes[2], bytes[3], code, code]).await;
                    while stream.read(&mut bytes).await.unwrap_or(0) > 0 {}
                });
            }
        });
        (url, came)
    }

    fn connected_to(url: String) -> (Mqtt, mpsc::UnboundedSender<Outbound>) {
        let started = broker::external(&url, None).expect("reads");
        connect(&started.access, "collector", Some("all"), Default::default(), &Tasks::default())
    }

    #[tokio::test]
    async fn a_refused_subscription_is_no_connection_and_one_that_is_granted_later_is() {
        let (url, came) = broker(Manner::Grants(0x80), Manner::Grants(1)).await;
        let (mut mqtt, _answers) = connected_to(url);
        assert!(mqtt.link.wait(Duration::from_millis(300)).await.is_err());
        assert_eq!(came.lock().expect("unpoisoned").len(), 1);
        assert!(mqtt.link.wait(Duration::from_secs(5)).await.is_ok(), "it asks again");
        let (url, _) = broker(Manner::Grants(0x80), Manner::Grants(0x80)).await;
        let (mut mqtt, _answers) = connected_to(url);
        assert!(mqtt.link.wait(Duration::from_secs(2)).await.is_err(), "however often it is refused");
    }

    #[tokio::test]
    async fn a_broker_that_lets_in_and_closes_is_asked_in_growing_pauses() {
        let (url, came) = broker(Manner::Closes, Manner::Closes).await;
        let (_mqtt, _answers) = connected_to(url);
        tokio::time::sleep(Duration::from_secs(4)).await;
        let came = came.lock().expect("unpoisoned").clone();
        assert!((3..=4).contains(&came.len()), "{}", came.len());
        let pauses: Vec<_> = came.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses.is_sorted() && pauses[1] >= 2 * RETRY, "{pauses:?}");
        assert_eq!((pause(0), pause(4), pause(u32::MAX)), (RETRY, Duration::from_secs(8), LONGEST_RETRY));
    }

    #[tokio::test]
    async fn what_the_broker_keeps_and_what_is_larger_than_a_batch_is_left_out_and_counted() {
        let (queue, counters) = (Queue::default(), Counters::default());
        let message =
            |bytes| Inbound { topic: topics::batches_of(DeviceId([1; 16])), payload: vec![0; bytes], received_at: 0 };
        hear(&queue, &counters, message(10), true);
        hear(&queue, &counters, message(MAX_ENCODED + 1), false);
        hear(&queue, &counters, message(MAX_ENCODED), false);
        let counts = counters.read();
        assert_eq!((counts.foreign, counts.unreadable, counts.overrun), (1, 1, 0));
        let taken: Vec<usize> = queue.group().await.iter().map(|message| message.payload.len()).collect();
        assert_eq!(taken, [MAX_ENCODED]);
    }
}
