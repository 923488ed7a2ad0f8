//! The broker behind the gate: rumqttd. Another one takes its place by being an [`Engine`].

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use attune_ground::tasks::Tasks;
use rumqttd::protocol::v4::V4;
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::lanes::ON_THE_WAY;
use super::{Behind, Login, MAX_PACKET, random_name};

/// Bytes of a segment of a topic's log; one message more may stand in it.
const SEGMENT: usize = 512 << 10;
/// Segments that are kept: what may be on the way, and as much again. rumqttd keeps them full for ever, read or not: 8 MiB
/// for each of two topics, and a third of a kilobyte beside each message, which it does not count. A million
/// acknowledgements leave 18 MiB, and the smallest messages that can be sent at most 60 MiB.
const SEGMENTS: usize = 2 * ON_THE_WAY as usize / SEGMENT;

/// How often it is looked whether rumqttd's own thread lives.
const LOOK: Duration = Duration::from_secs(1);

/// A broker within this program, for two clients: the gate and the collector's own. It speaks MQTT 3.1.1, passes on what is published
/// with QoS 1 under two topics ([`super::lanes`]), and keeps nothing retained. What is lost with it is sent again by its devices, for
/// those keep what the database has not committed: so it may keep everything in memory, within bounds.
pub(super) trait Engine: Send + Sized + 'static {
    /// One that will listen at a loopback address, and cuts off who does not show this login.
    fn ready(address: SocketAddr, login: &Login) -> Self;

    /// Serves on our own runtime until it stops, which it never should, and logs why. Its end is noticed by the name of its task.
    fn serve(self) -> impl Future<Output = ()> + Send;
}

/// Starts one at a free port, with a login that nobody guesses.
pub(super) fn start<E: Engine>(tasks: &Tasks) -> io::Result<(Behind, Embedded)> {
    let (address, held) = free_port()?;
    let login = Login { user: random_name("attune"), password: random_name("p") };
    let engine = E::ready(address, &login);
    Ok((Behind { address, login }, watched(tasks, engine, held)))
}

/// rumqttd. MQTT 3.1.1 only, because a version-5 message with properties can poison its version-4 subscribers.
pub(super) struct Rumqttd {
    server: Server<V4>,
    /// Whether its own thread has died.
    is_gone: Box<dyn Fn() -> bool + Send>,
}

impl Engine for Rumqttd {
    fn ready(address: SocketAddr, login: &Login) -> Self {
        // A thread of rumqttd's own.
        let router = Router::new(0, router()).spawn();
        let server = Server::new(settings(address, login), router.clone(), V4);
        Self { server, is_gone: Box::new(move || router.is_disconnected()) }
    }

    async fn serve(self) {
        let Self { mut server, is_gone } = self;
        tokio::select! {
            ended = server.start(LinkType::Remote) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "Embedded broker stopped.");
                }
            }
            () = until(is_gone) => tracing::error!("The thread of the embedded broker has died."),
        }
    }
}

/// A port that is free, and what keeps it from everybody but the broker, which binds it again. On Linux a socket that is bound
/// and does not listen lets in who may use an address again, as rumqttd does; the system gives its port to nobody else.
fn free_port() -> io::Result<(SocketAddr, Option<TcpSocket>)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok((socket.local_addr()?, cfg!(target_os = "linux").then_some(socket)))
}

fn router() -> RouterConfig {
    RouterConfig {
        max_connections: 16,
        max_outgoing_packet_count: 200,
        max_segment_size: SEGMENT,
        max_segment_count: SEGMENTS,
        ..RouterConfig::default()
    }
}

fn settings(address: SocketAddr, login: &Login) -> ServerSettings {
    ServerSettings {
        name: "attune".into(),
        listen: address,
        tls: None,
        // Strangers on this port: a hundred a second for a second each, and no more than that many descriptors.
        next_connection_delay_ms: 10,
        connections: ConnectionSettings {
            connection_timeout_ms: 1000,
            max_payload_size: MAX_PACKET,
            max_inflight_count: 100,
            auth: Some(HashMap::from([(login.user.clone(), login.password.clone())])),
            external_auth: None,
            dynamic_filters: false,
        },
    }
}

/// Has it serve until it stops.
fn watched(tasks: &Tasks, engine: impl Engine, held: Option<TcpSocket>) -> Embedded {
    Embedded(tasks.spawn("the embedded broker", async move {
        let _held = held;
        engine.serve().await;
    }))
}

/// Waits until something is so that nobody tells.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(LOOK).await;
    }
}

/// The broker at work. It takes no more connections when dropped.
#[derive(Debug)]
pub(crate) struct Embedded(pub(crate) JoinHandle<()>);

impl Drop for Embedded {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use rumqttd::local::LinkBuilder;
    use rumqttd::protocol::{Disconnect, DisconnectReasonCode, Packet};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_thread_of_the_broker_s_own_that_dies_is_noticed() {
        let (address, held) = free_port().expect("a free port");
        let login = Login { user: "user".into(), password: "password".into() };
        let router = Router::new(0, router()).spawn();
        let (mut link, ..) = LinkBuilder::new("one", router.clone()).build().expect("let in");
        let server = Server::new(settings(address, &login), router.clone(), V4);
        let (tasks, lives) = (Tasks::default(), Duration::from_millis(1500));
        let engine = Rumqttd { server, is_gone: Box::new(move || router.is_disconnected()) };
        let _embedded = watched(&tasks, engine, held);
        assert!(timeout(lives, tasks.lost()).await.is_err(), "it lives");
        // rumqttd falls over what is asked by who has gone.
        let gone = Disconnect { reason_code: DisconnectReasonCode::NormalDisconnection };
        link.send(Packet::Disconnect(gone, None)).await.expect("sent");
        link.shadow("topic").expect("asked");
        assert_eq!(timeout(Duration::from_secs(10), tasks.lost()).await, Ok("the embedded broker"));
    }
}
