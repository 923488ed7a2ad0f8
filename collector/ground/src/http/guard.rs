//! Who may ask. Any web page that is open in a browser of this machine can send requests to a loopback address, and with a
//! name of its own that it lets lead there (DNS rebinding) it could read the answers. So the collector answers only to
//! names that are its own, and does nothing for a page of another origin. Programs that are no browsers name no origin. And
//! from other machines it is asked over TLS only: to itself, or to a proxy that was declared.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Version, header};
use serde::{Deserialize, Serialize};

use super::{Client, Contradiction, Problem, Proxies, Refusal};

/// Paths that probes ask for, by whatever address they know. They tell nothing about a person.
const PROBED: [&str; 4] = ["/health", "/metrics", "/api/v1/health", "/api/v1/metrics"];
/// Characters of a name that are told back.
const TOLD: usize = 80;

/// A name by which clients know the collector, `HOST` or `HOST:PORT`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Authority);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no name of a host: write HOST or HOST:PORT, as attune.example");
        let read: Authority = text.to_ascii_lowercase().parse().map_err(|_| wrong())?;
        let host = read.host();
        let plain = host.parse::<IpAddr>().is_ok()
            || bracketed(host).is_some()
            || !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        // The host comes first, as there is no user, and a port is all that may follow.
        let port = read.as_str().strip_prefix(host);
        let whole = port.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        if plain && whole { Ok(Self(read)) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.to_string()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Name {
    /// Without a port, and without the dot at the end that the root of all names is.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host().trim_end_matches('.')
    }

    /// The port that stands behind it.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.port_u16()
    }

    fn address(&self) -> Option<IpAddr> {
        let host = self.host();
        bracketed(host).or_else(|| host.parse().ok())
    }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn bracketed(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6)
}

/// Looks at each request before anything is done for it.
#[derive(Clone, Debug)]
pub struct Guard {
    listens: IpAddr,
    names: Vec<Name>,
    proxies: Proxies,
}

/// Why a request is refused, and how that is told.
pub type Refused = (Refusal, Problem);

impl Guard {
    /// For a collector that listens at an address, is known by names besides and stands behind proxies.
    #[must_use]
    pub fn new(listens: IpAddr, names: Vec<Name>, proxies: Proxies) -> Self {
        Self { listens, names, proxies }
    }

    /// Looks at the head of a request, and notes in it who asks: behind a proxy, the proxy's own client.
    ///
    /// # Errors
    /// 421 for a name that is not the collector's, 400 for none and for proxies' headers that contradict each other, 403 for a
    /// page of another origin and for who asks from another machine without TLS.
    pub fn check(&self, head: &mut Parts) -> Result<(), Refused> {
        let client = self.client(head)?;
        head.extensions.insert(client);
        let asked = self.host(head)?;
        if !client.secure && !client.is_here() && !is_probe(head) {
            return Err(unencrypted());
        }
        self.page(head, asked.as_ref(), client)
    }

    fn client(&self, head: &Parts) -> Result<Client, Refused> {
        self.proxies.client(head.extensions.get().copied().unwrap_or_default(), &head.headers).map_err(|Contradiction| {
            let detail = "Forwarded and X-Forwarded-For name different clients; let the proxy take out the one that it does not \
                          write";
            (Refusal::Contradiction, Problem::bad_request("forwarded", detail))
        })
    }

    /// The name that the request is for.
    fn host(&self, head: &Parts) -> Result<Option<Name>, Refused> {
        let refused = |detail: String| (Refusal::ForeignHost, Problem::bad_request("host", detail));
        let probe = is_probe(head);
        let mut lines = head.headers.get_all(header::HOST).iter();
        let (line, second) = (lines.next(), lines.next());
        if second.is_some() {
            return Err(refused("the header Host must be there once".into()));
        }
        // A proxy's form of the address goes before the header.
        let named = head.uri.authority().map(Authority::as_str).or(line.and_then(|line| line.to_str().ok()));
        let Some(named) = named else {
            let may_be_silent = probe && line.is_none() && head.version < Version::HTTP_11;
            let detail = "the header Host must name the collector: ask by the address that it listens on";
            return if may_be_silent { Ok(None) } else { Err(refused(detail.into())) };
        };
        let short: String = named.chars().take(TOLD).collect();
        let name: Name = named.parse().map_err(|_| refused(format!("the header Host names no host: {short}")))?;
        if self.knows(&name) || (probe && name.address().is_some()) {
            return Ok(Some(name));
        }
        let detail = format!(
            "this collector does not answer to the name {short}: ask by the address that it listens on, or add the name \
             to api.names in its configuration"
        );
        Err((Refusal::ForeignHost, Problem::misdirected(detail)))
    }

    fn knows(&self, name: &Name) -> bool {
        match name.address() {
            Some(address) if address.to_canonical().is_loopback() || address == self.listens => true,
            _ => name.host() == "localhost" || self.names.iter().any(|known| known.host() == name.host()),
        }
    }

