//! rumqttd, behind the gate. Another broker that speaks MQTT 3.1.1 and checks a password can take its place here.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

use attune_ground::tasks::Tasks;
use rumqttd::protocol::v4::V4;
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};
use tokio::task::JoinHandle;

use super::lanes::ON_THE_WAY;
use super::{Behind, Login, MAX_PACKET, random_name};

/// Bytes of a segment of a topic's log; one message more may stand in it.
const SEGMENT: usize = 512 << 10;
/// Segments that are kept: what may be on the way, and as much again. rumqttd keeps them full for ever, read or not: 8 MiB
/// for each of two topics, and a third of a kilobyte beside each message, which it does not count. A million
/// acknowledgements leave 18 MiB, and the smallest messages that can be sent at most 60 MiB.
const SEGMENTS: usize = 2 * ON_THE_WAY as usize / SEGMENT;

/// Starts rumqttd on our own runtime, on a free loopback port and for two clients: the gate and the collector's own. Who
/// does not know the password is cut off. MQTT 3.1.1 only, because a version-5 message with properties can poison its
/// version-4 subscribers.
///
/// It keeps everything in memory; that loses nothing, for agents keep what the database has not committed.
pub(super) fn start(tasks: &Tasks) -> io::Result<(Behind, Embedded)> {
    // Bound once to learn a free port; rumqttd binds again.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr())?;
    let login = Login { user: random_name("attune"), password: random_name("p") };
    let router = RouterConfig {
        max_connections: 16,
        max_outgoing_packet_count: 200,
        max_segment_size: SEGMENT,
        max_segment_count: SEGMENTS,
        ..RouterConfig::default()
    };
    let settings = ServerSettings {
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
    };
    let mut server = Server::new(settings, Router::new(0, router).spawn(), V4);
    let serving = tasks.spawn("the embedded broker", async move {
        if let Err(error) = server.start(LinkType::Remote).await {
            tracing::error!(%error, "Embedded broker stopped.");
        }
    });
    Ok((Behind { address, login }, Embedded(serving)))
}

/// The broker at work. It takes no more connections when dropped.
#[derive(Debug)]
pub(crate) struct Embedded(pub(crate) JoinHandle<()>);

impl Drop for Embedded {
    fn drop(&mut self) {
        self.0.abort();
    }
}
