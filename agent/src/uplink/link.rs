use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use attune_protocol::ids::DeviceId;
use attune_protocol::{login, topics};
use rumqttc::{
    AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, Outgoing, Packet, QoS, SubAck,
    SubscribeFilter, SubscribeReasonCode,
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, warn};

use super::Broker;

const MAX_PACKET: usize = 1 << 20;
/// The most bytes of a packet that are read. A larger one ends the connection, so the limit lies far above what is heard: others
/// on the broker can publish, and have it keep, what no collector sends.
const MOST_READ: usize = 8 << 20;
const KEEP_ALIVE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The passwords of who has the same for good.
pub(super) fn always(passwords: Vec<String>) -> watch::Receiver<Vec<String>> {
    watch::channel(passwords).1
}

/// What the connection tells.
#[derive(Debug)]
pub(super) enum News {
    /// Connected, and the broker has confirmed the subscription to the device's answers.
    Up,
    /// The connection is gone; another is tried.
    Down {
        /// The broker does not let this device in by its key, whichever password is shown.
        refused: bool,
    },
    /// Something was published to the device.
    Answer(Vec<u8>),
    /// Something was published to the device that no collector sends: it is larger, or the broker keeps it, which gives it again
    /// with each connection.
    LeftOut,
}

/// A connection that is made again whenever it breaks, and its news. Pauses between tries grow until `useful` says that
/// something was acknowledged: a broker that lets everybody in and then closes is not hammered. Of the passwords the one that was
/// let in stays; without any it is a device that asks to be enrolled. Must be called within a tokio runtime.
pub(super) fn open(
    broker: &Broker,
    (device, passwords): (DeviceId, watch::Receiver<Vec<String>>),
    longest_pause: Duration,
    useful: Arc<AtomicBool>,
) -> (AsyncClient, mpsc::Receiver<News>) {
    let mut link = Options { broker: broker.clone(), device, passwords, shown: 0, refused: 0 };
    let (client, events) = AsyncClient::new(link.make(), 32);
    let (tell, news) = mpsc::channel(32);
    let link = Link { options: link, longest_pause, useful, tell };
    tokio::spawn(link.poll(client.clone(), events));
    (client, news)
}

/// What each connection is made with.
struct Options {
    broker: Broker,
    device: DeviceId,
    /// By which the broker may know the device, once it is enrolled, in the order in which they are tried; of another list the first.
    passwords: watch::Receiver<Vec<String>>,
    /// The one that is shown now.
    shown: usize,
    /// How many were refused, one after the other.
    refused: usize,
}

impl Options {
    /// Options of one connection. Its client id is its own, and nobody guesses it: a broker gives a connection to whoever comes
    /// under its id, and device ids stand in topics, so under a stable one anybody on the broker could keep a device out. The
    /// session is clean, so nothing of a connection that ended stays at the broker.
    fn make(&mut self) -> MqttOptions {
        // Fails only where nobody changes them any more.
        if self.passwords.has_changed().unwrap_or(false) {
            self.passwords.mark_unchanged();
            (self.shown, self.refused) = (0, 0);
        }
        let Self { broker, device, passwords, shown, .. } = self;
        let connection = getrandom::u32().unwrap_or_default();
        let mut options =
            MqttOptions::new(format!("attune-agent-{device}-{connection:08x}"), &broker.host, broker.port);
        options.set_keep_alive(KEEP_ALIVE).set_clean_session(true).set_max_packet_size(MOST_READ, MAX_PACKET);
        options.set_transport(attune_transport::to(broker));
        if let Some(password) = passwords.borrow().get(*shown) {
            options.set_credentials(login::name(*device), password.clone());
        }
        options
    }

    /// The one that was shown is refused: turns to the next, and gives whether there is one that was not shown since one was let in.
    fn turn(&mut self) -> bool {
        let all = self.passwords.borrow().len();
        self.shown = (self.shown + 1) % all.max(1);
        self.refused += 1;
        let is_left = self.refused < all;
        if !is_left {
            self.refused = 0;
        }
        is_left
    }

    /// Whether it asks to be enrolled.
    fn is_new(&self) -> bool {
        self.passwords.borrow().is_empty()
    }

    /// Where what is for this device is published.
    fn topics(&self) -> Vec<String> {
        let enrolled = self.is_new().then(|| topics::enrolled(self.device));
        [topics::answers_to(self.device)].into_iter().chain(enrolled).collect()
    }
}

struct Link {
    options: Options,
    longest_pause: Duration,
    useful: Arc<AtomicBool>,
    tell: mpsc::Sender<News>,
}

