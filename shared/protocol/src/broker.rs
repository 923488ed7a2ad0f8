//! Where an MQTT broker is, as both programs are told it: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` over TLS. Whose certificate
//! nobody vouches for is known by its fingerprint, which stands behind: `mqtts://HOST:PORT/sha256=HEX`.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// The port where none is named, and where none is named over TLS.
const PORTS: [u16; 2] = [1883, 8883];
/// What stands before a fingerprint.
const PINNED: &str = "sha256=";

/// Where an MQTT broker listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerAddress {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// By what it is known over TLS; none where the way to it is not encrypted.
    pub tls: Option<Trust>,
}

/// By what a broker is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    /// Somebody whom the system trusts vouches for its name.
    Roots,
    /// The SHA-256 of its certificate.
    Certificate([u8; 32]),
}

impl FromStr for BrokerAddress {
    type Err = &'static str;

    /// What is wrong is not repeated: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected mqtt://HOST:PORT, or mqtts:// over TLS, an IPv6 address in brackets";
        const FINGERPRINT: &str =
            "expected mqtts://HOST:PORT/sha256=FINGERPRINT, 64 hex digits, as the collector prints it";
        let (port, place, is_tls) = match text.split_once("://") {
            Some(("mqtt", place)) => (PORTS[0], place, false),
            Some(("mqtts", place)) => (PORTS[1], place, true),
            _ => return Err(WRONG),
        };
        let (place, tls) = match place.split_once('/') {
            None | Some((_, "")) => (place.trim_end_matches('/'), is_tls.then_some(Trust::Roots)),
            Some((place, pinned)) => {
                let hex = pinned.strip_prefix(PINNED).filter(|_| is_tls).ok_or(FINGERPRINT)?;
                let bytes = HEXLOWER_PERMISSIVE.decode(hex.replace(':', "").as_bytes()).ok();
                let certificate = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(FINGERPRINT)?;
                (place, Some(Trust::Certificate(certificate)))
            }
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| WRONG)?),
            _ => (place, port),
        };
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => {
                let (plain, zone) = match address.split_once('%') {
                    Some((plain, zone)) => (plain, Some(zone)),
                    None => (address, None),
                };
                let plain = plain.parse::<Ipv6Addr>().map_err(|_| WRONG)?;
                match zone {
                    None => plain.to_string(),
                    Some(zone) if zone.is_empty() || zone.contains([':', '/', '@', ' ', '[', ']', '%']) => {
                        return Err(WRONG);
                    }
                    Some(zone) => format!("{plain}%{zone}"),
                }
            }
            None if host.is_empty() || host.contains([':', '/', '@', ' ', '[', ']']) => return Err(WRONG),
            None => host.to_owned(),
        };
        if port == 0 { Err(WRONG) } else { Ok(Self { host, port, tls }) }
    }
}

impl From<SocketAddr> for BrokerAddress {
    /// One that is not encrypted.
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port(), tls: None }
    }
}

/// Why an address is refused at which everybody on the way would read along.
const IN_THE_OPEN: &str = "expected mqtts://HOST:PORT: without TLS what is sensed would go over the network for everybody on the way \
                           to read. Only to this machine itself mqtt:// is used";

impl BrokerAddress {
    /// Reads one that may be used: over TLS, or this machine's own.
    ///
    /// # Errors
    /// When it does not read, or is in the open.
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let broker: Self = text.parse()?;
        if broker.tls.is_none() && !broker.is_loopback() { Err(IN_THE_OPEN) } else { Ok(broker) }
    }

    /// Whether it is this machine's own.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "mqtts" } else { "mqtt" };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}", self.host, self.port)?,
            false => write!(f, "{scheme}://{}:{}", self.host, self.port)?,
        }
        match self.tls {
            Some(Trust::Certificate(certificate)) => write!(f, "/{PINNED}{}", HEXLOWER.encode(&certificate)),
            Some(Trust::Roots) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_read_from_its_url_and_nothing_else() {
        let read = |text: &str| text.parse::<BrokerAddress>().map(|broker| broker.to_string());
        assert_eq!(read("mqtt://127.0.0.1:8751").as_deref(), Ok("mqtt://127.0.0.1:8751"));
        assert_eq!(read("mqtt://broker/").as_deref(), Ok("mqtt://broker:1883"));
        for same in [
            "mqtt://[::1]:8751",
            "mqtt://[2001:db8::7]:8751",
            "mqtt://[fe80::1%eth0]:8751",
            "mqtt://broker.example:1883",
        ] {
            assert_eq!(read(same).as_deref(), Ok(same));
        }
        for wrong in [
            "127.0.0.1:8751",
            "broker.example",
            "http://a:1",
            "mqtt://",
            "mqtt://:1",
            "mqtt://a:0",
            "mqtt://a:b",
            "mqtt://a:99999",
            "mqtt://::1:9",
            "mqtt://[host]:1",
            "mqtt://[fe80::1%]:1",
            "mqtt://a b:1",
            "mqtt://user:secret@host:1",
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("mqtt://HOST:PORT") && !error.contains("secret"), "{wrong}: {error}");
        }
        let pin = "0123456789abcdef".repeat(4);
        assert_eq!(read("mqtts://a/").as_deref(), Ok("mqtts://a:8883"));
        let pinned = format!("mqtts://a:9/sha256={pin}");
        assert_eq!(read(&pinned).as_deref(), Ok(pinned.as_str()));
        assert_eq!(read(&pinned.replace("cdef", "CD:EF")).as_deref(), Ok(pinned.as_str()), "as openssl shows it");
        for wrong in
            [format!("mqtt://a:9/sha256={pin}"), format!("mqtts://a:9/{pin}"), pinned[..70].into(), pinned + "0"]
        {
            assert!(read(&wrong).unwrap_err().contains("sha256="), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_told_as_it_is_read() {
        let address: SocketAddr = "[::1]:8751".parse().unwrap();
        let broker = BrokerAddress::from(address);
        assert_eq!((broker.to_string().as_str(), broker.is_loopback()), ("mqtt://[::1]:8751", true));
        assert!(BrokerAddress::read("mqtt://[::1]:8751").is_ok() && BrokerAddress::read("mqtts://there").is_ok());
        assert!(BrokerAddress::read("mqtt://there").is_err_and(|wrong| wrong.contains("mqtts://HOST:PORT")));
        let own = |text: &str| text.parse::<BrokerAddress>().unwrap().is_loopback();
        assert!(
            own("mqtts://localhost")
                && own("mqtt://127.0.0.9")
                && !own("mqtt://localhost.example")
                && !own("mqtt://0.0.0.0")
        );
    }
}
