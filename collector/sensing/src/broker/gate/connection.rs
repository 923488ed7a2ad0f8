//! One client's connection, from its CONNECT to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use bytes::{Bytes, BytesMut};
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
use super::routes::{self, Told};
use super::shared::Shared;
use super::speech::{Reply, Said, Speech, Takes};
use super::standing::Standing;

/// Replies that wait to be written; a client that does not read them is not read either.
const REPLIES: usize = 16;
/// Bytes of a buffer that is kept for the next packet.
const KEPT: usize = 4 << 10;
/// For telling a client why it is cut off.
const FAREWELL: Duration = Duration::from_millis(500);

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
    let Welcome { speech, standing, silence, takes } =
        match timeout_at(until, welcome(&mut frames, &mut writer, shared)).await {
            Ok(Ok(welcome)) => welcome,
            Ok(Err(end)) => return end,
            Err(_) => return End::Refused(Refusal::Silent),
        };
    frames.speak(speech);
    place.has_connected();
    match standing {
        Standing::Device(device, key) => {
            place.is_proved();
            shared.present.enter(device, Some(key), &place.guest);
        }
        Standing::Unknown(device) => shared.present.enter(device, None, &place.guest),
        Standing::Nobody => {}
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
    let patience = shared.limits.patience;
    let end = tokio::select! {
        end = session.read(&mut frames, silence) => end,
        end = write(&mut writer, (speech, takes), (to_reply, to_answer), &window, patience) => return end,
    };
    if let End::Refused(why) = end
        && let Some(goodbye) = speech.goodbye(why)
    {
        let told = async {
            writer.write_all(&goodbye).await?;
            writer.flush().await
        };
        // A courtesy: who does not hear it is cut off all the same.
        let _ = timeout(FAREWELL, told).await;
    }
    // Within TLS who is cut off without a word takes it for an attack.
    let _ = timeout(FAREWELL, writer.shutdown()).await;
    end
}

/// A client that was let in.
struct Welcome {
    speech: Speech,
    standing: Standing,
    /// How long it may be silent.
    silence: Duration,
    takes: Takes,
}

/// Reads a CONNECT and answers it.
async fn welcome(
    frames: &mut Frames<impl AsyncRead + Unpin>,
    writer: &mut (impl AsyncWrite + Unpin),
    shared: &Shared,
) -> Result<Welcome, End> {
    let frame = frames.connect().await?;
    let (welcome, answer) = match Speech::of(&frame) {
        Err((why, answer)) => (Err(why), answer),
        Ok(speech) => match let_in(speech, frame, shared).await {
            Ok((welcome, name)) => (Ok(welcome), speech.yes(name)),
            Err(why) => (Err(why), speech.no(why)),
        },
    };
    writer.write_all(&answer).await?;
    writer.flush().await?;
    Ok(welcome?)
}

/// Whether a client may come in, with a name where it has none.
async fn let_in(speech: Speech, frame: BytesMut, shared: &Shared) -> Result<(Welcome, Option<String>), Refusal> {
    let hello = speech.hello(frame)?;
    if !*shared.up.borrow() {
        return Err(Refusal::Away);
    }
    let standing = Standing::of(hello.login.as_ref(), shared.register.as_ref()).await?;
    let silence = match hello.keep_alive {
        0 => shared.limits.silence,
        seconds => Duration::from_secs(u64::from(seconds)) * 3 / 2,
    };
    let name = hello.is_nameless.then(|| crate::broker::random_name("device"));
    Ok((Welcome { speech, standing, silence, takes: hello.takes }, name))
}

/// Answers that the client has not confirmed.
#[derive(Default)]
struct Window {
    unconfirmed: AtomicUsize,
    at_most_once: AtomicBool,
    moved: Notify,
}

