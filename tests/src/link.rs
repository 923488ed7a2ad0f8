//! A device's connection to a broker that takes as little of the machine as it can: packets over a socket, with TLS or without.

use std::sync::Arc;

use attune_protocol::broker::{BrokerAddress, Trust};
use attune_protocol::ids::DeviceId;
use attune_protocol::{login, topics};
use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::v4::{ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, SubAck, Subscribe};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::tls;

const MAX_PACKET: usize = 1 << 20;
/// No connection is silent for longer.
const KEEP_ALIVE: u16 = 1200;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The way to a broker.
#[derive(Clone)]
pub struct Way {
    address: BrokerAddress,
    tls: Option<TlsConnector>,
}

impl Way {
    /// To the broker at an address as a collector tells it: plain, or known by its certificate.
    ///
    /// # Panics
    /// When the address does not read, or somebody else would have to vouch for it.
    #[must_use]
    pub fn to(address: &str) -> Self {
        let address: BrokerAddress = address.parse().expect("the address of a broker");
        let tls = address.tls.map(|trust| {
            let Trust::Certificate(digest) = trust else { panic!("{address} is not known by its certificate") };
            let bytes: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
            let client = tls::client(&bytes.join(":"), &[&rustls::version::TLS13]).expect("TLS 1.3 is there");
            TlsConnector::from(Arc::new(client))
        });
        Self { address, tls }
    }
}

/// A connection of one device, which listens to its answers.
pub struct Link {
    stream: Box<dyn Stream>,
    read: BytesMut,
    last: u16,
}

impl Link {
    /// Connects, and logs in where there is a password.
    ///
    /// # Panics
    /// When the broker does not let it in.
    pub async fn open(way: &Way, device: DeviceId, password: Option<String>) -> Self {
        let (host, port) = (way.address.host.as_str(), way.address.port);
        let plain = TcpStream::connect((host, port)).await.expect("the broker listens");
        plain.set_nodelay(true).expect("a socket of TCP");
        let stream: Box<dyn Stream> = match &way.tls {
            None => Box::new(plain),
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned()).expect("a name or an address");
                Box::new(tls.connect(name, plain).await.expect("the broker speaks TLS"))
            }
        };
        let mut link = Self { stream, read: BytesMut::new(), last: 1 };
        let mut hello = Connect::new(format!("crowd-{device}"));
        hello.keep_alive = KEEP_ALIVE;
        if let Some(password) = password {
            hello.set_login(login::name(device), password);
        }
        link.write(Packet::Connect(hello)).await;
        let answer = link.packet().await;
        let let_in = matches!(answer, Packet::ConnAck(ConnAck { code: ConnectReturnCode::Success, .. }));
        assert!(let_in, "let in: {answer:?}");
        let mut subscribe = Subscribe::new(topics::answers_to(device), QoS::AtLeastOnce);
        subscribe.pkid = link.last;
        link.write(Packet::Subscribe(subscribe)).await;
        let answer = link.packet().await;
        assert!(matches!(answer, Packet::SubAck(SubAck { .. })), "subscribed: {answer:?}");
        link
    }

    /// Publishes, and does not wait for the broker to say that it has it.
    pub async fn publish(&mut self, topic: &str, payload: Bytes) {
        self.last = self.last % u16::MAX + 1;
        let mut publish = Publish::from_bytes(topic, QoS::AtLeastOnce, payload);
        publish.pkid = self.last;
        self.write(Packet::Publish(publish)).await;
    }

    /// The next answer.
    pub async fn answer(&mut self) -> Bytes {
        loop {
            let Packet::Publish(publish) = self.packet().await else { continue };
            if publish.qos != QoS::AtMostOnce {
                self.write(Packet::PubAck(PubAck::new(publish.pkid))).await;
            }
            return publish.payload;
        }
    }

    async fn write(&mut self, packet: Packet) {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, MAX_PACKET).expect("a small packet");
        self.stream.write_all(&bytes).await.expect("the broker reads");
        self.stream.flush().await.expect("the broker reads");
    }

    async fn packet(&mut self) -> Packet {
        loop {
            match Packet::read(&mut self.read, MAX_PACKET) {
                Ok(packet) => return packet,
                Err(Error::InsufficientBytes(_)) => {
                    let read = self.stream.read_buf(&mut self.read).await.expect("the broker answers");
                    assert!(read > 0, "the broker has ended the connection");
                }
                Err(error) => panic!("a packet of the broker: {error}"),
            }
        }
    }
}
