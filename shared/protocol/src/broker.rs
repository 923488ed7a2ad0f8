use std::fmt;
use std::str::FromStr;

/// Where the MQTT broker listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broker {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl FromStr for Broker {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no broker: write mqtt://HOST:PORT");
        let place = match text.split_once("://") {
            Some(("mqtt", place)) => place,
            Some(("mqtts", _)) => return Err(format!("'{text}' asks for TLS, which this version does not speak")),
            _ => return Err(wrong()),
        };
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (place, 1883),
        };
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if bracketed.is_none() && host.contains(':') {
            return Err(wrong());
        }
        let host = bracketed.unwrap_or(host);
        if host.is_empty() || host.contains(['/', '@', ' ', '[', ']']) || port == 0 {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Broker {
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
        let read = |text: &str| text.parse::<Broker>().map(|b| b.to_string());
        assert_eq!(read("mqtt://127.0.0.1:8751").as_deref(), Ok("mqtt://127.0.0.1:8751"));
        assert_eq!(read("mqtt://broker/").as_deref(), Ok("mqtt://broker:1883"));
        assert_eq!(read("mqtt://[::1]:8751").as_deref(), Ok("mqtt://[::1]:8751"));
        for wrong in
            ["127.0.0.1:8751", "http://a:1", "mqtt://:1", "mqtt://a:0", "mqtt://a:b", "mqtt://::1:9", "mqtt://a b:1"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("mqtts://a:8883").unwrap_err().contains("TLS"));
    }
}
