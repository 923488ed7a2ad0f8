//! One client's connection, from its CONNECT to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use bytes::{Bytes, BytesMut};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, SubAck, Subscribe, SubscribeReasonCode,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::counts::Refusal;
use super::crowd::{Guest, Place};
use super::frames::{End, Frames};
use super::letter::Letter;
use super::limits::Limits;
use super::pace::Pace;
use super::routes;
use super::shared::Shared;
use super::standing::Standing;

/// Replies that wait to be written; a client that does not read them is not read either.
const REPLIES: usize = 16;
/// Bytes of a buffer that is kept for the next packet.
const KEPT: usize = 4 << 10;

/// Serves one connection to its end.
pub(crate) async fn serve(stream: TcpStream, place: Place, shared: Arc<Shared>) {
    let guest = Arc::clone(&place.guest);
    let end = tokio::select! {
        end = greet(stream, &place, &shared) => end,
        why = guest.dismissed() => End::Refused(why),
    };
    if let End::Refused(refusal) = end {
        shared.counters.refuse(refusal);
    }
}

/// In TLS or without, until a client has to have said who it is.
async fn greet(mut stream: TcpStream, place: &Place, shared: &Arc<Shared>) -> End {
    let until = Instant::now() + shared.limits.connect;
    let Some(greeter) = &shared.greeter else {
        let (reader, writer) = stream.split();
        return talk(reader, writer, until, place, shared).await;
    };
    match timeout_at(until, greeter.accept(stream)).await {
        Ok(Ok(stream)) => {
            let (reader, writer) = tokio::io::split(stream);
            talk(reader, writer, until, place, shared).await
        }
        Ok(Err(_)) => End::Refused(Refusal::Tls),
        Err(_) => End::Refused(Refusal::Silent),
    }
}

async fn talk(
    reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    until: Instant,
    place: &Place,
    shared: &Arc<Shared>,
) -> End {
    let mut frames = Frames::new(reader, shared.limits.patience);
    let (standing, silence) = match timeout_at(until, welcome(&mut frames, &mut writer, shared)).await {
        Ok(Ok(welcome)) => welcome,
        Ok(Err(end)) => return end,
        Err(_) => return End::Refused(Refusal::Silent),
    };
    place.has_connected();
    if let Standing::Device(device, key) = standing {
        place.is_proved();
        shared.present.enter(device, key, &place.guest);
    }
    let (replies, to_reply) = mpsc::channel(REPLIES);
    let (answers, to_answer) = mpsc::channel(Limits::ANSWERS);
    let window = Window::default();
    let mut session = Session {
        guest: Arc::clone(&place.guest),
        shared: Arc::clone(shared),
        standing,
        device: standing.device(),
        window: &window,
        replies,
        answers,
    };
    tokio::select! {
        end = session.read(&mut frames, silence) => end,
        end = write(&mut writer, to_reply, to_answer, &window, shared.limits.patience) => end,
    }
}

/// Reads a CONNECT and answers it. Gives who the client is, and how long it may be silent.
async fn welcome(
    frames: &mut Frames<impl AsyncRead + Unpin>,
    writer: &mut (impl AsyncWrite + Unpin),
    shared: &Shared,
) -> Result<(Standing, Duration), End> {
    let frame = frames.connect().await?;
    let (mut connect, mut reply) = judge(frame, shared);
    let mut standing = Standing::Nobody;
    if let Ok(asked) = &connect {
        match Standing::of(asked.login.as_ref(), shared.register.as_ref()).await {
            Ok(shown) => standing = shown,
            Err(refusal) => {
                reply = answer(match refusal {
                    Refusal::Login | Refusal::FormerKey => ConnectReturnCode::BadUserNamePassword,
                    _ => ConnectReturnCode::ServiceUnavailable,
                });
                connect = Err(refusal);
            }
        }
    }
    writer.write_all(&reply).await?;
    writer.flush().await?;
    let silence = match connect?.keep_alive {
        0 => shared.limits.silence,
        seconds => Duration::from_secs(u64::from(seconds)) * 3 / 2,
    };
    Ok((standing, silence))
}

