//! A client that speaks TLS to a collector, and knows its certificate by the fingerprint that it printed.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
    SupportedProtocolVersion,
};
use sha2::{Digest, Sha256};

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// SHA-256 of a certificate, `AB:CD:...`.
#[must_use]
pub fn fingerprint(certificate: &[u8]) -> String {
    let bytes: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// Sends a request to an address, `HOST:PORT`, by the name of this machine, and gives all that is answered.
///
/// # Errors
/// When it shows another certificate, speaks none of the versions, or does not answer.
pub fn ask(
    address: &str,
    fingerprint: &str,
    versions: &[&'static SupportedProtocolVersion],
    request: &str,
) -> io::Result<String> {
    ask_by(("localhost", address), fingerprint, versions, request)
}

/// The same by another name.
///
/// # Errors
/// As [`ask`].
pub fn ask_by(
    (name, address): (&str, &str),
    fingerprint: &str,
    versions: &[&'static SupportedProtocolVersion],
    request: &str,
) -> io::Result<String> {
    let mut client = client(fingerprint, versions)?;
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let connection = ClientConnection::new(Arc::new(client), name).map_err(io::Error::other)?;
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// What believes who shows the certificate of this fingerprint, and nobody else.
///
/// # Errors
/// When there is no such version.
pub fn client(fingerprint: &str, versions: &[&'static SupportedProtocolVersion]) -> io::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let pinned = Pinned { fingerprint: fingerprint.to_owned(), provider: Arc::clone(&provider) };
    let client = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    let client = client.map_err(io::Error::other)?.dangerous().with_custom_certificate_verifier(Arc::new(pinned));
    Ok(client.with_no_client_auth())
}

#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match fingerprint(certificate) == self.fingerprint {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
