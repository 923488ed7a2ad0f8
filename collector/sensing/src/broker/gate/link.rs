//! The gate's one connection to the broker behind it. All devices' messages go through it and all answers come through it,
//! so that connections of strangers never reach the broker.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, Packet, Publish, SubAck, Subscribe, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{interval, sleep, timeout};

use super::super::lanes::{self, Flow};
use super::super::{Behind, MAX_PACKET};
use super::letter::Letter;
use super::shared::Shared;

/// The packet id of the one subscription; messages have others.
const SUBSCRIPTION: u16 = u16::MAX;
const KEEP_ALIVE: u16 = 60;
const RETRY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(10);

/// Messages that wait for the link; those of known devices first.
pub(crate) struct Post {
    pub(crate) known: mpsc::Receiver<Letter>,
    pub(crate) strangers: mpsc::Receiver<Letter>,
}

impl Post {
    async fn next(&mut self) -> Option<Letter> {
        tokio::select! {
            biased;
            letter = self.known.recv() => letter,
            letter = self.strangers.recv() => letter,
        }
    }

    /// Lets those who wait know that the broker is away.
    fn return_all(&mut self) {
        while self.known.try_recv().is_ok() || self.strangers.try_recv().is_ok() {}
    }
}

type Waiting = Mutex<HashMap<u16, oneshot::Sender<()>>>;

/// Connects to the broker and connects again whenever that breaks.
pub(crate) async fn keep(
    behind: Behind,
    flow: Arc<Flow>,
    mut post: Post,
    shared: Arc<Shared>,
    up: watch::Sender<bool>,
) {
    loop {
        if let Ok(Ok(stream)) = timeout(PATIENCE, connect(&behind)).await {
            flow.lost();
            up.send_replace(true);
            let waiting = Waiting::default();
            let (reader, writer) = stream.into_split();
            tokio::select! {
                _ = hear(reader, &waiting, &shared) => {}
                _ = tell(writer, &waiting, &mut post, &flow) => {}
            }
            if up.send_replace(false) {
                tracing::warn!("The gate lost the broker behind it.");
            }
        }
        post.return_all();
        sleep(RETRY).await;
    }
}

async fn connect(behind: &Behind) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(behind.address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = BytesMut::new();
    // A name of its own for each connection: rumqttd takes the end of the last one of a name for that of the next.
    let mut hello = Connect::new(super::super::random_name("gate"));
    hello.keep_alive = KEEP_ALIVE;
    hello.set_login(behind.login.user.clone(), behind.login.password.clone());
    write(&mut stream, Packet::Connect(hello)).await?;
    match read(&mut stream, &mut buffer).await? {
        Packet::ConnAck(ConnAck { code: ConnectReturnCode::Success, .. }) => {}
        _ => return Err(io::ErrorKind::ConnectionRefused.into()),
    }
    // At most once: what is lost here is asked for again, and the reader never has to wait for the writer.
    let mut subscribe = Subscribe::new(lanes::DOWN, QoS::AtMostOnce);
    subscribe.pkid = SUBSCRIPTION;
    write(&mut stream, Packet::Subscribe(subscribe)).await?;
    match read(&mut stream, &mut buffer).await? {
        Packet::SubAck(SubAck { return_codes, .. }) if return_codes != [SubscribeReasonCode::Failure] => Ok(stream),
        _ => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}

async fn hear(mut reader: impl AsyncRead + Unpin, waiting: &Waiting, shared: &Shared) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        match read(&mut reader, &mut buffer).await? {
            Packet::PubAck(ack) => {
                let posted = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ack.pkid);
                // Fails only when the device has gone meanwhile.
                let _ = posted.map(|posted| posted.send(()));
            }
            Packet::Publish(publish) => {
                if let Some((topic, answer)) = lanes::unpack_down(publish.payload) {
                    shared.routes.deliver(&topic, &answer);
                }
            }
            _ => {}
        }
    }
}

async fn tell(mut writer: impl AsyncWrite + Unpin, waiting: &Waiting, post: &mut Post, flow: &Flow) -> io::Result<()> {
    let mut pings = interval(Duration::from_secs(u64::from(KEEP_ALIVE) / 2));
    let mut id = 0;
    loop {
        let next = async {
            flow.room().await;
            post.next().await
        };
        tokio::select! {
            letter = next => {
                let Some(Letter { topic, payload, posted }) = letter else { return Ok(()) };
                id = id % (SUBSCRIPTION - 1) + 1;
                waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, posted);
                let packed = lanes::pack_up(flow.send(payload.len()), &topic, &payload);
                let mut publish = Publish::from_bytes(lanes::UP, QoS::AtLeastOnce, packed);
                publish.pkid = id;
                write(&mut writer, Packet::Publish(publish)).await?;
            }
            _ = pings.tick() => write(&mut writer, Packet::PingReq).await?,
        }
    }
}

async fn write(writer: &mut (impl AsyncWrite + Unpin), packet: Packet) -> io::Result<()> {
    let mut bytes = BytesMut::new();
    packet.write(&mut bytes, MAX_PACKET).map_err(io::Error::other)?;
    timeout(PATIENCE, writer.write_all(&bytes)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

async fn read(reader: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> io::Result<Packet> {
    loop {
        match Packet::read(buffer, MAX_PACKET) {
            Ok(packet) => return Ok(packet),
            Err(Error::InsufficientBytes(_)) if reader.read_buf(buffer).await? > 0 => {}
            _ => return Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}