    /// Lets programs and the collector's own pages pass; other pages only where a person follows a link.
    fn page(&self, head: &Parts, asked: Option<&Name>, client: Client) -> Result<(), Refused> {
        let told = |name: &str| text(&head.headers, name);
        if let Some(origin) = told("origin")
            && !self.is_own(origin, asked, client)
        {
            return Err(foreign());
        }
        match told("sec-fetch-site") {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) if is_followed(head) => Ok(()),
            Some(_) => Err(foreign()),
        }
    }

    /// Whether an origin, `SCHEME://HOST:PORT`, is that of the collector's own pages. What came by TLS was asked by none that
    /// anybody on the way could have changed; before what did not may be a proxy that nobody has declared.
    fn is_own(&self, origin: &str, asked: Option<&Name>, client: Client) -> bool {
        let plain = origin.strip_prefix("http://").filter(|_| !client.secure);
        let rest = plain.or_else(|| origin.strip_prefix("https://"));
        let Some(Ok(from)) = rest.map(str::parse::<Name>) else { return false };
        asked.is_some_and(|asked| *asked == from) || self.names.contains(&from)
    }
}

fn is_probe(head: &Parts) -> bool {
    PROBED.contains(&head.uri.path())
}

/// A person has followed a link: the page that held it does not see the answer.
fn is_followed(head: &Parts) -> bool {
    let told = |name: &str| text(&head.headers, name);
    head.method == Method::GET
        && told("sec-fetch-mode") == Some("navigate")
        && told("sec-fetch-dest") == Some("document")
        && !head.headers.contains_key(header::ORIGIN)
}

/// A header as text; what is no text is none that we know.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

fn unencrypted() -> Refused {
    let detail = "from other machines this collector is asked over TLS only: ask with https://; where a proxy stands before it, \
                  let it tell X-Forwarded-For and X-Forwarded-Proto, and list it in api.proxy.trusted";
    (Refusal::Unencrypted, Problem::forbidden(detail))
}