/// A CONNACK.
fn answer(code: ConnectReturnCode) -> Bytes {
    let mut bytes = BytesMut::new();
    ConnAck::new(code, false).write(&mut bytes).expect("four bytes");
    bytes.freeze()
}

/// Whether a client may come in, whoever it is, and what it is told.
fn judge(mut frame: BytesMut, shared: &Shared) -> (Result<Connect, Refusal>, Bytes) {
    // One byte of length: a CONNECT of up to 127 bytes; two: all that are let in.
    let head = if frame.get(1).is_some_and(|byte| byte & 0x80 == 0) { 2 } else { 3 };
    match frame.get(head..head + 7) {
        Some([0, 4, b'M', b'Q', b'T', b'T', 4]) => {}
        // As version 5 says it: CONNACK with reason 0x84 and no properties.
        Some([0, 4, b'M', b'Q', b'T', b'T', 5]) => {
            return (Err(Refusal::Version), Bytes::from_static(&[0x20, 3, 0, 0x84, 0]));
        }
        Some([0, 4 | 6, b'M', b'Q', ..]) => {
            return (Err(Refusal::Version), answer(ConnectReturnCode::RefusedProtocolVersion));
        }
        _ => return (Err(Refusal::Malformed), Bytes::new()),
    }
    let reserved = frame.get(head + 7).is_none_or(|flags| flags & 1 == 1);
    let whole = frame.len();
    match Packet::read(&mut frame, whole) {
        Ok(Packet::Connect(connect)) if !reserved => {
            if connect.last_will.is_some() {
                (Err(Refusal::Will), answer(ConnectReturnCode::NotAuthorized))
            } else if connect.client_id.is_empty() && !connect.clean_session {
                (Err(Refusal::Malformed), answer(ConnectReturnCode::BadClientId))
            } else if !*shared.up.borrow() {
                (Err(Refusal::Away), answer(ConnectReturnCode::ServiceUnavailable))
            } else {
                (Ok(connect), answer(ConnectReturnCode::Success))
            }
        }
        _ => (Err(Refusal::Malformed), Bytes::new()),
    }
}

/// Answers that the client has not confirmed.
#[derive(Default)]
struct Window {
    unconfirmed: AtomicUsize,
    at_most_once: AtomicBool,
    moved: Notify,
}

impl Window {
    async fn room(&self) {
        while self.unconfirmed.load(Ordering::Relaxed) >= Limits::UNCONFIRMED {
            self.moved.notified().await;
        }
    }

    fn confirm(&self) {
        let fewer = |unconfirmed: usize| unconfirmed.checked_sub(1);
        if self.unconfirmed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer).is_ok() {
            self.moved.notify_one();
        }
    }
}

struct Session<'a> {
    guest: Arc<Guest>,
    shared: Arc<Shared>,
    standing: Standing,
    /// The one device that this connection speaks for, once it has named it.
    device: Option<DeviceId>,
    window: &'a Window,
    replies: mpsc::Sender<Packet>,
    answers: mpsc::Sender<Publish>,
}

