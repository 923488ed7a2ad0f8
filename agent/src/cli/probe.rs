//! Whether an MQTT broker listens at an address: a wrong one is named at once, with its cause.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use attune_protocol::broker::Trust;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::AgentError;
use crate::uplink::Broker;

/// How long connecting may take, and the broker's first answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first byte of an MQTT 3.1.1 broker's answer to a CONNECT.
const CONNACK: u8 = 0x20;
/// The first byte of what a server says that speaks TLS only.
const TLS_ALERT: u8 = 0x15;
const DISCONNECT: [u8; 2] = [0xe0, 0];

/// Connects once and leaves again.
///
/// # Errors
/// Why no broker is there, and what may have been meant.
pub(super) fn look(broker: &Broker) -> Result<(), AgentError> {
    let refuse = |why: String| Err(AgentError::Enrol(format!("find a broker at {broker}: {why}")));
    let addresses = match (broker.host.as_str(), broker.port).to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => return refuse(format!("the name '{}' is not known here ({error})", broker.host)),
    };
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return encrypted(stream, broker).or_else(refuse),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) if error.kind() == ErrorKind::ConnectionRefused => refuse(
            "nothing listens there. Does the collector run, and is this the address that 'attune-collector enrol' printed?"
                .into(),
        ),
        Some(error) if error.kind() == ErrorKind::TimedOut => refuse(format!(
            "it did not answer within {} s. Is the machine on, and lets a firewall this port through?",
            PATIENCE.as_secs()
        )),
        Some(error) => refuse(error.to_string()),
        None => refuse("its name has no address".into()),
    }
}

/// Greets within TLS, where it is spoken.
fn encrypted(stream: TcpStream, broker: &Broker) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("it breaks the connection ({error})");
    stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE))).map_err(broken)?;
    let Some(trust) = broker.tls else { return greet(stream) };
    let name =
        ServerName::try_from(broker.host.clone()).map_err(|_| "its name is none that a certificate could be for")?;
    let config = Arc::new(attune_transport::config(trust));
    let mut session = ClientConnection::new(config, name).map_err(|error| error.to_string())?;
    let mut stream = stream;
    match session.complete_io(&mut stream) {
        Ok(_) => greet(StreamOwned::new(session, stream)),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(format!(
            "it takes the connection and speaks no TLS within {} s. Is it mqtt:// there, without TLS?",
            PATIENCE.as_secs()
        )),
        Err(error) => Err(distrusted(&error, trust)),
    }
}

/// Why there is no TLS with it.
fn distrusted(error: &std::io::Error, trust: Trust) -> String {
    let is_certificate = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .is_some_and(|error| matches!(error, rustls::Error::InvalidCertificate(_)));
    match trust {
        Trust::Certificate(_) if is_certificate => {
            "its certificate is another one than the fingerprint behind sha256= names. Ask who runs the collector whether it was \
             exchanged; if nobody knows of it, somebody stands between"
                .into()
        }
        Trust::Roots if is_certificate => format!(
            "nobody whom this system trusts vouches for its certificate ({error}). Give the whole address that \
             'attune-collector enrol' printed, with its sha256=, or add the organisation's authority to the system's"
        ),
        _ => format!("no TLS comes about with it ({error})"),
    }
}

fn greet(mut stream: impl Read + Write) -> Result<(), String> {
    let id = format!("attune-agent-look-{:08x}", getrandom::u32().unwrap_or_default());
    let mut first = [0; 4];
    let answered = stream.write_all(&connect(&id)).and_then(|()| stream.read(&mut first));
    let _ = stream.write_all(&DISCONNECT);
    match answered {
        Ok(0) => Err("it closes the connection. Is it an MQTT broker?".into()),
        Ok(_) if first[0] == CONNACK => Ok(()),
        Ok(_) if first.starts_with(b"HTTP") => {
            Err("a web server answers. It may be the collector's API; its broker has another port".into())
        }
        Ok(_) if first[0] == TLS_ALERT => Err("it speaks TLS there: give its address as mqtts://HOST:PORT".into()),
        Ok(_) => Err("what answers there is no MQTT broker".into()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(format!(
            "it takes the connection and says nothing within {} s. Is it an MQTT broker?",
            PATIENCE.as_secs()
        )),
        Err(error) => Err(format!("it breaks the connection ({error}). Is it an MQTT broker?")),
    }
}

/// CONNECT of MQTT 3.1.1 with a clean session and a minute between signs of life.
fn connect(id: &str) -> Vec<u8> {
    let mut packet = vec![0x10, 0, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, id.len() as u8];
    packet.extend_from_slice(id.as_bytes());
    packet[1] = (packet.len() - 2) as u8;
    packet
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is said of somebody who answers in this way.
    fn said(answer: &'static [u8]) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut packet = [0; 64];
            let length = stream.read(&mut packet).unwrap();
            assert_eq!(usize::from(packet[1]), length - 2, "the packet says its length");
            let _ = stream.write_all(answer);
        });
        let looked = look(&Broker { host: "127.0.0.1".into(), port, tls: None }).map_err(|error| error.to_string());
        server.join().unwrap();
        looked
    }

    #[test]
    fn a_wrong_broker_is_named_with_its_cause() {
        assert_eq!(said(&[CONNACK, 2, 0, 0]), Ok(()));
        for (answer, cause) in [
            (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "a web server answers"),
            (&[TLS_ALERT, 3, 3, 0, 2, 2, 50], "mqtts://HOST:PORT"),
            (b"SSH-2.0-x\r\n", "is no MQTT broker"),
            (b"", "closes the connection"),
        ] {
            let error = said(answer).unwrap_err();
            assert!(error.contains(cause) && error.contains("mqtt://127.0.0.1:"), "{error}");
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = look(&Broker { host: "127.0.0.1".into(), port: free, tls: None }).unwrap_err().to_string();
        assert!(error.contains("nothing listens there"), "{error}");
    }
}
