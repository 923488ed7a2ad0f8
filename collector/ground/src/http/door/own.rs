//! Answers of hyper itself, to a head that does not read or is too long: nobody of ours is asked then. It says no more than
//! the status; here it becomes a problem, as every other refusal is.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::super::Problem;

/// A connection on which hyper's own answers are told as problems.
pub(super) struct Explained<T> {
    io: T,
    /// What is still to go out in the place of such an answer.
    left: Bytes,
}

impl<T: Write + Unpin> Explained<T> {
    pub(super) const fn new(io: T) -> Self {
        Self { io, left: Bytes::new() }
    }

    fn poll_left(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.left.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(context, &self.left))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.left.split_to(written);
        }
        Poll::Ready(Ok(()))
    }
}

/// Where at the end of what is written hyper's own answer begins, and what is to be said instead.
fn own_answer(written: &[u8]) -> Option<(usize, Bytes)> {
    let lines = written.strip_suffix(b"\r\n\r\n")?;
    // It is short: nothing before its own length is looked at.
    let from = lines.len().saturating_sub(LONGEST);
    let begins = from + lines[from..].windows(START.len()).rposition(|bytes| bytes == START)?;
    let head = std::str::from_utf8(&lines[begins..]).ok()?;
    let [status, "connection: close", "content-length: 0", date] = head.split("\r\n").collect::<Vec<_>>()[..] else {
        return None;
    };
    let status = status.get(START.len()..)?;
    let problem = match status.split(' ').next()? {
        "400" => Problem::bad_request("head", "the head of the request does not read as HTTP/1.1 has it"),
        "431" => Problem::head_too_large(),
        _ => return None,
    };
    let body = serde_json::to_string(&problem).ok()?;
    let told = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\ncontent-length: {}\r\n{date}\r\n\r\n{body}",
        body.len()
    );
    Some((begins, told.into()))
}

const START: &[u8] = b"HTTP/1.1 ";
/// Bytes of an answer of hyper's own, with room.
const LONGEST: usize = 256;

impl<T: Write + Unpin> Write for Explained<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_left(context))?;
        match own_answer(bytes) {
            Some((0, told)) => {
                self.left = told;
                // What does not go out now goes with the flush that follows.
                match self.poll_left(context) {
                    Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                    _ => Poll::Ready(Ok(bytes.len())),
                }
            }
            Some((begins, _)) => Pin::new(&mut self.io).poll_write(context, &bytes[..begins]),
            None => Pin::new(&mut self.io).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut there = pieces.iter().filter(|piece| !piece.is_empty());
        let first = there.next();
        // It is a head without a body, and nothing comes behind it.
        match (first, there.next_back().or(first)) {
            (Some(first), Some(last)) if own_answer(last).is_some() => self.poll_write(context, first),
            _ => {
                ready!(self.poll_left(context))?;
                Pin::new(&mut self.io).poll_write_vectored(context, pieces)
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_left(context))?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_left(context))?;
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl<T: Read + Unpin> Read for Explained<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str =
        "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";

    #[test]
    fn an_answer_of_hypers_own_is_known_wherever_it_begins_and_no_other_is() {
        let (begins, told) = own_answer(OWN.as_bytes()).expect("its own");
        assert_eq!(begins, 0);
        let told = String::from_utf8(told.to_vec()).expect("text");
        let (head, body) = told.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.ends_with(&format!("content-length: {}\r\ndate: now", body.len())), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["status"], 431);
        let behind = format!("HTTP/1.1 200 OK\r\ncontent-length: 600\r\n\r\n{}{OWN}", "x".repeat(600));
        assert_eq!(own_answer(behind.as_bytes()).map(|(begins, _)| begins), Some(behind.len() - OWN.len()));
        for other in [
            OWN.replace("431", "418"),
            OWN.replace("date", "allow: GET\r\ndate"),
            OWN.replace("length: 0", "length: 1"),
            format!("{OWN}x"),
            String::new(),
            "\r\n\r\n".into(),
        ] {
            assert!(own_answer(other.as_bytes()).is_none(), "{other}");
        }
    }
}
