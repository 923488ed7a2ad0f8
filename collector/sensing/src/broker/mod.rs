//! The MQTT broker: embedded for one machine, or any external one.
//!
//! All that the rest knows of it is [`Access`]: how to connect to it, what to subscribe to, how a message that comes is read and
//! one that goes is written. Ingest asks nothing else of a broker, whichever it is; that it answers is seen by the round trip of each
//! subscription and of the pings of the connection. A broker within this program is an [`embedded::Engine`] behind the gate; any other
//! is told by [`mosquitto`] who may do what there.

mod embedded;
mod gate;
mod lanes;
mod mosquitto;
mod register;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use attune_ground::GroundError;
use attune_ground::http::Tls;
use attune_ground::keys::OwnKeys;
use attune_ground::store::Store;
use attune_ground::tasks::Tasks;
use attune_protocol::broker::{BrokerAddress, Trust};
use attune_protocol::envelope::Kind;
use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use bytes::Bytes;
use rumqttc::{MqttOptions, Publish};

use lanes::Flow;

#[cfg(any(test, fuzzing))]
pub(crate) use gate::fuzzing::client;
pub use gate::{GateCounts, GateWatch};
pub(crate) use mosquitto::{command, keep_told};

/// Which broker is used.
#[derive(Clone, Debug)]
pub enum Broker {
    /// rumqttd within this program, behind a gate.
    Embedded(Embedding),
    /// Any MQTT broker that runs elsewhere.
    External(Outside),
}

/// A broker that runs elsewhere.
#[derive(Clone, Debug)]
pub struct Outside {
    /// Where it is: `mqtt://HOST:PORT` or `mqtts://HOST:PORT`.
    pub url: String,
    /// The name under which collectors sign in there, and the file of their password; none: they do not.
    pub login: Option<(String, PathBuf)>,
    /// The folder in which stands what a mosquitto is told of who may do what, for as long as this runs; none: nowhere.
    pub acl: Option<PathBuf>,
}

/// Where the gate listens, and how devices reach it.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Where it listens; off loopback only within TLS. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How devices reach it, where that is not where it listens; at port 0 where only its host is another.
    pub reached: Option<BrokerAddress>,
    /// The certificate that it shows.
    pub tls: Option<Certificate>,
}

impl Embedding {
    /// One that programs of this machine reach.
    #[must_use]
    pub fn on(listen: SocketAddr) -> Self {
        Self { listen, reached: None, tls: None }
    }

    /// How devices reach it, at the port that it listens at.
    fn address(&self, port: u16) -> BrokerAddress {
        let own = self.tls.as_ref().map(Certificate::trust);
        let here = || BrokerAddress { host: self.listen.ip().to_string(), port, tls: own };
        let mut reached = self.reached.clone().unwrap_or_else(here);
        if reached.port == 0 {
            reached.port = port;
        }
        // What is set says which certificate it is, or it is the one that is shown here.
        if matches!(reached.tls, Some(Trust::Roots)) && own.is_some() {
            reached.tls = own;
        }
        reached
    }
}

/// A certificate, and by what devices know it.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// It, and its key.
    pub tls: Tls,
    /// Whether devices know it by its fingerprint: nobody vouches for it.
    pub is_own: bool,
}

impl Certificate {
    fn trust(&self) -> Trust {
        if self.is_own { Trust::Certificate(self.tls.digest()) } else { Trust::Roots }
    }
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

/// With what the collector's own client signs in. Behind the gate only that one knows it besides, and it is drawn anew at every start.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Login {
    user: String,
    password: String,
}

