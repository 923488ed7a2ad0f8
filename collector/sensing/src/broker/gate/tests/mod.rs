//! The gate before the real broker, with real clients and with sockets that speak as they like.

mod bytes;
mod five;
mod flood;
mod logins;
#[cfg(target_os = "linux")]
mod memory;
mod rules;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use ::bytes::BytesMut;
use attune_ground::http::Greeter;
use attune_ground::tasks::Tasks;
use attune_people::accounts::DeviceKeys;
use attune_protocol::envelope::Kind;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::{KeyPair, PublicKey};
use attune_protocol::{login, topics};
use rumqttc::mqttbytes::v4::{Connect, Packet, Publish, Subscribe};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, QoS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::limits::Limits;
use super::{Answer, Gate, GateCounts, Register, Unavailable};
use crate::broker::{Access, Behind, embedded};

/// What a device sends so that the collector of these tests acknowledges it.
const GENUINE: &[u8] = b"genuine";
/// What the collector answers: the head of an acknowledgement.
const ACKNOWLEDGED: [u8; 4] = [b'A', b'T', 1, Kind::Ack as u8];
/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// For whom devices sign.
static COLLECTOR: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::from_secret(&[7; 32])));
/// And for whom those do that have not taken its new key.
static COLLECTOR_BEFORE: LazyLock<Arc<KeyPair>> = LazyLock::new(|| Arc::new(KeyPair::from_secret(&[6; 32])));

/// Who is enrolled, and who was revoked; none where it cannot be looked.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<Option<Devices>>>);

#[derive(Clone, Default)]
struct Devices {
    enrolled: HashMap<DeviceId, DeviceKeys>,
    changed: Vec<DeviceId>,
    /// How often it was looked who has changed.
    looks: usize,
    former_seen: Vec<DeviceId>,
}

impl Known {
    fn change(&self, change: impl FnOnce(&mut Option<Devices>)) {
        change(&mut self.0.lock().expect("unpoisoned"));
    }

    fn look<T: Send + 'static>(&self, look: impl FnOnce(&Devices) -> T) -> Answer<'_, T> {
        let seen = self.0.lock().expect("unpoisoned").as_ref().map(look).ok_or(Unavailable);
        Box::pin(async move { seen })
    }
}

impl Register for Known {
    fn keys_of(&self, device: DeviceId) -> Answer<'_, Option<DeviceKeys>> {
        self.look(|devices| devices.enrolled.get(&device).cloned())
    }

    fn saw_former(&self, device: DeviceId) -> Answer<'_, ()> {
        self.change(|devices| devices.as_mut().expect("it can be looked").former_seen.push(device));
        self.look(|_| ())
    }

    fn changed(&self) -> Answer<'_, Vec<(DeviceId, Option<PublicKey>)>> {
        self.change(|devices| devices.iter_mut().for_each(|devices| devices.looks += 1));
        self.look(|devices| {
            let key = |device: &DeviceId| devices.enrolled.get(device).map(|keys| keys.key);
            devices.changed.iter().map(|device| (*device, key(device))).collect()
        })
    }

    fn collector(&self) -> Vec<Arc<KeyPair>> {
        vec![Arc::clone(&COLLECTOR), Arc::clone(&COLLECTOR_BEFORE)]
    }
}

/// The broker, the gate before it, and a collector that acknowledges what is genuine.
struct Stand {
    known: Known,
    gate: Gate,
    behind: Behind,
    access: Access,
    collector: JoinHandle<()>,
    _embedded: embedded::Embedded,
}

impl Stand {
    async fn start() -> Self {
        Self::with(Limits::with_descriptors(attune_ground::descriptors::Descriptors::of(4096))).await
    }

    async fn with(limits: Limits) -> Self {
        Self::of(limits, None).await
    }

