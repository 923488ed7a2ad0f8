//! The door through which clients come: how many there may be, from where, and how long each may take for what it does, so
//! that whoever holds connections, heads or bodies half-sent keeps nobody else out.

mod connection;
mod crowd;
mod incoming;
mod limits;
mod own;
mod seat;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

use super::{Client, Tls, Traffic};
use crowd::Crowd;

pub use limits::Limits;
pub use seat::{MaybeSeat, Seat};

/// Put into the extensions of an answer that goes on without an end, and tells of what is new: its connection gives way to a newcomer where
/// there is no room, and a stop waits for it no longer than for one that asks nothing.
#[derive(Clone, Copy, Debug)]
pub struct Listens;

/// Before another connection is accepted after the system had no descriptor for one.
const BREATH: Duration = Duration::from_millis(50);

/// What a client is told for whom there is no place. It may not have asked yet.
const CROWDED: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\ncache-control: no-store\r\n",
    "x-content-type-options: nosniff\r\ncontent-type: application/problem+json\r\ncontent-length: 107\r\n\r\n",
    r#"{"status":503,"title":"Service Unavailable","detail":"as many clients as may be are served now; try again"}"#,
);

/// Answers clients with `app`, over TLS where there is some, until told to stop, then finishes what was asked. Dropped, it
/// ends all connections at once.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    app: Router,
    limits: Limits,
    traffic: Arc<Traffic>,
    mut stop: watch::Receiver<bool>,
) {
    let crowd = Crowd::new(limits, traffic);
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        tokio::select! {
            () = told(&mut stop) => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => match crowd.admit(from.ip()) {
                    Some(place) => {
                        // Without it answers come later; nothing else depends on it.
                        let _ = stream.set_nodelay(true);
                        let client = Client { address: from.ip().to_canonical(), secure: tls.is_some() };
                        let (app, stopped) = (app.clone(), stopped.clone());
                        match tls.clone() {
                            Some(tls) => connections.spawn(connection::greet(stream, tls, place, client, app, stopped)),
                            None => connections.spawn(connection::serve(stream, place, client, app, stopped)),
                        };
                        // Who came before is looked at before the next comes, however fast they come.
                        yield_now().await;
                    }
                    None if tls.is_none() => turn_away(&stream),
                    None => {} // told without a handshake, it would not be understood
                },
                // No descriptors, or a client that is gone already.
                Err(_) => sleep(BREATH).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Waits until the program stops.
async fn told(stop: &mut watch::Receiver<bool>) {
    // Who could tell has gone: that is a stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Tells a client that there is no place for it, if it can be told at once.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(CROWDED.as_bytes());
}
