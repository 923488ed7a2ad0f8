//! A device made by hand: it speaks the protocol over the real broker, rightly or wrongly.

use std::time::Duration;

use attune_protocol::ProtocolError;
use attune_protocol::ack::Ack;
use attune_protocol::batch::{Batch, Item};
use attune_protocol::consent::{Consent, Purpose};
use attune_protocol::enrol::{Code, EnrolOutcome, EnrolReply, EnrolRequest};
use attune_protocol::envelope::Kind;
use attune_protocol::features::Features;
use attune_protocol::ids::{DeviceId, Epoch, Seq};
use attune_protocol::pace::Pace;
use attune_protocol::record::{Coverage, Record};
use attune_protocol::registry::{Modality, motion};
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::window::Window;
use attune_protocol::wishes::{Followed, Wishes};
use attune_protocol::withdrawals::Withdrawals;
use attune_protocol::{login, topics};
use rumqttc::{Client, ConnectReturnCode, Connection, ConnectionError, Event, MqttOptions, Packet, QoS};

use crate::collector::Collector;

const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// It is enrolled once.
const ENROLMENT: u32 = 1;

/// A device with its keys and its connection.
pub struct Device {
    /// Its identifier.
    pub id: DeviceId,
    /// Its key pair.
    pub key: KeyPair,
    /// Its outbox store.
    pub epoch: Epoch,
    broker: String,
    client: Client,
    connection: Connection,
    collector: Option<PublicKey>,
    /// Whether it shows the password that it agrees on with its collector, and none before.
    agrees: bool,
    /// Answers that overtook the PUBACK.
    early: std::collections::VecDeque<Vec<u8>>,
}

impl Device {
    /// A device that is connected under its id and listens for answers, but is not enrolled.
    ///
    /// # Panics
    /// When the broker's URL has no port.
    #[must_use]
    pub fn connect(collector: &Collector) -> Self {
        Self::connect_as(collector, DeviceId::random())
    }

    /// As [`Device::connect`], under an id that may be another's.
    ///
    /// # Panics
    /// As [`Device::connect`].
    #[must_use]
    pub fn connect_as(collector: &Collector, id: DeviceId) -> Self {
        Self::linked(collector, id, false)
    }

    /// A device that is connected without a name, as an agent that asks to be enrolled.
    ///
    /// # Panics
    /// As [`Device::connect`].
    #[must_use]
    pub fn newcomer(collector: &Collector) -> Self {
        Self::linked(collector, DeviceId::random(), true)
    }

    fn linked(collector: &Collector, id: DeviceId, agrees: bool) -> Self {
        let (client, connection) = link(collector.broker(), id, (!agrees).then_some("none"));
        Self {
            id,
            key: KeyPair::generate(),
            epoch: Epoch::random(),
            broker: collector.broker().into(),
            client,
            connection,
            collector: None,
            agrees,
            early: Default::default(),
        }
    }

    /// Listens to what is not for it, as far as the broker lets it.
    ///
    /// # Panics
    /// When the broker does not answer.
    pub fn listen_to(&mut self, filter: &str) {
        self.client.subscribe(filter, QoS::AtLeastOnce).expect("the request fits the queue");
        let answered = self.poll(|event| matches!(event, Event::Incoming(Packet::SubAck(_))).then_some(()));
        answered.expect("the broker answers");
    }

    /// Connects again, to a collector that was started again.
    ///
    /// # Panics
    /// As [`Device::connect`].
    pub fn reconnect(&mut self, collector: &Collector) {
        self.broker = collector.broker().into();
        self.log_in();
    }

    /// Whether the broker says that it is not who it says.
    pub fn is_refused(&mut self) -> bool {
        let started = std::time::Instant::now();
        while started.elapsed() < ANSWER_WITHIN {
            match self.connection.recv_timeout(Duration::from_secs(1)) {
                Ok(Err(ConnectionError::ConnectionRefused(
                    ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
                ))) => return true,
                Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => return false,
                _ => {}
            }
        }
        false
    }

    /// Connects anew, with what proves who it is once it is enrolled; where it does not agree on a password, as one of an earlier version.
    fn log_in(&mut self) {
        let password = self.collector.map(|collector| match self.agrees {
            true => login::passwords(self.id, &self.key, &collector).swap_remove(0),
            false => login::signed(self.id, &self.key, &collector),
        });
        (self.client, self.connection) = link(&self.broker, self.id, Some(password.as_deref().unwrap_or("none")));
        self.early.clear();
    }