impl Link {
    /// Drives the connection. Whoever hears the news must never wait for the client's queue, which is emptied only here.
    async fn poll(mut self, client: AsyncClient, mut events: EventLoop) {
        let mut failures = 0;
        let own = self.options.topics();
        loop {
            let event = events.poll().await;
            if self.useful.swap(false, Ordering::Relaxed) {
                failures = 0;
            }
            let news = match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    debug!("connected to the broker");
                    self.options.refused = 0;
                    let filters = own.iter().map(|topic| SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce));
                    if client.try_subscribe_many(filters).is_err() {
                        warn!("the queue to the broker is full: subscribing with the next connection");
                    }
                    continue;
                }
                Ok(Event::Incoming(Packet::SubAck(granted))) if is_refused(&granted) => {
                    // Without answers nothing would ever be settled: this is no connection.
                    warn!("the broker refuses the subscription to this device's answers: trying again");
                    News::Down { refused: false }
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => News::Up,
                Ok(Event::Incoming(Packet::Publish(publish))) if own.contains(&publish.topic) => {
                    match publish.retain || publish.payload.len() > MAX_PACKET {
                        true => News::LeftOut,
                        false => News::Answer(publish.payload.into()),
                    }
                }
                // All that was to go before it is out.
                Ok(Event::Outgoing(Outgoing::Disconnect)) => return,
                Ok(_) => continue,
                // Nobody listens any more: the agent has disconnected by itself.
                Err(_) if self.tell.is_closed() => return,
                Err(error) => {
                    // The first failure of a row is told; a broker that stays away need not fill the log.
                    let refused = matches!(
                        error,
                        ConnectionError::ConnectionRefused(
                            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
                        )
                    );
                    if refused && self.options.turn() {
                        debug!("the broker does not take this password: showing the next one");
                        events.clean();
                        events.pending.clear();
                        events.mqtt_options = self.options.make();
                        continue;
                    }
                    if failures == 0 {
                        match error {
                            _ if refused && self.options.is_new() => {
                                warn!(
                                    "the broker lets nobody in without a name, so nobody is enrolled over it: trying again"
                                );
                            }
                            _ if refused => warn!(
                                "the broker does not know this device by its key: trying again. If it stays so, the device was revoked, or \
                                 its key was changed (attune-agent new-key) by somebody who has a copy of its state folder, or before \
                                 this folder was put back from a copy, or the collector's key was exchanged while it was away: enrol it anew"
                            ),
                            error => warn!(%error, "the broker is out of reach: trying again"),
                        }
                    }
                    News::Down { refused }
                }
            };
            let is_down = matches!(news, News::Down { .. });
            if self.tell.send(news).await.is_err() {
                return;
            }
            if is_down {
                // What waits is given out anew, if it may still go then.
                events.clean();
                events.pending.clear();
                events.mqtt_options = self.options.make();
                tokio::time::sleep(pause(failures, self.longest_pause)).await;
                failures += 1;
            }
        }
    }
}

/// Whether there is nothing that this device would hear: of the topics for the answer to an enrolment a broker may let it hear one only.
fn is_refused(granted: &SubAck) -> bool {
    granted.return_codes.iter().all(|code| *code == SubscribeReasonCode::Failure)
}

/// Doubles with every failure in a row, up to a longest.
fn pause(failures: u32, longest: Duration) -> Duration {
    jittered(FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(longest))
}

/// Between three and five quarters of a time, so that many devices do not come back together.
pub(super) fn jittered(time: Duration) -> Duration {
    let random = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
    time.mul_f64(0.75 + 0.5 * random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_no_further() {
        let longest = Duration::from_secs(30);
        assert!(pause(0, longest) <= Duration::from_millis(250));
        assert!(pause(3, longest) >= Duration::from_millis(1200));
        for failures in [8, 40, u32::MAX] {
            assert!(pause(failures, longest) <= longest.mul_f64(1.25));
            assert!(pause(failures, longest) >= longest.mul_f64(0.75));
        }
    }

    #[test]
    fn each_password_is_shown_before_the_first_is_again_and_without_any_the_answer_to_an_enrolment_is_heard() {
        let device = DeviceId([1; 16]);
        let list = |passwords: &[&str]| passwords.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let of = |passwords| Options {
            broker: Broker { host: "127.0.0.1".into(), port: 1, tls: None },
            device,
            passwords,
            shown: 0,
            refused: 0,
        };
        let shown = |options: &mut Options| options.make().credentials().map(|login| login.password);
        let (change, passwords) = watch::channel(list(&["agreed", "signed"]));
        let mut two = of(passwords);
        assert_eq!(shown(&mut two).as_deref(), Some("agreed"));
        assert!(two.turn());
        assert_eq!(shown(&mut two).as_deref(), Some("signed"));
        assert!(!two.turn(), "all were refused");
        assert_eq!(shown(&mut two).as_deref(), Some("agreed"));
        assert_eq!(two.topics(), [topics::answers_to(device)]);

        // The second was let in, and is refused later: the first is shown before all are told to be refused.
        (two.shown, two.refused) = (1, 0);
        assert!(two.turn());
        assert_eq!(shown(&mut two).as_deref(), Some("agreed"));

        // Another key of the collector: the one before it is a fall-back.
        assert!(!two.turn());
        change.send_replace(list(&["of the new one", "agreed", "signed"]));
        assert_eq!(shown(&mut two).as_deref(), Some("of the new one"));
        assert!(two.turn());
        assert_eq!(shown(&mut two).as_deref(), Some("agreed"));

        let mut nobody = of(always(Vec::new()));
        assert!(!nobody.turn());
        assert_eq!(shown(&mut nobody), None);
        assert_eq!(nobody.topics(), [topics::answers_to(device), topics::enrolled(device)]);
        assert!(is_refused(&SubAck::new(1, vec![SubscribeReasonCode::Failure; 2])));
        let one = vec![SubscribeReasonCode::Failure, SubscribeReasonCode::Success(QoS::AtLeastOnce)];
        assert!(!is_refused(&SubAck::new(1, one)));
    }

    #[test]
    fn many_who_lost_a_broker_at_once_come_back_apart() {
        let time = Duration::from_secs(100);
        let times: Vec<Duration> = (0..200).map(|_| jittered(time)).collect();
        assert!(times.iter().all(|jittered| (time.mul_f64(0.75)..=time.mul_f64(1.25)).contains(jittered)));
        assert!(times.iter().any(|jittered| *jittered < time.mul_f64(0.9)), "some earlier");
        assert!(times.iter().any(|jittered| *jittered > time.mul_f64(1.1)), "some later");
    }
}