impl Window {
    async fn room(&self, most: usize) {
        while self.unconfirmed.load(Ordering::Relaxed) >= most {
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
    replies: mpsc::Sender<Reply>,
    answers: mpsc::Sender<Told>,
}

impl Session<'_> {
    async fn read(&mut self, frames: &mut Frames<impl AsyncRead + Unpin>, silence: Duration) -> End {
        let mut pace = Pace::new(Arc::clone(&self.guest), Arc::clone(&self.shared));
        loop {
            let (standing, device) = (self.standing, self.device);
            let said = match frames.next(silence, &mut pace, |topic| standing.most(topic, device)).await {
                Ok(said) => said,
                Err(end) => return end,
            };
            if let Err(end) = self.take(said).await {
                return end;
            }
        }
    }

    async fn take(&mut self, said: Said) -> Result<(), End> {
        match said {
            Said::Publish { topic, payload, retain, id } => self.publish(topic, payload, retain, id).await,
            Said::Subscribe { id, filters } => self.subscribe(id, filters).await,
            Said::Ping => self.reply(Reply::Pong).await,
            Said::Confirmed => {
                self.window.confirm();
                Ok(())
            }
            Said::Goodbye => Err(End::Left),
        }
    }

    async fn publish(&mut self, topic: String, payload: Bytes, retain: bool, id: Option<u16>) -> Result<(), End> {
        if payload.len() > self.standing.most(&topic, self.device)? {
            return Err(Refusal::Oversized.into());
        }
        let inbound = topics::parse(&topic).ok_or(Refusal::Topic)?;
        let (topics::Inbound::Batches(device) | topics::Inbound::Enrolment(device)) = inbound;
        self.device = Some(device);
        // Who asks to be enrolled asks once, and must not give way for that before who floods.
        if matches!(inbound, topics::Inbound::Batches(_)) {
            self.guest.has_published();
        }
        self.shared.counters.publish(retain);
        let (posted, post) = oneshot::channel();
        let letter = Letter { topic, payload, posted };
        let line = if self.guest.is_known() { &self.shared.known } else { &self.shared.strangers };
        line.send(letter).await.map_err(|_| Refusal::Away)?;
        post.await.map_err(|_| Refusal::Away)?;
        match id {
            None => Ok(()),
            Some(id) => self.reply(Reply::Published(id)).await,
        }
    }

    async fn subscribe(&mut self, id: u16, filters: Vec<(String, bool)>) -> Result<(), End> {
        let mut granted = Vec::with_capacity(filters.len());
        for (filter, at_most_once) in filters {
            let wanted = routes::device_of(&filter).filter(|device| self.device.is_none_or(|own| own == *device));
            let Some(device) = wanted else {
                granted.push(None);
                continue;
            };
            self.device = Some(device);
            self.shared.routes.listen(device, &self.guest, self.standing, self.answers.clone());
            self.window.at_most_once.store(at_most_once, Ordering::Relaxed);
            granted.push(Some(at_most_once));
        }
        self.reply(Reply::Subscribed(id, granted)).await
    }

    async fn reply(&self, reply: Reply) -> Result<(), End> {
        self.replies.send(reply).await.map_err(|_| End::Left)
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
    (speech, takes): (Speech, Takes),
    (mut replies, mut answers): (mpsc::Receiver<Reply>, mpsc::Receiver<Told>),
    window: &Window,
    patience: Duration,
) -> End {
    let mut last: u16 = 0;
    let mut bytes = BytesMut::new();
    loop {
        let reply = tokio::select! {
            Some(reply) = replies.recv() => reply,
            Some(Told { topic, payload }) = async { window.room(takes.unconfirmed).await; answers.recv().await } => {
                let id = (!window.at_most_once.load(Ordering::Relaxed)).then(|| last % u16::MAX + 1);
                let answer = Reply::Answer { topic, payload, id };
                // What it does not take it is not sent: the device asks again, and is told no more.
                if !answer.fits(takes) {
                    continue;
                }
                if let Some(id) = id {
                    window.unconfirmed.fetch_add(1, Ordering::Relaxed);
                    last = id;
                }
                answer
            }
            else => return End::Left,
        };
        if !speech.write(reply, &mut bytes) {
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
