//! A socket: how it is opened, kept and closed.

use std::time::Duration;

use attune_ground::http::door::{MaybeSeat, Seat};
use attune_ground::http::{Path, Problem};
use attune_people::me::Own;
use attune_people::rights::{Asker, Means};
use attune_people::sign_in;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use tokio::time::{Instant, sleep_until, timeout};

use super::session::{Session, Then};
use super::shape::{User, error};
use crate::places::Place;
use crate::state::Talks;
use crate::written::{LONGEST_ROOM, written};

/// Bytes of a message: a turn whose letters are all written in escapes, and some.
const LARGEST: usize = 64 << 10;
/// What a socket reads and writes at a time. There may be thousands.
const BUFFER: usize = 4 << 10;
/// What waits to be written at most.
const MOST_UNWRITTEN: usize = 256 << 10;

/// How often it is asked whether somebody is there.
const PING: Duration = Duration::from_secs(30);
/// After how long without a sign of them they are taken for gone.
const SILENT: Duration = Duration::from_secs(95);
/// How long a client may take for a message.
const SEND: Duration = Duration::from_secs(20);

/// Opens the socket of a room.
pub(super) async fn open(
    asker: Asker,
    State(state): State<Talks>,
    Path(room): Path<String>,
    MaybeSeat(seat): MaybeSeat,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade =
        upgrade.map_err(|_| Problem::bad_request("upgrade", "this is a socket: ask for it with ws:// or wss://"))?;
    let own = Own::of(state.people(), &asker).await?;
    state.check_kept()?;
    let room = written("room", &room, LONGEST_ROOM)?;
    let user = User::of(&state, &own).await?;
    let place = state.places().take(own.login);
    let place = place.ok_or_else(|| Problem::too_many("you have as many sockets open as may be: close one", 5))?;
    let upgrade = upgrade
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(MOST_UNWRITTEN);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let session = Session::new(&state, own, user, &room);
        let kept = Kept { state, asker, _place: place };
        keep(socket, session, kept, seat).await;
    }))
}

/// What a socket holds as long as it is open.
struct Kept {
    state: Talks,
    asker: Asker,
    _place: Place,
}

impl Kept {
    /// Whether whoever opened it may still ask: who signs out, or whose account is closed, is told nothing more.
    async fn may_go_on(&self) -> Result<bool, Problem> {
        let Means::Login { login, person, session, .. } = self.asker.means() else { return Ok(false) };
        if session.is_some() {
            return Ok(sign_in::may_still_ask(self.state.people(), &self.asker).await?);
        }
        let found = sign_in::find(self.state.store(), self.state.people().keys(), *login).await?;
        Ok(found.is_some_and(|found| found.disabled_at.is_none() && found.person == *person))
    }
}

/// Waits until the door wants the place back; for ever where it came through no door.
async fn leave(seat: &mut Option<Seat>) {
    match seat {
        Some(seat) => seat.told_to_leave().await,
        None => std::future::pending().await,
    }
}

/// Keeps a socket until its client leaves, is silent, may not ask any more, or has to give way.
async fn keep(mut socket: WebSocket, mut session: Session, kept: Kept, mut seat: Option<Seat>) {
    if let Some(seat) = &seat {
        seat.listens();
    }
    let (mut ping_at, mut silent_at) = (Instant::now() + PING, Instant::now() + SILENT);
    loop {
        let then = tokio::select! {
            came = socket.recv() => {
                silent_at = Instant::now() + SILENT;
                match came {
                    Some(Ok(Message::Text(text))) => session.heard(&text).await,
                    Some(Ok(Message::Binary(_))) => Then::Say(vec![error("messages are text").into()]),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => Then::Say(Vec::new()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                }
            }
            told = session.told() => match told {
                Some(told) => Then::Say(vec![told]),
                None => break,
            },
            () = sleep_until(ping_at) => {
                ping_at = Instant::now() + PING;
                let may = kept.may_go_on().await.unwrap_or(false);
                if !may || !sent(&mut socket, Message::Ping(Bytes::new())).await {
                    break;
                }
                Then::Say(Vec::new())
            }
            () = sleep_until(silent_at) => break,
            () = leave(&mut seat) => {
                sent(&mut socket, Message::Close(None)).await;
                break;
            }
        };
        let (texts, is_over) = match then {
            Then::Say(texts) => (texts, false),
            Then::SayAndLeave(texts) => (texts, true),
        };
        let mut is_gone = false;
        for text in texts {
            is_gone = is_gone || !sent(&mut socket, Message::Text(Utf8Bytes::from(&*text))).await;
        }
        if is_gone || is_over {
            if is_over {
                sent(&mut socket, Message::Close(None)).await;
            }
            break;
        }
    }
    session.left().await;
}

/// Sends a message; gives whether its client takes it.
async fn sent(socket: &mut WebSocket, message: Message) -> bool {
    timeout(SEND, socket.send(message)).await.is_ok_and(|sent| sent.is_ok())
}