impl Login {
    /// Of a name and the file of its password.
    ///
    /// # Errors
    /// When the file cannot be read, or there is no password in it.
    pub(crate) fn read((user, file): &(String, PathBuf)) -> Result<Self, GroundError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| GroundError::Config(format!("broker.password_file, {}: {error}", file.display())))?;
        let password = text.trim_end_matches(['\r', '\n']);
        if password.is_empty() || password.contains(char::is_control) {
            let problem = "expected one line, the password";
            return Err(GroundError::Config(format!("broker.password_file, {}: {problem}", file.display())));
        }
        Ok(Self { user: user.clone(), password: password.to_owned() })
    }
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
    login: Option<Login>,
    /// Behind the gate.
    lanes: Option<Arc<Flow>>,
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
        options.set_clean_session(true).set_transport(attune_transport::to(&self.address));
        if let Some(login) = &self.login {
            options.set_credentials(login.user.clone(), login.password.clone());
        }
        options
    }

    /// Before a client connects again: rumqttd takes the end of the last connection of a name for that of the next.
    pub(crate) fn renew(&self, options: &mut MqttOptions) {
        if let Some(flow) = &self.lanes {
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
        if let Some(flow) = &self.lanes {
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

    /// Where a message for a device is published besides. At a broker of somebody else's the answer to an enrolment stands where who
    /// is not enrolled yet may hear it, too.
    pub(crate) fn besides(&self, topic: &str, payload: &[u8]) -> Option<(String, Vec<u8>)> {
        // The fourth byte of every envelope is its kind.
        let is_reply = matches!(payload, [_, _, _, found, ..] if *found == Kind::EnrolReply as u8);
        let device = gate::device_of(topic).filter(|_| is_reply && self.lanes.is_none())?;
        Some((topics::enrolled(device), payload.to_vec()))
    }
}

/// Why an address that is not loopback is refused.
const IN_THE_OPEN: &str = "expected a loopback address, or TLS beside it (broker.tls.certificate and broker.tls.key, \
                           broker.tls.self_signed = true, or that of api.tls): what devices send goes over no network unencrypted";
/// Why an address that is nobody's is refused.
const NAMELESS: &str = "expected broker.public_url beside it: mqtts://HOST:PORT, by which devices reach this machine";

/// Whether the embedded broker may listen at an address; what is wrong reads "expected ...".
///
/// # Errors
/// When it is not on loopback and not encrypted, or devices would not know how to reach it.
pub fn check_embedded(listen: SocketAddr, is_encrypted: bool, is_named: bool) -> Result<(), &'static str> {
    match listen.ip() {
        ip if ip.is_loopback() => Ok(()),
        _ if !is_encrypted => Err(IN_THE_OPEN),
        ip if ip.is_unspecified() && !is_named => Err(NAMELESS),
        _ => Ok(()),
    }
}

/// Whether a URL is that of a broker; what is wrong reads "expected ...".
///
/// # Errors
/// When it does not read, or everybody on the way would read along and the way is not said to be `private`.
pub fn check_url(url: &str, private: bool) -> Result<(), &'static str> {
    if private { url.parse::<BrokerAddress>().map(drop) } else { BrokerAddress::read(url).map(drop) }
}

/// Whether collectors may sign in under a name at a broker that runs elsewhere; what is wrong reads "expected ...".
///
/// # Errors
/// When it is none, or could be a device's.
pub fn check_user(user: &str) -> Result<(), &'static str> {
    let is_name = !user.is_empty()
        && user.len() <= 64
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    match user.parse::<DeviceId>() {
        Err(_) if is_name => Ok(()),
        _ => Err("expected a name of letters, digits, '-', '_' and '.', as \"collectors\""),
    }
}

/// Starts the embedded broker and the gate before it, or reads where the external one is.
///
/// # Errors
/// When the address is taken or may not be listened at, or the URL does not read.
pub(crate) fn start(broker: &Broker, who: (Store, Arc<OwnKeys>), tasks: &Tasks) -> Result<Started, GroundError> {
    match broker {
        Broker::Embedded(embedding) => start_embedded(embedding, who, tasks),
        Broker::External(outside) => external(&outside.url, outside.login.as_ref()),
    }
}

/// Reads where an external broker is, and with what collectors sign in there.
pub(crate) fn external(url: &str, login: Option<&(String, PathBuf)>) -> Result<Started, GroundError> {
    let address: BrokerAddress = url.parse().map_err(wrong)?;
    let login = login.map(Login::read).transpose()?;
    Ok(Started { access: Access { address: address.clone(), login, lanes: None }, address, embedded: None })
}

fn wrong(problem: &str) -> GroundError {
    GroundError::Config(format!("broker: {problem}"))
}

