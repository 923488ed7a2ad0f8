//! One connection a request, by our own client: no redirect is followed, no proxy of the environment is taken, nothing is sent again by
//! itself, and whoever drops an answer has closed its connection.
//!
//! That is why no ready-made client is used. A pool sends a request anew where the connection that it took was closed meanwhile, and a
//! request to a model is paid for each time; and a stop has to reach the other side at once, also before the first word.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::endpoint::{Address, may_lead_to};

/// Opens connections.
pub(crate) struct Connector {
    tls: TlsConnector,
}

impl Connector {
    /// One that trusts whom this machine trusts.
    pub(crate) fn new() -> Self {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has what these versions ask for")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { tls: TlsConnector::from(Arc::new(config)) }
    }

    /// Connects.
    pub(crate) async fn open(&self, address: &Address) -> io::Result<Line> {
        let stream = reach(address).await?;
        stream.set_nodelay(true)?;
        if !address.is_tls {
            return Line::over(stream).await;
        }
        let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
        Line::over(self.tls.connect(name, stream).await?).await
    }
}

/// The first of the host's addresses that takes a connection.
async fn reach(address: &Address) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name leads to no address that may be asked");
    let found: Vec<SocketAddr> = lookup_host((address.host.as_str(), address.port)).await?.collect();
    for one in found.into_iter().filter(|one| may_lead_to(one.ip())) {
        match TcpStream::connect(one).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// A connection that ends with its owner.
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    _running: Running,
}

/// The task that moves the bytes.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    async fn over<S>(stream: S) -> io::Result<Self>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // How it ended, whoever reads the answer is told.
        let running = Running(tokio::spawn(async move { drop(connection.await) }));
        Ok(Self { sender, _running: running })
    }

    /// Asks, and gives the head of the answer.
    pub(crate) async fn ask(mut self, request: Request<Full<Bytes>>) -> io::Result<Opened> {
        let answer = self.sender.send_request(request).await.map_err(io::Error::other)?;
        Ok(Opened { answer, _line: self })
    }
}

/// An answer that comes.
pub(crate) struct Opened {
    answer: Response<Incoming>,
    _line: Line,
}

impl Opened {
    pub(crate) fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.answer.headers().get(name)?.to_str().ok()
    }

    /// The next bytes; none at the end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            let body = self.answer.body_mut();
            if body.is_end_stream() {
                return Ok(None);
            }
            match body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(io::Error::other(error)),
                // Trailers are passed over.
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }
}