    async fn of(limits: Limits, greeter: Option<Greeter>) -> Self {
        let known = Known::default();
        known.change(|devices| *devices = Some(Devices::default()));
        let (behind, embedded) = embedded::start::<embedded::Rumqttd>(&Tasks::default()).expect("starts");
        let (flow, listen) = (Arc::default(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let (login, lanes) = (Some(behind.login.clone()), Some(Arc::clone(&flow)));
        let access = Access { address: behind.address.into(), login, lanes };
        let who: (Box<dyn Register>, _) = (Box::new(known.clone()), greeter);
        let gate = Gate::with(limits, listen, who, (behind.clone(), flow), &Tasks::default()).expect("opens");
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let collector = tokio::spawn(collect(access.clone(), ready));
        timeout(LONG, is_ready).await.expect("in time").expect("subscribed");
        gate.shared.up.clone().wait_for(|up| *up).await.expect("the link goes on");
        Self { known, gate, behind, access, collector, _embedded: embedded }
    }

    fn counts(&self) -> GateCounts {
        self.gate.watch().counts()
    }

    /// Waits until so many were refused for a reason.
    async fn refused(&self, reason: &str, count: u64) {
        let enough = async {
            while self.counts().refused[reason] < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let counted = timeout(LONG, enough).await;
        assert!(counted.is_ok(), "{reason} is not counted: {:?}", self.counts());
    }

    /// Waits until it was looked again who has changed.
    async fn looked_again(&self) {
        let looks = || self.known.0.lock().expect("unpoisoned").as_ref().map(|devices| devices.looks);
        let before = looks();
        let again = async {
            // The first one behind this may have begun before it.
            while looks() < before.map(|looks| looks + 2) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONG, again).await.expect("it is looked each second");
    }

    /// Waits until nobody is connected.
    async fn is_empty(&self) {
        let empty = async {
            while self.counts().connections > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONG, empty).await.expect("everybody has left");
    }

    async fn raw(&self) -> Raw {
        Raw { stream: TcpStream::connect(self.gate.address()).await.expect("listens"), read: BytesMut::new() }
    }

    /// A socket whose CONNECT was accepted.
    async fn connected_by(&self, connect: &[u8]) -> Raw {
        let mut raw = self.raw().await;
        raw.send(connect).await;
        assert_eq!(raw.reply().await, Some(vec![0x20, 2, 0, 0]));
        raw
    }

    /// Has a device enrolled, and gives the password by which it proves that.
    fn enrol(&self, id: DeviceId) -> String {
        let key = KeyPair::generate();
        self.known.change(|devices| {
            let keys = DeviceKeys { key: key.public(), former: Vec::new(), collector: None };
            devices.as_mut().expect("it can be looked").enrolled.insert(id, keys);
        });
        login::agreed(id, &key.public(), &COLLECTOR).expect("it is a key")
    }

    fn device(&self) -> Device {
        let id = DeviceId::random();
        let password = self.enrol(id);
        let mut options = MqttOptions::new(format!("device/{id}+#$"), "127.0.0.1", self.gate.address().port());
        options.set_keep_alive(Duration::from_secs(30)).set_max_packet_size(1 << 20, 1 << 20);
        options.set_credentials(login::name(id), password);
        let (client, events) = AsyncClient::new(options, 16);
        Device { id, client, events }
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.collector.abort();
    }
}

async fn collect(access: Access, ready: tokio::sync::oneshot::Sender<()>) {
    let mut ready = Some(ready);
    let (client, mut events) = AsyncClient::new(access.client_options("collector"), 1024);
    client.subscribe(access.filters(None)[0].clone(), QoS::AtLeastOnce).await.expect("asked");
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::SubAck(_))) => drop(ready.take().map(|ready| ready.send(()))),
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let message = access.open(publish).expect("the gate's");
                access.taken(message.mark);
                if let Some(topics::Inbound::Batches(device)) = topics::parse(&message.topic)
                    && message.payload.starts_with(GENUINE)
                {
                    let mut answer = ACKNOWLEDGED.to_vec();
                    answer.extend_from_slice(&message.payload);
                    let (topic, payload) = access.close(topics::answers_to(device), answer);
                    client.try_publish(topic, QoS::AtLeastOnce, false, payload).expect("room");
                }
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// A real client.
struct Device {
    id: DeviceId,
    client: AsyncClient,
    events: EventLoop,
}

impl Device {
    /// Subscribes and sends one batch, again and again as an agent does, until it is acknowledged.
    async fn is_acknowledged(&mut self) {
        let mut payload = GENUINE.to_vec();
        payload.resize(2048, 0);
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    self.client.try_subscribe(topics::answers_to(self.id), QoS::AtLeastOnce).expect("room");
                    let topic = topics::batches_of(self.id);
                    self.client.try_publish(topic, QoS::AtLeastOnce, false, payload.clone()).expect("room");
                }
                Ok(Event::Incoming(Packet::Publish(answer))) => {
                    assert_eq!(answer.topic, topics::answers_to(self.id));
                    return;
                }
                Ok(_) => {}
                Err(_) => {
                    self.events.clean();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

/// A socket that says what it is told.
struct Raw {
    stream: TcpStream,
    read: BytesMut,
}

impl Raw {
    async fn send(&mut self, bytes: &[u8]) {
        // Refused by the system once the gate has cut it off, which is what some tests want.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next packet's bytes; none when the connection was ended.
    async fn reply(&mut self) -> Option<Vec<u8>> {
        loop {
            if let [_, len, ..] = self.read[..]
                && self.read.len() >= 2 + usize::from(len)
            {
                return Some(self.read.split_to(2 + usize::from(len)).to_vec());
            }
            let more = timeout(LONG, self.stream.read_buf(&mut self.read)).await.expect("an answer or the end");
            if !matches!(more, Ok(1..)) {
                return None;
            }
        }
    }

    async fn is_cut(&mut self) {
        assert_eq!(self.reply().await, None, "the connection is ended");
    }
}

fn encoded(packet: &Packet) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, usize::MAX).expect("encodes");
    bytes.to_vec()
}

fn connect() -> Vec<u8> {
    encoded(&Packet::Connect(Connect::new("anybody")))
}

/// A CONNECT under a device's id.
fn connect_as(id: DeviceId, password: &str) -> Vec<u8> {
    let mut connect = Connect::new("anybody");
    connect.set_login(login::name(id), password);
    encoded(&Packet::Connect(connect))
}

fn publish(topic: &str, qos: QoS, payload: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut publish = Publish::new(topic, qos, payload);
    publish.pkid = 7;
    encoded(&Packet::Publish(publish))
}

fn subscribe(filter: &str) -> Vec<u8> {
    let mut subscribe = Subscribe::new(filter, QoS::AtLeastOnce);
    subscribe.pkid = 9;
    encoded(&Packet::Subscribe(subscribe))
}
