//! What is asked of a provider: by TLS, or plainly where the provider itself is on this machine.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use axum::http::Uri;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio::net::TcpStream;

use crate::outward::{Outward, Unreached};

/// Asks providers.
pub(super) struct Fetch {
    outward: Outward,
    /// Whether it may ask this machine without TLS.
    here: bool,
}

impl Fetch {
    /// One that trusts whom this machine trusts. A provider elsewhere (`here` is false) leads it to nothing of this machine that
    /// speaks no TLS.
    pub(super) fn new(here: bool) -> Self {
        Self { outward: Outward::new(), here }
    }

    /// Whether it asks at an address, or lets a browser be led there.
    pub(super) fn may_ask(&self, uri: &Uri) -> bool {
        may_be_asked(uri) && (self.here || uri.scheme_str() == Some("https"))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unreached> {
        let uri = request.uri();
        if !self.may_ask(uri) {
            return Err(Unreached::Address);
        }
        let authority = uri.authority().ok_or(Unreached::Address)?;
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        self.outward.ask(stream, request).await
    }
}

/// Whether an address is asked: by TLS, or on this machine.
pub(super) fn may_be_asked(uri: &Uri) -> bool {
    let here = |host: &str| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    };
    match uri.scheme_str() {
        Some("https") => uri.host().is_some(),
        Some("http") => uri.host().is_some_and(here),
        _ => false,
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreached>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fetch, may_be_asked};

    #[test]
    fn a_provider_elsewhere_leads_to_nothing_on_this_machine() {
        let (here, plain) =
            ("https://id.example/x".parse().expect("one"), "http://127.0.0.1:9/x".parse().expect("one"));
        assert_eq!([true, false].map(|on| Fetch::new(on).may_ask(&here)), [true, true]);
        assert_eq!([true, false].map(|on| Fetch::new(on).may_ask(&plain)), [true, false]);
    }

    #[test]
    fn what_is_not_on_this_machine_is_asked_by_tls_only() {
        for (address, may) in [
            ("https://id.example/x", true),
            ("http://id.example/x", false),
            ("http://127.0.0.1:9/x", true),
            ("http://[::1]:9/x", true),
            ("http://localhost:9/", true),
            ("http://localhost.example/", false),
            ("http://169.254.169.254/", false),
            ("ftp://127.0.0.1/", false),
            ("/x", false),
        ] {
            assert_eq!(may_be_asked(&address.parse().expect("an address")), may, "{address}");
        }
    }
}
