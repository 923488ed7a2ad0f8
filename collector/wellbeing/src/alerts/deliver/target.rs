//! To where messages may go: an address that is set must not make the collector ask what only it can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::http::Uri;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// An address that may be asked, as far as it tells that by itself.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) uri: Uri,
    host: String,
    port: u16,
    /// Whether it may be on this machine.
    here: bool,
}

/// How long one address may take to connect: where one of several is not reached, there is time for another one.
const PATIENCE: Duration = Duration::from_secs(4);
const NOT_HTTPS: &str = "expected an address as https://example.org/path; http:// only where alerts.local is true, and then as \
     http://127.0.0.1:PORT/path";
const PRIVATE: &str = "the address is one of this machine or of a private network, where messages do not go";

/// Whether an address may be set; where `here` is true, one of this machine may, too.
///
/// # Errors
/// What would be right.
pub fn check(url: &str, here: bool) -> Result<(), &'static str> {
    Target::parse(url, here).map(drop)
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    /// What would be right.
    pub(super) fn parse(url: &str, here: bool) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| NOT_HTTPS)?;
        let authority = uri.authority().ok_or(NOT_HTTPS)?;
        if authority.as_str().contains('@') {
            return Err("expected an address without a name and a password in it");
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let literal: Option<IpAddr> = host.parse().ok();
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            // Of a name nobody knows before where it leads.
            Some("http") if here && literal.is_some_and(|address| address.is_loopback()) => false,
            _ => return Err(NOT_HTTPS),
        };
        if literal.is_some_and(|address| !may_be_asked(address, here)) {
            return Err(PRIVATE);
        }
        let port = match authority.port_u16() {
            Some(port) => port,
            // What stands behind a colon and is no port is not left out.
            None if authority.as_str().len() > authority.host().len() => 0,
            None if is_tls => 443,
            None => 80,
        };
        if host.is_empty() || port == 0 {
            return Err(NOT_HTTPS);
        }
        Ok(Self { uri, host, port, here })
    }

    /// Connects. A name is looked up once, and the connection goes to an address that was looked at: a name that leads elsewhere a moment
    /// later gains nothing. One private address among several is enough to refuse the name.
    ///
    /// # Errors
    /// Why not, in words without anything of anybody.
    pub(super) async fn connect(&self) -> Result<TcpStream, &'static str> {
        let found = lookup_host((self.host.as_str(), self.port)).await.map_err(|_| "its name is not known")?;
        let found: Vec<SocketAddr> = found.collect();
        if found.iter().any(|address| !may_be_asked(address.ip(), self.here)) {
            return Err(PRIVATE);
        }
        for address in found {
            if let Ok(Ok(stream)) = timeout(PATIENCE, TcpStream::connect(address)).await {
                return Ok(stream);
            }
        }
        Err("no connection")
    }
}

/// Whether messages may go to an address: a public one, or where `here` is true one of this machine.
fn may_be_asked(address: IpAddr, here: bool) -> bool {
    match address {
        IpAddr::V4(address) => is_public(address) || here && address.is_loopback(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(within) => is_public(within) || here && within.is_loopback(),
            None => is_public6(address) || here && address.is_loopback(),
        },
    }
}

/// What the registry of special addresses (RFC 6890) does not have as anything else.
fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_unspecified()
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a == 100 && (64..128).contains(&b)
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || a == 198 && (b == 18 || b == 19)
        || a >= 240;
    !is_special
}

/// The same: of what is given out for the public (2000::/3) what holds no other address within it, which could be a private one.
fn is_public6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_given_out = a & 0xe000 == 0x2000;
    let holds_another = a == 0x2002 || a == 0x2001 && b < 0x0200;
    let is_documentation = a == 0x2001 && b == 0x0db8 || a & 0xfff0 == 0x3ff0;
    is_given_out && !holds_another && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_set_is_https_or_on_this_machine_where_that_may_be() {
        for (url, elsewhere, with_here) in [
            ("https://hooks.example.org/services/T/B/x", true, true),
            ("https://hooks.example.org:8443/x", true, true),
            ("https://93.184.216.34/x", true, true),
            ("https://[2606:2800:220:1::1]/x", true, true),
            ("http://hooks.example.org/x", false, false),
            ("http://127.0.0.1:9/x", false, true),
            ("http://[::1]:9/x", false, true),
            ("https://127.0.0.1:9/x", false, true),
            ("http://localhost:9/x", false, false),
            ("https://user:word@hooks.example.org/x", false, false),
            ("https://127.0.0.1@hooks.example.org/x", false, false),
            ("ftp://hooks.example.org/x", false, false),
            ("hooks.example.org/x", false, false),
            ("https:///x", false, false),
            ("https://hooks.example.org:99999/x", false, false),
            ("https://hooks.example.org:0/x", false, false),
            ("", false, false),
            // Metadata of clouds, private networks, and the same within addresses of IPv6.
            ("https://169.254.169.254/latest", false, false),
            ("https://10.0.0.1/x", false, false),
            ("https://192.168.1.1/x", false, false),
            ("https://[::ffff:10.0.0.1]/x", false, false),
            ("https://[::ffff:127.0.0.1]/x", false, true),
            ("https://[fd00::1]/x", false, false),
        ] {
            assert_eq!([false, true].map(|here| check(url, here).is_ok()), [elsewhere, with_here], "{url}");
        }
    }

    #[test]
    fn no_special_address_is_asked() {
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:192.168.0.1",
            "64:ff9b::a00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may_be_asked(special.parse().expect("an address"), false), "{special}");
        }
        for public in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(may_be_asked(public.parse().expect("an address"), false), "{public}");
        }
        assert!(may_be_asked("127.0.0.1".parse().expect("one"), true), "where that is set");
        assert!(!may_be_asked("10.0.0.1".parse().expect("one"), true), "this machine, and no private network");
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused_when_it_is_looked_up() {
        let target = Target::parse("https://localhost:9/x", false).expect("of a name nobody knows before");
        assert_eq!(target.connect().await.expect_err("it leads here"), PRIVATE);
    }
}