fn start_embedded(
    embedding: &Embedding,
    (store, own): (Store, Arc<OwnKeys>),
    tasks: &Tasks,
) -> Result<Started, GroundError> {
    check_embedded(embedding.listen, embedding.tls.is_some(), embedding.reached.is_some()).map_err(wrong)?;
    let refused = |source| GroundError::Listen { address: embedding.listen, key: "broker.listen", source };
    let greeter = embedding.tls.as_ref().map(|certificate| certificate.tls.of_mqtt()).transpose()?;
    let register = Box::new(register::Enrolled::new(store, own));
    let (behind, embedded) = embedded::start::<embedded::Rumqttd>(tasks).map_err(refused)?;
    let flow = Arc::<Flow>::default();
    let (login, lanes) = (Some(behind.login.clone()), Some(Arc::clone(&flow)));
    let access = Access { address: behind.address.into(), login, lanes };
    let gate = gate::Gate::open(embedding.listen, (register, greeter), (behind, flow), tasks).map_err(refused)?;
    let address = embedding.address(gate.address().port());
    Ok(Started { address, access, embedded: Some((gate, embedded)) })
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
        let (own, any) = (([127, 0, 0, 1], 8751).into(), ([0, 0, 0, 0], 8751).into());
        for (listen, is_encrypted, is_named, problem) in [
            (own, false, false, None),
            (own, true, false, None),
            (any, false, true, Some("expected a loopback address, or TLS")),
            (any, true, false, Some("expected broker.public_url")),
            (any, true, true, None),
            (([10, 0, 0, 7], 8751).into(), true, false, None),
        ] {
            let wrong = check_embedded(listen, is_encrypted, is_named).err();
            assert_eq!(wrong.is_some(), problem.is_some(), "{listen}");
            assert!(wrong.unwrap_or_default().starts_with(problem.unwrap_or_default()), "{wrong:?}");
        }
        assert!(
            check_url("mqtts://broker.example", false).is_ok() && check_url("mqtt://127.0.0.1:1883", false).is_ok()
        );
        let open = "mqtt://broker.example:1883";
        assert!(check_url(open, false).is_err_and(|wrong| wrong.contains("mqtts://")) && check_url(open, true).is_ok());
        assert!(check_url("nonsense", true).is_err_and(|wrong| wrong.starts_with("expected mqtt://HOST:PORT")));
    }

    #[test]
    fn the_answer_to_an_enrolment_is_heard_by_who_has_no_name_yet_and_nothing_else_is() {
        let outside = external("mqtt://127.0.0.1:1", None).expect("reads").access;
        let device = DeviceId([1; 16]);
        let down = topics::answers_to(device);
        let of = |kind: Kind| [b'A', b'T', 2, kind as u8, 0];
        let reply = of(Kind::EnrolReply);
        assert_eq!(outside.besides(&down, &reply), Some((topics::enrolled(device), reply.to_vec())));
        assert_eq!(outside.besides(&down, &of(Kind::Ack)), None);
        assert_eq!(outside.besides(&down, b"AT"), None);
        assert_eq!(outside.close(down.clone(), reply.to_vec()), (down.clone(), reply.to_vec()));
        let gate = Access { lanes: Some(Arc::default()), ..outside };
        assert_eq!(gate.besides(&down, &reply), None, "the gate knows who hears what");
    }

    #[test]
    fn collectors_sign_in_with_what_stands_in_a_file_that_is_one_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        let read = |text: &str| {
            std::fs::write(&file, text).expect("written");
            external("mqtt://127.0.0.1:1", Some(&("collectors".into(), file.clone())))
        };
        let options = read("of us all\n").expect("reads").access.client_options("x");
        let login = options.credentials().expect("it signs in");
        assert_eq!((login.username.as_str(), login.password.as_str()), ("collectors", "of us all"));
        for text in ["", "\n", "two\nlines"] {
            assert!(read(text).is_err_and(|error| error.to_string().contains("broker.password_file")), "{text:?}");
        }
        let elsewhere = ("collectors".into(), folder.path().join("nowhere"));
        assert!(external("mqtt://127.0.0.1:1", Some(&elsewhere)).is_err());
        assert!(check_user("collectors-2.a_b").is_ok());
        for user in ["", "a b", "a:b", "#", "a/+", &"ab".repeat(16), &"x".repeat(65)] {
            assert!(check_user(user).is_err(), "{user}");
        }
    }

    #[test]
    fn devices_are_told_the_name_by_which_they_reach_it() {
        let mut broker = Embedding::on(([0, 0, 0, 0], 0).into());
        assert_eq!(broker.address(9).to_string(), "mqtt://0.0.0.0:9");
        broker.reached = Some(BrokerAddress { host: "broker.example".into(), port: 0, tls: Some(Trust::Roots) });
        assert_eq!(broker.address(9).to_string(), "mqtts://broker.example:9");
        broker.reached = "mqtts://[2001:db8::7]:443".parse().ok();
        assert_eq!(broker.address(9).to_string(), "mqtts://[2001:db8::7]:443");
    }
}