    /// Connects and enrols a device for `user`, with consent to motion as its item 0.
    ///
    /// # Panics
    /// When the collector refuses.
    #[must_use]
    pub fn enrolled(collector: &Collector, user: &str) -> Self {
        let mut device = Self::connect(collector);
        assert!(device.ask_to_enrol(&collector.code(user)), "a fresh code is accepted");
        device.consent();
        device
    }

    /// Tells of consent to motion, as its item 0.
    ///
    /// # Panics
    /// When that is not acknowledged.
    pub fn consent(&mut self) {
        let consent = Consent {
            modality: Modality::Motion,
            purpose: Purpose::Wellbeing,
            granted: true,
            version: 1,
            at_millis: 1_767_603_600_000,
            text: None,
        };
        self.send(vec![Item { seq: Seq(0), bytes: consent.encode() }]);
        self.acknowledged();
    }

    /// Shows a code and gives whether the collector accepted it.
    ///
    /// # Panics
    /// When the collector does not answer.
    pub fn ask_to_enrol(&mut self, code: &str) -> bool {
        let code = Code::of(code);
        let request = EnrolRequest::new(self.id, self.key.public(), ENROLMENT, self.epoch, &code);
        self.publish(&topics::enrolment_of(self.id), request.encode(&self.key));
        let reply = self.answer().expect("the collector answers an enrolment");
        let reply = EnrolReply::decode(&reply).expect("the answer is a reply");
        let proved = reply.proves(&code, &request);
        self.collector = proved.then_some(reply.collector_key);
        let is_enrolled = proved && reply.outcome == EnrolOutcome::Accepted;
        if is_enrolled {
            self.log_in();
        }
        is_enrolled
    }

    /// A signed batch of this device.
    ///
    /// # Panics
    /// When the items are too many.
    #[must_use]
    pub fn batch(&self, items: Vec<Item>) -> Vec<u8> {
        let (device, epoch, enrolment) = (self.id, self.epoch, ENROLMENT);
        let batch = Batch { device, epoch, enrolment, sent_at_millis: now_millis(), items };
        batch.encode(&self.key).expect("a few items")
    }

    /// Sends items as it should.
    pub fn send(&mut self, items: Vec<Item>) {
        let batch = self.batch(items);
        self.publish(&topics::batches_of(self.id), batch);
    }