impl Session<'_> {
    async fn read(&mut self, frames: &mut Frames<impl AsyncRead + Unpin>, silence: Duration) -> End {
        let mut pace = Pace::new(Arc::clone(&self.guest), Arc::clone(&self.shared));
        loop {
            let (standing, device) = (self.standing, self.device);
            let packet = match frames.next(silence, &mut pace, |topic| standing.most(topic, device)).await {
                Ok(packet) => packet,
                Err(end) => return end,
            };
            if let Err(end) = self.take(packet).await {
                return end;
            }
        }
    }

    async fn take(&mut self, packet: Packet) -> Result<(), End> {
        match packet {
            Packet::Publish(publish) => self.publish(publish).await,
            Packet::Subscribe(subscribe) => self.subscribe(subscribe).await,
            Packet::PingReq => self.reply(Packet::PingResp).await,
            Packet::PubAck(_) => {
                self.window.confirm();
                Ok(())
            }
            Packet::Disconnect => Err(End::Left),
            _ => Err(Refusal::Malformed.into()),
        }
    }

    async fn publish(&mut self, publish: Publish) -> Result<(), End> {
        let inbound = topics::parse(&publish.topic).ok_or(Refusal::Topic)?;
        let (topics::Inbound::Batches(device) | topics::Inbound::Enrolment(device)) = inbound;
        self.device = Some(device);
        self.guest.has_published();
        self.shared.counters.publish(publish.retain);
        let (posted, post) = oneshot::channel();
        let letter = Letter { topic: publish.topic, payload: publish.payload, posted };
        let line = if self.guest.is_known() { &self.shared.known } else { &self.shared.strangers };
        line.send(letter).await.map_err(|_| Refusal::Away)?;
        post.await.map_err(|_| Refusal::Away)?;
        match publish.qos {
            QoS::AtMostOnce => Ok(()),
            _ => self.reply(Packet::PubAck(PubAck::new(publish.pkid))).await,
        }
    }

    async fn subscribe(&mut self, subscribe: Subscribe) -> Result<(), End> {
        let mut codes = Vec::with_capacity(subscribe.filters.len());
        for filter in &subscribe.filters {
            let wanted = routes::device_of(&filter.path).filter(|device| self.device.is_none_or(|own| own == *device));
            let Some(device) = wanted else {
                codes.push(SubscribeReasonCode::Failure);
                continue;
            };
            self.device = Some(device);
            self.shared.routes.listen(device, &self.guest, self.standing, self.answers.clone());
            let at_most_once = filter.qos == QoS::AtMostOnce;
            self.window.at_most_once.store(at_most_once, Ordering::Relaxed);
            let granted = if at_most_once { QoS::AtMostOnce } else { QoS::AtLeastOnce };
            codes.push(SubscribeReasonCode::Success(granted));
        }
        self.reply(Packet::SubAck(SubAck::new(subscribe.pkid, codes))).await
    }

    async fn reply(&self, packet: Packet) -> Result<(), End> {
        self.replies.send(packet).await.map_err(|_| End::Left)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(device) = self.device {
            self.shared.routes.leave(device, &self.guest);
            self.shared.present.leave(device, &self.guest);
        }
    }
}

/// Writes replies and answers. A client that does not take them in time is cut.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    mut replies: mpsc::Receiver<Packet>,
    mut answers: mpsc::Receiver<Publish>,
    window: &Window,
    patience: Duration,
) -> End {
    let mut id = 0;
    let mut bytes = BytesMut::new();
    loop {
        let packet = tokio::select! {
            Some(reply) = replies.recv() => reply,
            Some(mut answer) = async { window.room().await; answers.recv().await } => {
                if window.at_most_once.load(Ordering::Relaxed) {
                    answer.qos = QoS::AtMostOnce;
                } else {
                    window.unconfirmed.fetch_add(1, Ordering::Relaxed);
                    id = id % u16::MAX + 1;
                    answer.pkid = id;
                }
                Packet::Publish(answer)
            }
            else => return End::Left,
        };
        if packet.write(&mut bytes, usize::MAX).is_err() {
            return End::Refused(Refusal::Unread);
        }
        let written = async {
            writer.write_all(&bytes).await?;
            writer.flush().await
        };
        match timeout(patience, written).await {
            Ok(Ok(())) if bytes.capacity() <= KEPT => bytes.clear(),
            Ok(Ok(())) => bytes = BytesMut::new(),
            Ok(Err(_)) => return End::Left,
            Err(_) => return End::Refused(Refusal::Unread),
        }
    }
}
