//! TLS 1.3, and nothing older, for who comes through the door. The certificate is a file's and exchanged while clients are
//! served, or the collector's own.

mod files;
mod own;
#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::GroundError;
use files::Stamp;

pub use files::Files;

/// Between two looks at the files.
const LOOK: Duration = Duration::from_secs(3);
/// What is spoken inside.
const HTTP: &[u8] = b"http/1.1";
const MQTT: &[u8] = b"mqtt";

/// How clients of another kind than browsers are greeted, under the same certificate.
#[derive(Clone)]
pub struct Greeter(TlsAcceptor);

impl Greeter {
    /// Greets a client.
    ///
    /// # Errors
    /// When it speaks no TLS 1.3, or leaves.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>> {
        self.0.accept(stream).await
    }
}

impl std::fmt::Debug for Greeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Greeter")
    }
}

/// How clients are served over TLS.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    files: Files,
    /// How the files were when they were read.
    read: Stamp,
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl Current {
    fn get(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, key: CertifiedKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get())
    }
}

impl Tls {
    /// With the certificate that lies in files.
    ///
    /// # Errors
    /// When they do not read, or the key is not the certificate's.
    pub fn new(files: Files) -> Result<Self, GroundError> {
        let (provider, read) = (Arc::new(ring::default_provider()), files.stamp());
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read(&provider)?))));
        let acceptor = acceptor(&provider, &current, HTTP)?;
        Ok(Self { acceptor, provider, current, files, read })
    }

    /// Greets clients who speak MQTT inside, under the certificate that is shown then.
    ///
    /// # Errors
    /// When no TLS 1.3 can be spoken.
    pub fn of_mqtt(&self) -> Result<Greeter, GroundError> {
        Ok(Greeter(acceptor(&self.provider, &self.current, MQTT)?))
    }

    /// The SHA-256 of the certificate, its bytes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.current.get().cert.first().map(Sha256::digest).unwrap_or_default().into()
    }

    /// The SHA-256 of the certificate, `AB:CD:...`, as browsers and openssl show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for (at, byte) in self.digest().iter().enumerate() {
            // Writing to a text does not fail.
            let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { ":" });
        }
        text
    }

    /// Whether the certificate is for a host: a client that looks takes it for no other.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let current = self.current.get();
        let Some(Ok(parsed)) = current.cert.first().map(ParsedCertificate::try_from) else { return false };
        ServerName::try_from(host).is_ok_and(|name| verify_server_name(&parsed, &name).is_ok())
    }

    /// Greets a client.
    ///
    /// # Errors
    /// When it speaks no TLS 1.3, or leaves.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Looks at the files until it is told to stop, and at once when the process is told to (SIGHUP). What was exchanged is
    /// shown from the next client on; what does not read is said, and the one before stays.
    pub async fn keep(self, mut stop: watch::Receiver<bool>) {
        let mut told = Told::listen();
        let mut seen = self.read;
        loop {
            let asked = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = told.again() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let (now, this) = (self.files.stamp(), self.clone());
            if asked || now != seen {
                seen = now;
                // Reading waits for a disk.
                let _ = tokio::task::spawn_blocking(move || this.read_again(seen)).await;
            }
        }
    }

    fn read_again(&self, stamp: Stamp) {
        let before = self.fingerprint();
        match self.files.read(&self.provider) {
            // One of the two was exchanged meanwhile: both are read again soon.
            Ok(_) if self.files.stamp() != stamp => {}
            Ok(key) => {
                self.current.set(key);
                let fingerprint = self.fingerprint();
                if fingerprint != before {
                    tracing::info!(fingerprint, "The TLS certificate was exchanged.");
                }
            }
            Err(error) => tracing::warn!(%error, "The new TLS certificate cannot be used; the one before stays."),
        }
    }
}

fn acceptor(provider: &Arc<CryptoProvider>, shown: &Arc<Current>, inside: &[u8]) -> Result<TlsAcceptor, GroundError> {
    let wrong = |error: rustls::Error| GroundError::Config(format!("TLS: {error}"));
    let config = ServerConfig::builder_with_provider(Arc::clone(provider));
    let config = config.with_protocol_versions(&[&TLS13]).map_err(wrong)?.with_no_client_auth();
    let mut config = config.with_cert_resolver(Arc::<Current>::clone(shown));
    config.alpn_protocols = vec![inside.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tls({})", self.fingerprint())
    }
}

/// Hears when the process is told to read its files again.
struct Told(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Told {
    #[cfg(unix)]
    fn listen() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    #[cfg(not(unix))]
    fn listen() -> Self {
        Self()
    }

    async fn again(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
