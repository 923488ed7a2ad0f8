//! rumqttd, behind the gate. Another broker that speaks MQTT 3.1.1 and checks a password can take its place here.

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

/// Starts rumqttd on our own runtime, on a free loopback port and for two clients: the gate and the collector's own. Who
/// does not know the password is cut off. MQTT 3.1.1 only, because a version-5 message with properties can poison its
/// version-4 subscribers.
///
/// It keeps everything in memory; that loses nothing, for agents keep what the database has not committed.
pub(super) fn start(tasks: &Tasks) -> io::Result<(Behind, Embedded)> {
    let (address, held) = free_port()?;
    let login = Login { user: random_name("attune"), password: random_name("p") };
    // A thread of rumqttd's own.
    let router = Router::new(0, router()).spawn();
    let server = Server::new(settings(address, &login), router.clone(), V4);
    Ok((Behind { address, login }, watched(tasks, server, held, move || router.is_disconnected())))
}

/// A port that is free, and what keeps it from everybody but rumqttd, which binds it again. On Linux a socket that is bound
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

/// Has it serve until it stops, or its router is gone.
fn watched(
    tasks: &Tasks,
    mut server: Server<V4>,
    held: Option<TcpSocket>,
    router_is_gone: impl Fn() -> bool + Send + 'static,
) -> Embedded {
    Embedded(tasks.spawn("the embedded broker", async move {
        let _held = held;
        tokio::select! {
            ended = server.start(LinkType::Remote) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "Embedded broker stopped.");
                }
            }
            () = until(router_is_gone) => tracing::error!("The thread of the embedded broker has died."),
        }
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
        let _embedded = watched(&tasks, server, held, move || router.is_disconnected());
        assert!(timeout(lives, tasks.lost()).await.is_err(), "it lives");
        // rumqttd falls over what is asked by who has gone.
        let gone = Disconnect { reason_code: DisconnectReasonCode::NormalDisconnection };
        link.send(Packet::Disconnect(gone, None)).await.expect("sent");
        link.shadow("topic").expect("asked");
        assert_eq!(timeout(Duration::from_secs(10), tasks.lost()).await, Ok("the embedded broker"));
    }
}
