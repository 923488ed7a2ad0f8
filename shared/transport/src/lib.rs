//! How both programs reach an MQTT broker: as its address says, plain or over TLS. Who is known by a certificate is known so elsewhere,
//! too.

mod pinned;

use std::sync::Arc;

use attune_protocol::broker::{BrokerAddress, Trust};
use rumqttc::{TlsConfiguration, Transport};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use pinned::Pinned;

/// The transport to a broker.
///
/// The system's trust is read anew each time: what an organisation adds to it counts from the next connection on.
///
/// # Panics
/// Never: ring speaks the versions of TLS that rustls has.
#[must_use]
pub fn to(broker: &BrokerAddress) -> Transport {
    match broker.tls {
        None => Transport::Tcp,
        Some(trust) => Transport::Tls(TlsConfiguration::Rustls(Arc::new(config(trust)))),
    }
}

/// What a client of such a broker speaks: TLS 1.3, or 1.2 with a broker of somebody else's.
///
/// # Panics
/// As [`to`].
#[must_use]
pub fn config(trust: Trust) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().expect("ring speaks TLS 1.2 and 1.3");
    let builder = match trust {
        Trust::Certificate(fingerprint) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned::new(fingerprint, &provider)))
        }
        Trust::Roots => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            builder.with_root_certificates(roots)
        }
    };
    builder.with_no_client_auth()
}
