//! What a thread writes, as the body of an answer.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use tokio::sync::mpsc;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;

/// Where a thread writes; it waits for whoever reads.
pub(super) struct Writer {
    out: mpsc::Sender<io::Result<Bytes>>,
    gathered: Vec<u8>,
}

/// The body.
pub(super) struct Streamed(mpsc::Receiver<io::Result<Bytes>>);

/// A body, and where it is written.
pub(super) fn streamed() -> (Writer, Streamed) {
    let (out, pieces) = mpsc::channel(4);
    (Writer { out, gathered: Vec::with_capacity(PIECE) }, Streamed(pieces))
}

impl Writer {
    /// Breaks the answer off, so that nobody takes what came for the whole.
    pub(super) fn fail(&self) {
        let _ = self.out.blocking_send(Err(io::Error::other("it could not be made whole")));
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.gathered));
        self.out.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
