//! Whose requests are looked at: only those that a browser sends for this very address, from this very page.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

/// Looks at each request before anything is done for it.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// `127.0.0.1:PORT`: the one name that it answers to.
    host: String,
}

impl Guard {
    pub(super) fn new(host: String) -> Self {
        Self { host }
    }

    /// Why a request is refused, if it is.
    pub(super) fn refuses(&self, head: &Parts) -> Option<&'static str> {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        // A name that leads here is not this address (DNS rebinding), nor is a proxy's form of one.
        if hosts.next().and_then(|host| host.to_str().ok()) != Some(&self.host)
            || hosts.next().is_some()
            || head.uri.authority().is_some_and(|named| named.as_str() != self.host)
        {
            return Some("this page answers to the address alone at which it was opened");
        }
        let own = format!("http://{}", self.host);
        if told(&head.headers, "origin").is_some_and(|origin| origin != own) {
            return Some("this page does nothing for pages of other origins");
        }
        let changes = head.method != Method::GET && head.method != Method::HEAD;
        let site = told(&head.headers, "sec-fetch-site");
        // A link that leads here shows nothing, as its request comes without the session.
        let is_own = matches!(site, None | Some("same-origin" | "none"));
        if changes && !is_own {
            return Some("this page does nothing for pages of other origins");
        }
        // Every browser names the origin of a form that it sends.
        (changes && told(&head.headers, "origin").is_none()).then_some("a form comes from a page, and says from which")
    }
}

/// A header as text; what is no text is none that we know.
fn told<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn refused(line: &str, headers: &[(&str, &str)]) -> bool {
        let (method, uri) = line.split_once(' ').unwrap();
        let request = headers.iter().fold(Request::builder().method(method).uri(uri), |r, (n, v)| r.header(*n, *v));
        Guard::new("127.0.0.1:4000".into()).refuses(&request.body(()).unwrap().into_parts().0).is_some()
    }

    #[test]
    fn only_this_address_is_answered_and_only_its_own_pages_change_anything() {
        let host = ("host", "127.0.0.1:4000");
        let own = ("origin", "http://127.0.0.1:4000");
        assert!(!refused("GET /", &[host]));
        assert!(!refused("GET /", &[host, ("sec-fetch-site", "none")]));
        assert!(!refused("POST /", &[host, own, ("sec-fetch-site", "same-origin")]));
        for other in
            ["evil.example", "evil.example:4000", "localhost:4000", "127.0.0.1", "127.0.0.1:4001", "[::1]:4000"]
        {
            assert!(refused("GET /", &[("host", other)]), "{other}");
        }
        assert!(refused("GET /", &[]) && refused("GET /", &[host, host]));
        assert!(refused("GET http://evil.example/", &[host]));
        for origin in ["null", "http://evil.example", "http://127.0.0.1:4001", "https://127.0.0.1:4000"] {
            assert!(refused("POST /", &[host, ("origin", origin)]), "{origin}");
            assert!(refused("GET /", &[host, ("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", "other"] {
            assert!(refused("POST /", &[host, own, ("sec-fetch-site", site)]), "{site}");
        }
        assert!(refused("POST /", &[host]), "one that names no origin is no form of a browser");
    }
}
