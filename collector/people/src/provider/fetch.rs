//! What is asked of a provider: by TLS, or plainly where the provider itself is on this machine; a connection a question, no redirects, bounded answers.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Bytes of an answer.
const LARGEST: usize = 256 << 10;

/// Why there was no answer. Says nothing of who signs in.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreached {
    /// An address that is asked by TLS only.
    #[error("an address that the provider names is not https")]
    Address,
    /// No connection, or a certificate that nobody vouches for.
    #[error("the provider cannot be reached: {0}")]
    Connection(#[from] std::io::Error),
    /// What came is no HTTP.
    #[error("the provider speaks no HTTP that we understand: {0}")]
    Http(#[from] hyper::Error),
    /// A body that was cut, or too large.
    #[error("the provider's answer is cut, or larger than {LARGEST} bytes")]
    Body,
}

/// Asks providers.
pub(super) struct Fetch {
    tls: TlsConnector,
    /// Whether it may ask this machine without TLS.
    here: bool,
}

impl Fetch {
    /// One that trusts whom this machine trusts. A provider elsewhere (`here` is false) leads it to nothing of this machine that
    /// speaks no TLS.
    pub(super) fn new(here: bool) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has what these versions ask for")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)), here }
    }

    /// Whether it asks at an address, or lets a browser be led there.
    pub(super) fn may_ask(&self, uri: &Uri) -> bool {
        may_be_asked(uri) && (self.here || uri.scheme_str() == Some("https"))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Unreached> {
        let (mut parts, body) = request.into_parts();
        let uri = parts.uri.clone();
        if !self.may_ask(&uri) {
            return Err(Unreached::Address);
        }
        let authority = uri.authority().ok_or(Unreached::Address)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let is_tls = uri.scheme_str() == Some("https");
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        parts.uri = uri.path_and_query().map_or("/", |path| path.as_str()).parse().map_err(|_| Unreached::Address)?;
        let named = HeaderValue::from_str(authority.as_str()).map_err(|_| Unreached::Address)?;
        parts.headers.insert(header::HOST, named);
        parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let request = Request::from_parts(parts, Full::new(Bytes::from(body)));
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if !is_tls {
            return over(stream, request).await;
        }
        let name = ServerName::try_from(host).map_err(|_| Unreached::Address)?;
        over(self.tls.connect(name, stream).await?, request).await
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

async fn over<S>(stream: S, request: Request<Full<Bytes>>) -> Result<HttpResponse, Unreached>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asked = async move {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Unreached::Body)?;
        Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
    };
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        answer = &mut asked => return answer,
        // It has ended; what came before lies ready.
        _ = connection => {}
    }
    asked.await
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
