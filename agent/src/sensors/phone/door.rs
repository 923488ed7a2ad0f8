//! Who may be connected: so many at a time, and each for so long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Connections at a time; one phone needs one.
const PLACES: usize = 16;
/// How long one may last, whatever it does: a phone makes a new one with its next push.
const LONGEST: Duration = Duration::from_secs(30);
/// Until the system is asked again for a connection that it could not give.
const PAUSE: Duration = Duration::from_secs(1);

/// Lets connections in.
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    longest: Duration,
}

impl Door {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(PLACES)), longest: LONGEST }
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        loop {
            let Ok(place) = self.places.clone().acquire_owned().await else {
                sleep(PAUSE).await; // it is never closed
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    return (Guest { stream, leaves: Box::pin(sleep(self.longest)), _place: place }, address);
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends in time.
pub(super) struct Guest {
    stream: TcpStream,
    leaves: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    fn within_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.leaves.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Guest {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.within_time(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.within_time(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn connections_that_say_nothing_are_few_and_end() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut door = Door { longest: Duration::from_millis(300), ..Door::new(listener) };
            let mut silent: Vec<_> = (0..=PLACES).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
            let mut guests = Vec::new();
            for _ in 0..PLACES {
                guests.push(door.accept().await.0);
            }
            let another = tokio::time::timeout(Duration::from_millis(100), door.accept()).await;
            assert!(another.is_err(), "all places are taken");
            let mut guest = guests.pop().unwrap();
            let error = tokio::io::AsyncReadExt::read(&mut guest, &mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            drop((guest, guests));
            assert_eq!(silent[0].read(&mut [0; 8]).unwrap(), 0, "it was closed");
            door.accept().await;
        });
    }
}
