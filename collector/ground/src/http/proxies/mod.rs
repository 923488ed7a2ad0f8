//! Reverse proxies that were declared: what they say of their clients is believed, and of nobody else. Each adds its own client
//! behind what came to it, so the list is read from its end, as long as who has written is trusted; what a client itself
//! has put before it decides nothing.

mod forwarded;
mod network;

use std::net::IpAddr;

use axum::http::HeaderMap;

use super::Client;
use forwarded::Hop;

pub use network::Network;

/// `Forwarded` and `X-Forwarded-For` name different clients: one of them is not the proxy's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contradiction;

/// The proxies that are trusted.
#[derive(Clone, Default, Debug)]
pub struct Proxies(Vec<Network>);

impl From<Vec<Network>> for Proxies {
    fn from(trusted: Vec<Network>) -> Self {
        Self(trusted)
    }
}

impl Proxies {
    /// Whether an address is that of a proxy.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Who asks, where a request came from `peer`.
    ///
    /// # Errors
    /// When two headers contradict each other. A proxy that writes one of them lets the other pass as its client sent it; which
    /// one it writes cannot be told.
    pub fn client(&self, peer: Client, headers: &HeaderMap) -> Result<Client, Contradiction> {
        if !self.trusts(peer.address) {
            return Ok(peer);
        }
        let follow = |hops: Option<Vec<Hop>>| hops.map(|hops| self.follow(peer, &hops));
        match (follow(forwarded::forwarded(headers)), follow(forwarded::x_forwarded(headers))) {
            (Some(client), Some(other)) if client != other => Err(Contradiction),
            (Some(client), _) | (None, Some(client)) => Ok(client),
            (None, None) => Ok(peer),
        }
    }

    /// From the nearest proxy on, as long as each that tells is trusted.
    fn follow(&self, peer: Client, hops: &[Hop]) -> Client {
        let mut client = peer;
        for Hop { from, secure } in hops.iter().rev() {
            if !self.trusts(client.address) {
                break;
            }
            client.secure = *secure;
            match from {
                Some(from) => client.address = *from,
                None => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    /// Who asks, where this came from an address, and 192.0.2.0/24 and this machine are trusted.
    fn asks(peer: &str, lines: &[(&'static str, &'static str)]) -> Result<(String, bool), Contradiction> {
        let trusted = ["192.0.2.0/24", "127.0.0.1"].map(|network| network.parse().expect("a network"));
        let lines = lines.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let peer = Client { address: peer.parse().expect("an address"), secure: false };
        let client = Proxies::from(trusted.to_vec()).client(peer, &lines.collect())?;
        Ok((client.address.to_string(), client.secure))
    }

    #[test]
    fn only_what_a_trusted_proxy_has_written_itself_is_believed() {
        let (honest, evil) = ("203.0.113.9", "198.51.100.66");
        for (peer, lines, client, secure) in [
            (evil, vec![("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")], evil, false),
            (evil, vec![("forwarded", "for=127.0.0.1;proto=https")], evil, false),
            ("127.0.0.1", vec![("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")], honest, true),
            ("127.0.0.1", vec![("forwarded", "for=203.0.113.9;proto=https")], honest, true),
            ("127.0.0.1", vec![("forwarded", "for=203.0.113.9")], honest, false),
            ("127.0.0.1", vec![], "127.0.0.1", false),
            // What a client says of itself stands before what the proxy adds.
            ("127.0.0.1", vec![("x-forwarded-for", "127.0.0.1, 10.0.0.1, 203.0.113.9")], honest, false),
            (
                "192.0.2.1",
                vec![("forwarded", "for=127.0.0.1;proto=https"), ("forwarded", "for=203.0.113.9")],
                honest,
                false,
            ),
            // Two proxies, one behind the other.
            ("127.0.0.1", vec![("x-forwarded-for", "10.0.0.1, 203.0.113.9, 192.0.2.7")], honest, false),
            (
                "127.0.0.1",
                vec![("forwarded", "for=10.0.0.1, for=203.0.113.9;proto=https, for=192.0.2.7;proto=http")],
                honest,
                true,
            ),
            // What does not read is nobody's: then it is the proxy's own.
            ("192.0.2.1", vec![("x-forwarded-for", "203.0.113.9, somebody")], "192.0.2.1", false),
            ("192.0.2.1", vec![("forwarded", "for=unknown;proto=https")], "192.0.2.1", true),
            ("::ffff:192.0.2.1", vec![("x-forwarded-for", "::ffff:203.0.113.9")], honest, false),
        ] {
            assert_eq!(asks(peer, &lines), Ok((client.to_owned(), secure)), "{peer} {lines:?}");
        }
    }

    #[test]
    fn two_headers_that_say_different_things_are_a_contradiction_and_two_that_agree_are_not() {
        let older = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
        let with = |forwarded| asks("127.0.0.1", &[older[0], older[1], ("forwarded", forwarded)]);
        assert_eq!(with("for=203.0.113.9;proto=https"), Ok(("203.0.113.9".into(), true)));
        assert_eq!(with("for=127.0.0.1;proto=https"), Err(Contradiction));
        assert_eq!(with("for=203.0.113.9;proto=http"), Err(Contradiction));
        assert_eq!(
            asks("198.51.100.66", &[older[0], ("forwarded", "for=127.0.0.1")]),
            Ok(("198.51.100.66".into(), false))
        );
    }
}
