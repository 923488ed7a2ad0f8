//! The MQTT broker: embedded for one machine, or any external one.

mod embedded;

use std::net::SocketAddr;
use std::time::Duration;

use rumqttc::MqttOptions;

use attune_ground::GroundError;

/// Which broker is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Broker {
    /// rumqttd within this program, on a loopback address. Port 0 takes a free one.
    Embedded(SocketAddr),
    /// Any MQTT broker that runs elsewhere, at `mqtt://HOST:PORT`.
    External(String),
}

/// The most bytes of one MQTT packet: a batch with its topic.
pub const MAX_PACKET: usize = attune_protocol::batch::MAX_ENCODED + 1024;

/// Where the broker is, once it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerAddress {
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl BrokerAddress {
    /// As agents are told it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mqtt://{}:{}", self.host, self.port)
    }

    /// Options of a client that keeps up with batches.
    pub(crate) fn client_options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, self.host.clone(), self.port);
        options.set_keep_alive(Duration::from_secs(15));
        options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
        options.set_clean_session(true);
        options
    }
}

/// Starts the embedded broker, or reads where the external one is.
///
/// # Errors
/// When the address is taken or not on loopback, or the URL does not read.
pub fn start(broker: &Broker) -> Result<BrokerAddress, GroundError> {
    match broker {
        Broker::Embedded(listen) => {
            let address: SocketAddr = embedded::start(*listen)?;
            Ok(BrokerAddress { host: address.ip().to_string(), port: address.port() })
        }
        Broker::External(url) => parse_url(url),
    }
}

fn parse_url(url: &str) -> Result<BrokerAddress, GroundError> {
    let wrong = || GroundError::Config("broker.url must be mqtt://HOST:PORT".into());
    let (host, port) = url.strip_prefix("mqtt://").and_then(|rest| rest.rsplit_once(':')).ok_or_else(wrong)?;
    if host.is_empty() {
        return Err(wrong());
    }
    Ok(BrokerAddress { host: host.into(), port: port.parse().map_err(|_| wrong())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_url_reads_or_says_what_a_right_one_is() {
        let read = parse_url("mqtt://broker.example:1883").expect("reads");
        assert_eq!(read.url(), "mqtt://broker.example:1883");
        for wrong in ["broker.example", "mqtt://:1883", "mqtt://host", "mqtt://host:99999", "http://host:1"] {
            let error = parse_url(wrong).expect_err("refused").to_string();
            assert!(error.contains("mqtt://HOST:PORT"), "{error}");
        }
    }
}