fn foreign() -> Refused {
    let detail = "this collector does nothing for pages of other origins; where a proxy stands before it, add the name that \
                  clients know to api.names in its configuration";
    (Refusal::ForeignPage, Problem::forbidden(detail))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn guard() -> Guard {
        let names = ["attune.example", "other.example:8443"].map(|name| name.parse().expect("a name"));
        let proxies = vec!["192.0.2.1".parse().expect("an address")];
        Guard::new([192, 0, 2, 7].into(), names.into(), proxies.into())
    }

    /// Status of a request with these headers; 0 where it may pass.
    fn asked(line: &str, headers: &[(&str, &str)]) -> u16 {
        asked_from("127.0.0.1", false, line, headers)
    }

    /// The same from an address, by TLS or not.
    fn asked_from(address: &str, secure: bool, line: &str, headers: &[(&str, &str)]) -> u16 {
        let (method, uri) = line.split_once(' ').expect("a method and an address");
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(()).expect("a request").into_parts();
        head.extensions.insert(Client { address: address.parse().expect("an address"), secure });
        guard().check(&mut head).map_or_else(|(_, problem)| problem.status, |()| 0)
    }

    #[test]
    fn only_names_of_the_collector_are_answered() {
        for host in [
            "127.0.0.1:8750",
            "127.9.8.7",
            "localhost",
            "LocalHost:8750",
            "localhost.:80",
            "[::1]:8750",
            "[::ffff:127.0.0.1]",
            "192.0.2.7:8750",
            "Attune.Example",
            "attune.example:9",
            "other.example",
        ] {
            assert_eq!(asked("GET /api/v1/sessions", &[("host", host)]), 0, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8750",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.0.2.8",
            "[2001:db8::1]:8750",
            "0.0.0.0:8750",
        ] {
            assert_eq!(asked("GET /api/v1/sessions", &[("host", host)]), 421, "{host}");
            assert_eq!(asked("POST /analyze", &[("host", host)]), 421, "{host}");
        }
        for host in ["", "a b", "127.0.0.1@evil.example", "http://127.0.0.1", "127.0.0.1:port"] {
            assert_eq!(asked("GET /api/v1/sessions", &[("host", host)]), 400, "{host}");
        }
        assert_eq!(asked("GET /sessions", &[]), 400);
        assert_eq!(asked("GET /sessions", &[("host", "localhost"), ("host", "evil.example")]), 400);
        assert_eq!(asked("GET http://evil.example/sessions", &[("host", "localhost")]), 421);
    }

    #[test]
    fn probes_ask_by_any_address_but_by_no_foreign_name() {
        for path in PROBED {
            let line = format!("GET {path}");
            assert_eq!(asked(&line, &[("host", "10.1.2.3:8750")]), 0, "{path}");
            assert_eq!(asked(&line, &[("host", "[2001:db8::1]")]), 0, "{path}");
            assert_eq!(asked(&line, &[("host", "evil.example")]), 421, "{path}");
        }
        assert_eq!(asked("GET /sessions", &[("host", "10.1.2.3:8750")]), 421);
    }

    #[test]
    fn a_page_of_another_origin_is_refused_and_programs_and_own_pages_are_not() {
        let host = ("host", "127.0.0.1:8750");
        for method in ["GET", "POST", "DELETE", "PUT", "OPTIONS"] {
            let line = format!("{method} /api/v1/sessions");
            assert_eq!(asked(&line, &[host]), 0, "{line}");
            assert_eq!(asked(&line, &[host, ("sec-fetch-site", "none")]), 0, "{line}");
            let own = ("origin", "http://127.0.0.1:8750");
            assert_eq!(asked(&line, &[host, own, ("sec-fetch-site", "same-origin")]), 0, "{line}");
            for origin in [
                "null",
                "http://evil.example",
                "http://127.0.0.1:3000",
                "http://127.0.0.1",
                "http://localhost:8750",
                "ftp://127.0.0.1:8750",
                "http://127.0.0.1:8750@evil.example",
                "",
            ] {
                assert_eq!(asked(&line, &[host, ("origin", origin)]), 403, "{line} from {origin}");
            }
            for site in ["cross-site", "same-site", "what"] {
                assert_eq!(asked(&line, &[host, ("sec-fetch-site", site)]), 403, "{line} {site}");
            }
        }
    }

    #[test]
    fn a_link_may_be_followed_but_not_framed_or_embedded() {
        let from = |mode, dest| {
            let headers = [
                ("host", "localhost:8750"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", dest),
            ];
            (asked("GET /", &headers), asked("POST /analyze", &headers))
        };
        assert_eq!(from("navigate", "document"), (0, 403));
        for (mode, dest) in [("navigate", "iframe"), ("no-cors", "image"), ("no-cors", "script"), ("cors", "empty")] {
            assert_eq!(from(mode, dest), (403, 403), "{mode} {dest}");
        }
    }

    #[test]
    fn behind_a_proxy_the_origin_is_a_name_of_the_configuration() {
        let behind = |origin| asked("POST /analyze", &[("host", "127.0.0.1:8750"), ("origin", origin)]);
        assert_eq!(behind("https://attune.example"), 0);
        assert_eq!(behind("https://other.example:8443"), 0);
        assert_eq!(behind("https://attune.example:3000"), 403);
        assert_eq!(behind("https://other.example"), 403);
    }

    #[test]
    fn by_tls_the_origin_is_one_of_tls_and_a_name_of_the_collectors() {
        for (origin, status) in [
            ("https://attune.example", 0),
            ("https://attune.example:8443", 403),
            ("http://attune.example", 403),
            ("https://evil.example", 403),
            ("null", 403),
        ] {
            let headers = [("host", "attune.example"), ("origin", origin)];
            assert_eq!(asked_from("203.0.113.9", true, "POST /analyze", &headers), status, "{origin}");
        }
        assert_eq!(asked_from("203.0.113.9", true, "GET /", &[("host", "evil.example")]), 421);
        let elsewhere = [("host", "evil.example"), ("x-forwarded-host", "attune.example")];
        assert_eq!(asked_from("192.0.2.1", true, "GET /", &elsewhere), 421, "no header but Host names it");
    }

    #[test]
    fn from_another_machine_it_is_asked_over_tls_only_also_by_way_of_a_proxy() {
        let host = ("host", "attune.example");
        let told = |proto| [host, ("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", proto)];
        for (from, secure, headers, status) in [
            ("203.0.113.9", false, &[host][..], 403),
            ("203.0.113.9", true, &[host], 0),
            ("203.0.113.9", false, &told("https"), 403),
            ("192.0.2.1", false, &told("https"), 0),
            ("192.0.2.1", false, &told("http"), 403),
            ("192.0.2.1", false, &[host], 403),
            ("192.0.2.1", false, &[host, ("forwarded", "for=203.0.113.9;proto=https")], 0),
            ("::ffff:127.0.0.1", false, &[host], 0),
        ] {
            assert_eq!(asked_from(from, secure, "GET /api/v1/sessions", headers), status, "{from} {headers:?}");
        }
        let contradicting = [host, ("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=127.0.0.1;proto=https")];
        assert_eq!(asked_from("192.0.2.1", false, "GET /", &contradicting), 400);
        assert_eq!(asked_from("203.0.113.9", false, "GET /health", &[("host", "10.1.2.3:8750")]), 0, "a probe");
    }

    #[test]
    fn a_name_is_a_host_and_perhaps_a_port() {
        for wrong in ["", "http://attune.example", "attune.example/", "a b", "a@b", "attune.example:x", "[::1", "*"] {
            assert!(wrong.parse::<Name>().expect_err(wrong).contains("HOST:PORT"), "{wrong}");
        }
        assert_eq!(
            "Attune.Example:8443".parse::<Name>().map(|name| name.to_string()),
            Ok("attune.example:8443".into())
        );
    }
}