    /// Publishes anything anywhere.
    ///
    /// # Panics
    /// When the broker has gone.
    pub fn publish(&mut self, topic: &str, payload: Vec<u8>) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).expect("the request fits the queue");
        // Requests leave only while the connection is polled; PUBACK says that it is out.
        let mut answers = Vec::new();
        let sent = self.poll(|event| match event {
            Event::Incoming(Packet::PubAck(_)) => Some(()),
            Event::Incoming(Packet::Publish(publish)) => {
                answers.push(publish.payload.to_vec());
                None
            }
            _ => None,
        });
        sent.expect("the broker takes it");
        self.early.extend(answers);
    }

    /// The runs of sequence numbers that the collector's next acknowledgement settles.
    ///
    /// # Panics
    /// When none comes.
    pub fn acknowledged(&mut self) -> Vec<(Seq, Seq)> {
        self.acknowledgement().settled.iter().map(|run| (run.first, run.last)).collect()
    }

    /// The collector's next acknowledgement.
    ///
    /// # Panics
    /// When none comes.
    pub fn acknowledgement(&mut self) -> Ack {
        let key = self.collector.expect("the device is enrolled");
        loop {
            let answer = self.answer().expect("the collector acknowledges");
            match Ack::decode(&answer, &key) {
                // Told again until it is confirmed.
                Err(ProtocolError::UnexpectedKind {
                    found: Kind::Withdrawals | Kind::Wishes | Kind::Pace | Kind::NewCollectorKey,
                    ..
                }) => {}
                ack => return ack.expect("the answer is an acknowledgement"),
            }
        }
    }

    /// What the collector asks next of the pace.
    ///
    /// # Panics
    /// When it asks for nothing.
    pub fn asked_for_less_haste(&mut self) -> Pace {
        let key = self.collector.expect("the device is enrolled");
        loop {
            let answer = self.answer().expect("the collector asks for less haste");
            if let Ok(said) = Pace::decode(&answer, &key, self.id) {
                return said;
            }
        }
    }

    /// What the collector says next that the person withdrew in the browser.
    ///
    /// # Panics
    /// When that does not come, or something else does.
    pub fn withdrawals(&mut self) -> Withdrawals {
        let answer = self.answer().expect("the collector tells it");
        let key = self.collector.expect("the device is enrolled");
        Withdrawals::decode(&answer, &key, self.id, ENROLMENT).expect("what was withdrawn, and signed")
    }

    /// What the collector says next that the person chose in the browser.
    ///
    /// # Panics
    /// When that does not come, or something else does.
    pub fn wishes(&mut self) -> Wishes {
        let answer = self.answer().expect("the collector tells it");
        let key = self.collector.expect("the device is enrolled");
        Wishes::decode(&answer, &key, self.id, ENROLMENT).expect("what was chosen, and signed")
    }

    /// Says which number of what was chosen it follows.
    pub fn follow(&mut self, number: i64) {
        let said = Followed { device: self.id, enrolment: ENROLMENT, number };
        self.publish(&topics::batches_of(self.id), said.encode(&self.key));
    }

    fn answer(&mut self) -> Option<Vec<u8>> {
        if let Some(early) = self.early.pop_front() {
            return Some(early);
        }
        self.poll(|event| match event {
            Event::Incoming(Packet::Publish(publish)) => Some(publish.payload.to_vec()),
            _ => None,
        })
    }

    fn poll<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> Option<T> {
        let started = std::time::Instant::now();
        while started.elapsed() < ANSWER_WITHIN {
            match self.connection.recv_timeout(Duration::from_secs(1)) {
                Ok(Ok(event)) => {
                    if let Some(found) = wanted(event) {
                        return Some(found);
                    }
                }
                // It connects again with the next look: not so often that the broker does nothing else.
                Ok(Err(_)) => std::thread::sleep(Duration::from_millis(50)),
                Err(_) => {}
            }
        }
        None
    }
}

/// A connection of a device that listens for its answers.
fn link(broker: &str, id: DeviceId, password: Option<&str>) -> (Client, Connection) {
    let (host, port) = broker.trim_start_matches("mqtt://").split_once(':').expect("host and port");
    // As an agent has it: a broker would give its connection to whoever comes under the same name.
    let name = format!("attune-agent-{id}-{:08x}", fastrand::u32(..));
    let mut options = MqttOptions::new(name, host, port.parse().expect("a port"));
    options.set_max_packet_size(1 << 20, 1 << 20);
    if let Some(password) = password {
        options.set_credentials(login::name(id), password);
    }
    let (client, connection) = Client::new(options, 100);
    let enrolled = password.is_none().then(|| topics::enrolled(id));
    for topic in [topics::answers_to(id)].into_iter().chain(enrolled) {
        client.subscribe(topic, QoS::AtLeastOnce).expect("the request fits the queue");
    }
    (client, connection)
}

/// The wall clock, Unix milliseconds: a device whose clock is far from the collector's puts that one in doubt.
fn now_millis() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.expect("it is after 1970").as_millis()).expect("a time of today")
}

/// An item with a motion record, kept under the first version of consent: `seq` counts on from the window of 2026-01-05 09:00.
///
/// # Panics
/// Never: the numbers are small.
#[must_use]
pub fn motion_item(seq: u64) -> Item {
    motion_item_of(seq, Window::containing(1_767_603_600_000 + i64::try_from(seq).expect("a small number") * 10_000))
}

/// As [`motion_item`], of any window.
#[must_use]
pub fn motion_item_of(seq: u64, window: Window) -> Item {
    let mut features = Features::new(Modality::Motion);
    features.set(motion::INTENSITY, 0.01);
    let coverage = Coverage { expected: 500, received: 500, last_60_s: 1.0, last_300_s: 1.0, gap: None };
    let record = Record { consent: 1, ..Record::new(window, 1.0, coverage, features) };
    Item { seq: Seq(seq), bytes: record.encode() }
}
