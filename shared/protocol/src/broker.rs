//! Where an MQTT broker is, as both programs are told it: `mqtt://HOST:PORT`.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// Where an MQTT broker listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerAddress {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl FromStr for BrokerAddress {
    type Err = &'static str;

    /// What is wrong is not repeated: it may hold a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected mqtt://HOST:PORT, an IPv6 address in brackets";
        let place = match text.split_once("://") {
            Some(("mqtt", place)) => place,
            Some(("mqtts", _)) => return Err("expected mqtt://HOST:PORT: this version does not speak TLS to a broker"),
            _ => return Err(WRONG),
        };
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| WRONG)?),
            _ => (place, 1883),
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
        if port == 0 { Err(WRONG) } else { Ok(Self { host, port }) }
    }
}

impl From<SocketAddr> for BrokerAddress {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "mqtt://[{}]:{}", self.host, self.port),
            false => write!(f, "mqtt://{}:{}", self.host, self.port),
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
        assert!(read("mqtts://a:8883").unwrap_err().contains("TLS"));
    }

    #[test]
    fn an_address_is_told_as_it_is_read() {
        let address: SocketAddr = "[::1]:8751".parse().unwrap();
        assert_eq!(BrokerAddress::from(address).to_string(), "mqtt://[::1]:8751");
    }
}
