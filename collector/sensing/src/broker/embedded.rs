use std::net::{SocketAddr, TcpListener};

use attune_ground::GroundError;
use rumqttd::protocol::v4::V4;
use rumqttd::{ConnectionSettings, LinkType, Router, RouterConfig, Server, ServerSettings};

use super::MAX_PACKET;

/// Starts rumqttd on our own runtime: MQTT 3.1.1 only, because a version-5 message with properties can poison its
/// version-4 subscribers, and on loopback only, because it knows no access rules of its own.
///
/// It keeps everything in memory; that loses nothing, for agents keep what the database has not committed.
pub(super) fn start(listen: SocketAddr) -> Result<SocketAddr, GroundError> {
    if !listen.ip().is_loopback() {
        return Err(GroundError::Config(
            "broker.listen must be a loopback address: the embedded broker knows no access rules".into(),
        ));
    }
    // Bound once to learn a free port and to name a taken one; rumqttd binds again and tells nobody when it cannot.
    let key = "broker.listen";
    let address = TcpListener::bind(listen)
        .and_then(|listener| listener.local_addr())
        .map_err(|source| GroundError::Listen { address: listen, key, source })?;
    let router = Router::new(0, router_config()).spawn();
    let mut server = Server::new(settings(address), router, V4);
    tokio::spawn(async move {
        if let Err(error) = server.start(LinkType::Remote).await {
            tracing::error!(%error, "Embedded broker stopped.");
        }
    });
    Ok(address)
}

fn router_config() -> RouterConfig {
    RouterConfig {
        max_connections: 10_000,
        max_outgoing_packet_count: 200,
        max_segment_size: 16 << 20,
        max_segment_count: 8,
        ..RouterConfig::default()
    }
}

fn settings(listen: SocketAddr) -> ServerSettings {
    ServerSettings {
        name: "attune".into(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 10_000,
            max_payload_size: MAX_PACKET,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    }
}
