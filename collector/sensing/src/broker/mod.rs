//! The MQTT broker: embedded for one machine, or any external one.

mod embedded;
mod gate;
mod lanes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::tasks::Tasks;
use attune_protocol::broker::BrokerAddress;
use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use bytes::Bytes;
use rumqttc::{MqttOptions, Publish};

use lanes::Flow;

pub use gate::{GateCounts, GateWatch};

/// Which broker is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Broker {
    /// rumqttd within this program, behind a gate that listens on a loopback address. Port 0 takes a free one.
    Embedded(SocketAddr),
    /// Any MQTT broker that runs elsewhere, at `mqtt://HOST:PORT`.
    External(String),
}

/// The most bytes of one MQTT packet: a batch with its topic.
pub const MAX_PACKET: usize = attune_protocol::batch::MAX_ENCODED + 1024;

/// The most bytes of a packet of an external broker that are read. A larger one ends the connection, so the limit lies far above
/// what is taken in: others on that broker can publish, and have it keep, what no device of ours sends.
const MOST_READ: usize = 16 * MAX_PACKET;

/// A broker that runs.
#[derive(Debug)]
pub(crate) struct Started {
    /// Where agents connect to.
    pub address: BrokerAddress,
    /// How the collector's own client connects.
    pub access: Access,
    pub(crate) embedded: Option<(gate::Gate, embedded::Embedded)>,
}

impl Started {
    /// What the gate counts, where there is one.
    pub(crate) fn gate(&self) -> Option<GateWatch> {
        self.embedded.as_ref().map(|(gate, _)| gate.watch())
    }
}

/// The broker behind the gate.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    address: SocketAddr,
    login: Login,
}

/// What only the gate and the collector's own client know. Drawn anew at every start.
#[derive(Clone)]
pub(crate) struct Login {
    user: String,
    password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(..)")
    }
}

/// How the collector's own client connects, and how its messages look there.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    address: BrokerAddress,
    /// Behind the gate.
    lanes: Option<(Login, Arc<Flow>)>,
}

/// A device's message.
#[derive(Debug)]
pub(crate) struct Message {
    pub topic: String,
    pub payload: Bytes,
    /// Where it stands among those that the gate sent.
    pub mark: Mark,
}

/// A place among the messages that the gate sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(u64);

impl Access {
    /// Options of a client that keeps up with batches.
    pub(crate) fn client_options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, self.address.host.clone(), self.address.port);
        options.set_keep_alive(Duration::from_secs(15));
        options.set_max_packet_size(if self.lanes.is_some() { MAX_PACKET } else { MOST_READ }, MAX_PACKET);
        options.set_clean_session(true);
        if let Some((login, _)) = &self.lanes {
            options.set_credentials(login.user.clone(), login.password.clone());
        }
        options
    }

    /// Before a client connects again: rumqttd takes the end of the last connection of a name for that of the next.
    pub(crate) fn renew(&self, options: &mut MqttOptions) {
        if let Some((_, flow)) = &self.lanes {
            flow.lost();
            options.set_client_id(random_name("attune-collector"));
        }
    }

    /// What to subscribe to for what devices send, shared with the other collectors of a group.
    pub(crate) fn filters(&self, group: Option<&str>) -> Vec<String> {
        let prefix = group.map(|group| format!("$share/{group}/")).unwrap_or_default();
        match self.lanes {
            Some(_) => vec![lanes::UP.to_owned()],
            None => [topics::ALL_BATCHES, topics::ALL_ENROLMENTS].map(|topic| format!("{prefix}{topic}")).into(),
        }
    }

    /// Reads a message that came. None where it is none of the gate's.
    pub(crate) fn open(&self, publish: Publish) -> Option<Message> {
        if self.lanes.is_none() {
            return Some(Message { topic: publish.topic, payload: publish.payload, mark: Mark(0) });
        }
        let (mark, topic, payload) = lanes::unpack_up(publish.payload)?;
        Some(Message { topic, payload, mark: Mark(mark) })
    }

    /// There is room for messages after this one.
    pub(crate) fn taken(&self, mark: Mark) {
        if let Some((_, flow)) = &self.lanes {
            flow.taken(mark.0);
        }
    }

    /// Topic and payload of a message for a device.
    pub(crate) fn close(&self, topic: String, payload: Vec<u8>) -> (String, Vec<u8>) {
        match self.lanes {
            Some(_) => (lanes::DOWN.to_owned(), lanes::pack_down(&topic, &payload).into()),
            None => (topic, payload),
        }
    }
}

/// Whether a broker could be started or reached with what is set for it; what is wrong reads "expected ...".
///
/// # Errors
/// When the embedded one's address is not on loopback, or the external one's URL does not read.
pub fn check(broker: &Broker) -> Result<(), &'static str> {
    match broker {
        Broker::Embedded(listen) if !listen.ip().is_loopback() => {
            Err("expected a loopback address: what devices send is not encrypted on its way")
        }
        Broker::Embedded(_) => Ok(()),
        Broker::External(url) => url.parse::<BrokerAddress>().map(drop),
    }
}

/// Starts the embedded broker and the gate before it, or reads where the external one is.
///
/// # Errors
/// When the address is taken or not on loopback, or the URL does not read.
pub(crate) fn start(broker: &Broker, tasks: &Tasks) -> Result<Started, GroundError> {
    let wrong = |problem| GroundError::Config(format!("broker: {problem}"));
    check(broker).map_err(wrong)?;
    match broker {
        Broker::Embedded(listen) => start_embedded(*listen, tasks),
        Broker::External(url) => {
            let address: BrokerAddress = url.parse().map_err(wrong)?;
            Ok(Started { access: Access { address: address.clone(), lanes: None }, address, embedded: None })
        }
    }
}

fn start_embedded(listen: SocketAddr, tasks: &Tasks) -> Result<Started, GroundError> {
    let refused = |source| GroundError::Listen { address: listen, key: "broker.listen", source };
    let (behind, embedded) = embedded::start(tasks).map_err(refused)?;
    let flow = Arc::<Flow>::default();
    let access = Access { address: behind.address.into(), lanes: Some((behind.login.clone(), Arc::clone(&flow))) };
    let gate = gate::Gate::open(listen, behind, flow, tasks).map_err(refused)?;
    Ok(Started { address: gate.address().into(), access, embedded: Some((gate, embedded)) })
}

/// A name that nobody guesses.
fn random_name(prefix: &str) -> String {
    format!("{prefix}-{}", DeviceId::random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_cannot_be_is_refused_with_what_would_be_right() {
        for (broker, problem) in [
            (Broker::Embedded(([127, 0, 0, 1], 8751).into()), None),
            (Broker::Embedded(([0, 0, 0, 0], 8751).into()), Some("expected a loopback address")),
            (Broker::External("mqtt://broker.example:1883".into()), None),
            (Broker::External("nonsense".into()), Some("expected mqtt://HOST:PORT")),
        ] {
            let wrong = check(&broker).err();
            assert_eq!(wrong.is_some(), problem.is_some(), "{broker:?}");
            assert!(wrong.unwrap_or_default().starts_with(problem.unwrap_or_default()), "{wrong:?}");
        }
    }
}
