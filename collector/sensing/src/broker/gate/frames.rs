//! Bytes into packets. What a packet may have is known before its body is read, and its body is read at the pace that its
//! sender has.

use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::time::timeout;

use super::counts::Refusal;
use super::limits::Limits;
use super::pace::Pace;
use super::speech::{Said, Speech};

const CONNECT: u8 = 0x10;
const SUBSCRIBE: u8 = 0x82;
const PUBACK: u8 = 0x40;
const PINGREQ: u8 = 0xC0;
const DISCONNECT: u8 = 0xE0;

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// Its client left, or broke off.
    Left,
    /// The gate ended it.
    Refused(Refusal),
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self::Left
    }
}

/// The packets of one connection.
pub(crate) struct Frames<R> {
    reader: BufReader<R>,
    frame: BytesMut,
    patience: Duration,
    speech: Speech,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(crate) fn new(reader: R, patience: Duration) -> Self {
        Self { reader: BufReader::with_capacity(1024, reader), frame: BytesMut::new(), patience, speech: Speech::Three }
    }

    /// The client speaks this version.
    pub(crate) fn speak(&mut self, speech: Speech) {
        self.speech = speech;
    }

    /// The first packet, whole and unread: it has to be a CONNECT.
    pub(crate) async fn connect(&mut self) -> Result<BytesMut, End> {
        if self.reader.read_u8().await? != CONNECT {
            return Err(Refusal::Malformed.into());
        }
        let len = self.head(CONNECT).await?;
        if len > Limits::CONNECT {
            return Err(Refusal::Oversized.into());
        }
        self.body(len).await?;
        Ok(std::mem::take(&mut self.frame))
    }

    /// The next packet. `bound` gives how many bytes may be published under a topic.
    pub(crate) async fn next(
        &mut self,
        silence: Duration,
        pace: &mut Pace,
        bound: impl FnOnce(&str) -> Result<usize, Refusal>,
    ) -> Result<Said, End> {
        let first = timeout(silence, self.reader.read_u8()).await.map_err(|_| Refusal::Idle)??;
        let patience = self.patience;
        let rest = timeout(patience, self.begin(first, bound)).await.map_err(|_| Refusal::Stalled)??;
        pace.packet().await;
        let _large = pace.body(rest).await;
        let mut left = rest;
        while left > 0 {
            let chunk = left.min(Limits::CHUNK);
            pace.bytes(chunk).await;
            timeout(patience, self.body(chunk)).await.map_err(|_| Refusal::Stalled)??;
            left -= chunk;
        }
        // Taken, not split off: a large packet's memory must not stay with a client that sends nothing of that size again.
        let mut frame = std::mem::take(&mut self.frame);
        match self.speech.read(&mut frame) {
            Some(said) if frame.is_empty() => Ok(said),
            _ => Err(Refusal::Malformed.into()),
        }
    }

    /// Reads up to where it is known how long a packet may be, and gives how many of its bytes are left.
    async fn begin(&mut self, first: u8, bound: impl FnOnce(&str) -> Result<usize, Refusal>) -> Result<usize, End> {
        if first >> 4 == 3 {
            return self.begin_publish(first, bound).await;
        }
        let beside = self.speech.properties();
        let (least, most) = match first {
            SUBSCRIBE => (6, Limits::SUBSCRIBE),
            PUBACK => (2, 2 + beside),
            DISCONNECT => (0, beside),
            PINGREQ => (0, 0),
            _ => return Err(Refusal::Malformed.into()),
        };
        let len = self.head(first).await?;
        match len {
            _ if len > most => Err(Refusal::Oversized.into()),
            _ if len < least => Err(Refusal::Malformed.into()),
            _ => Ok(len),
        }
    }

    async fn begin_publish(
        &mut self,
        first: u8,
        bound: impl FnOnce(&str) -> Result<usize, Refusal>,
    ) -> Result<usize, End> {
        let id = match first >> 1 & 3 {
            0 => 0,
            1 => 2,
            _ => return Err(Refusal::Qos.into()),
        };
        let len = self.head(first).await?;
        let Some(rest) = len.checked_sub(2 + id) else { return Err(Refusal::Malformed.into()) };
        self.body(2).await?;
        let topic = match self.frame[..] {
            [.., high, low] => usize::from(u16::from_be_bytes([high, low])),
            _ => 0,
        };
        if topic > Limits::TOPIC {
            return Err(Refusal::Topic.into());
        }
        let Some(payload) = rest.checked_sub(topic) else { return Err(Refusal::Malformed.into()) };
        self.body(topic).await?;
        let read = &self.frame[self.frame.len() - topic..];
        let most = bound(std::str::from_utf8(read).map_err(|_| Refusal::Malformed)?)?;
        // In version 5 properties stand before it: how large it is itself is known once they are read.
        if payload > most + self.speech.properties() {
            return Err(Refusal::Oversized.into());
        }
        Ok(id + payload)
    }

    /// Reads a fixed header's length: at most four bytes.
    async fn head(&mut self, first: u8) -> Result<usize, End> {
        self.frame.extend_from_slice(&[first]);
        let mut len = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.reader.read_u8().await?;
            self.frame.extend_from_slice(&[byte]);
            len |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(len);
            }
        }
        Err(Refusal::Malformed.into())
    }

    async fn body(&mut self, len: usize) -> Result<(), End> {
        let start = self.frame.len();
        self.frame.resize(start + len, 0);
        self.reader.read_exact(&mut self.frame[start..]).await?;
        Ok(())
    }
}
