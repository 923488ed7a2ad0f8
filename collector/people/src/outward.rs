//! What is asked of other programs by HTTP: a connection a question, TLS that this machine's own authorities vouch for, no redirects, bounded
//! answers. To whom a connection may be opened at all, whoever asks decides before.

use std::sync::Arc;

use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Bytes of an answer.
const LARGEST: usize = 256 << 10;

/// Why there was no answer. Says nothing of anybody.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// An address that is not asked.
    #[error("an address that is given is not https, or none that may be asked")]
    Address,
    /// No connection, or a certificate that nobody vouches for.
    #[error("it cannot be reached: {0}")]
    Connection(#[from] std::io::Error),
    /// What came is no HTTP.
    #[error("it speaks no HTTP that we understand: {0}")]
    Http(#[from] hyper::Error),
    /// A body that was cut, or too large.
    #[error("its answer is cut, or larger than {LARGEST} bytes")]
    Body,
}

/// Asks other programs.
pub struct Outward {
    tls: TlsConnector,
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outward(..)")
    }
}

impl Default for Outward {
    fn default() -> Self {
        Self::new()
    }
}

impl Outward {
    /// One that trusts whom this machine trusts.
    ///
    /// # Panics
    /// Never: ring has what the versions of TLS ask for.
    #[must_use]
    pub fn new() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has what these versions ask for")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Asks over a connection that is open, by TLS where the address of the request is `https`.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn ask(&self, stream: TcpStream, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Unreached> {
        self.send(stream, request, whole).await
    }

    /// The same for who needs no more than to know whether it was taken: of the answer its head alone is read, whatever comes behind it.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn hand(&self, stream: TcpStream, request: Request<Vec<u8>>) -> Result<StatusCode, Unreached> {
        self.send(stream, request, |answer| async move { Ok(answer.status()) }).await
    }

    async fn send<T, F, W>(&self, stream: TcpStream, request: Request<Vec<u8>>, take: F) -> Result<T, Unreached>
    where
        F: FnOnce(Response<Incoming>) -> W,
        W: Future<Output = Result<T, Unreached>>,
    {
        let (mut parts, body) = request.into_parts();
        let uri = parts.uri.clone();
        let authority = uri.authority().ok_or(Unreached::Address)?;
        parts.uri = uri.path_and_query().map_or("/", |path| path.as_str()).parse().map_err(|_| Unreached::Address)?;
        let named = HeaderValue::from_str(authority.as_str()).map_err(|_| Unreached::Address)?;
        parts.headers.insert(header::HOST, named);
        parts.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let request = Request::from_parts(parts, Full::new(Bytes::from(body)));
        if uri.scheme_str() != Some("https") {
            return over(stream, request, take).await;
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|_| Unreached::Address)?;
        over(self.tls.connect(name, stream).await?, request, take).await
    }
}

/// All of an answer, within a bound.
async fn whole(answer: Response<Incoming>) -> Result<Response<Vec<u8>>, Unreached> {
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Unreached::Body)?;
    Ok(Response::from_parts(parts, body.to_bytes().to_vec()))
}

async fn over<S, T, F, W>(stream: S, request: Request<Full<Bytes>>, take: F) -> Result<T, Unreached>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: FnOnce(Response<Incoming>) -> W,
    W: Future<Output = Result<T, Unreached>>,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let asked = async move {
        let answer = sender.send_request(request).await?;
        take(answer).await
    };
    let mut asked = std::pin::pin!(asked);
    tokio::select! {
        answer = &mut asked => return answer,
        // It has ended; what came before lies ready.
        _ = connection => {}
    }
    asked.await
}
