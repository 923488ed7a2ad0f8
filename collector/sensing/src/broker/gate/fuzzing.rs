//! Bytes as a client sends them, through the gate's reader.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::descriptors::Descriptors;
use attune_people::accounts::DeviceKeys;
use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWriteExt as _, duplex};

use super::crowd::Crowd;
use super::frames::{End, Frames};
use super::limits::{Limits, Rate};
use super::pace::Pace;
use super::shared::Shared;
use super::speech::{Reply, Said, Speech};
use super::standing::{Answer, Register, Unavailable};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);
/// So much that nobody waits.
const ENDLESS: Rate = Rate { per_second: 1e12, burst: 1e12 };

/// A client that says, from its CONNECT on, or in a version of MQTT from behind it. The first byte says which, the second one how
/// many bytes come at a time. Whatever pieces they come in, they mean the same; and what is answered is read as it was meant.
pub(crate) fn client(bytes: &[u8]) {
    let Some(([begin, piece], rest)) = bytes.split_first_chunk() else { return };
    let speech = match begin % 3 {
        0 => None,
        1 => Some(Speech::Three),
        _ => Some(Speech::Five),
    };
    let whole = read_in_pieces(speech, rest, &[usize::MAX]);
    let cut = read_in_pieces(speech, rest, &[usize::from(*piece).max(1)]);
    assert_eq!(whole, cut);
    let (speech, said, end) = whole;
    if let (Some(speech), End::Refused(why)) = (speech, end) {
        let _ = (speech.no(why), speech.goodbye(why));
    }
    let Some(speech) = speech else { return };
    said.into_iter().for_each(|said| answered(speech, said));
}

/// Writes what is answered, and reads it again where it is of a kind that clients say, too.
fn answered(speech: Speech, said: Said) {
    let (reply, meant) = match said {
        Said::Publish { topic, payload, id, .. } => {
            let meant = Said::Publish { topic: topic.clone(), payload: payload.clone(), retain: false, id };
            (Reply::Answer { topic, payload, id }, Some(meant))
        }
        Said::Subscribe { id, filters } => {
            let answers = filters.iter().map(|(filter, once)| (!filter.contains('#')).then_some(*once)).collect();
            (Reply::Subscribed(id, answers), None)
        }
        Said::Ping => (Reply::Pong, None),
        Said::Confirmed | Said::Goodbye => return,
    };
    let mut bytes = BytesMut::new();
    if speech.write(reply, &mut bytes)
        && let Some(meant) = meant
    {
        assert_eq!(speech.read(&mut bytes), Some(meant));
        assert!(bytes.is_empty(), "one packet was written");
    }
}

/// Reads everything that comes in such pieces, from its CONNECT on or in a version: the version, what was said, and why it ended.
pub(crate) fn read_in_pieces(
    speech: Option<Speech>,
    bytes: &[u8],
    pieces: &[usize],
) -> (Option<Speech>, Vec<Said>, End) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("made");
    runtime.block_on(async {
        let (mut theirs, ours) = duplex(1 << 20);
        let (bytes, pieces) = (bytes.to_vec(), pieces.to_vec());
        let sending = tokio::spawn(async move {
            let mut rest = &bytes[..];
            for piece in pieces.into_iter().cycle() {
                let (now, later) = rest.split_at(piece.min(rest.len()));
                if theirs.write_all(now).await.is_err() || later.is_empty() {
                    return;
                }
                rest = later;
                tokio::task::yield_now().await;
            }
        });
        let (mut frames, mut speech, mut said) = (Frames::new(ours, LONG), speech, Vec::new());
        let end = read(&mut frames, &mut speech, &mut said).await;
        sending.abort();
        (speech, said, end)
    })
}

async fn read(frames: &mut Frames<impl AsyncRead + Unpin>, speech: &mut Option<Speech>, said: &mut Vec<Said>) -> End {
    let version = match *speech {
        Some(version) => version,
        None => {
            let connect = match frames.connect().await {
                Ok(connect) => connect,
                Err(end) => return end,
            };
            let version = match Speech::of(&connect) {
                Ok(version) => *speech.insert(version),
                Err((why, _)) => return why.into(),
            };
            match version.hello(connect) {
                Ok(hello) => drop(version.yes(hello.is_nameless.then(|| "fuzzing".to_owned()))),
                Err(why) => return why.into(),
            }
            version
        }
    };
    frames.speak(version);
    let mut pace = pace();
    loop {
        match frames.next(LONG, &mut pace, |_| Ok(1 << 16)).await {
            Ok(packet) => said.push(packet),
            Err(end) => return end,
        }
    }
}

/// A pace at which nobody waits.
fn pace() -> Pace {
    let mut limits = Limits::with_descriptors(Descriptors::of(4096));
    limits.of_stranger = (ENDLESS, ENDLESS);
    (limits.stranger_packets, limits.stranger_bytes, limits.packets, limits.bytes) =
        (ENDLESS, ENDLESS, ENDLESS, ENDLESS);
    (limits.machine.packets, limits.machine.bytes) = (ENDLESS, ENDLESS);
    let post = || tokio::sync::mpsc::channel(1).0;
    let who: (Box<dyn Register>, _) = (Box::new(Nobody), None);
    let up = tokio::sync::watch::channel(true).1;
    let shared = Arc::new(Shared::new(limits.clone(), who, [post(), post()], up));
    let place = Crowd::new(limits).admit(Ipv4Addr::LOCALHOST.into()).expect("room");
    Pace::new(Arc::clone(&place.guest), shared)
}

/// A register in which nobody stands.
struct Nobody;

impl Register for Nobody {
    fn keys_of(&self, _: DeviceId) -> Answer<'_, Option<DeviceKeys>> {
        Box::pin(async { Ok(None) })
    }

    fn saw_former(&self, _: DeviceId) -> Answer<'_, ()> {
        Box::pin(async { Err(Unavailable) })
    }

    fn changed(&self) -> Answer<'_, Vec<(DeviceId, Option<PublicKey>)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn collector(&self) -> Vec<PublicKey> {
        vec![[7; 32]]
    }
}
