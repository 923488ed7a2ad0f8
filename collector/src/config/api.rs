//! Settings of the API: where it listens, how it is encrypted, what stands before it.

use std::net::SocketAddr;
use std::path::PathBuf;

use attune_ground::http::{Files, Name, Network, Proxies, Rate};
use serde::{Deserialize, Serialize};

use super::address;

/// Settings of the analysis API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens. Other than on loopback only with TLS or behind a declared proxy, and once somebody can sign in. Port 0
    /// takes a free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Names, `HOST` or `HOST:PORT`, by which clients know it besides loopback ones: its own, or those of a proxy that stands
    /// before it.
    pub names: Vec<Name>,
    /// How it is encrypted.
    pub tls: TlsConfig,
    /// What stands before it.
    pub proxy: ProxyConfig,
    /// How often one address may ask.
    pub rate: RateConfig,
}

/// Settings of TLS. Without any it is not spoken.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file of the certificate and those that vouch for it; empty: none.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
    /// Whether the collector makes one for itself, into the state folder.
    pub self_signed: bool,
}

impl TlsConfig {
    /// The files that are named, if they are.
    #[must_use]
    pub fn files(&self) -> Option<Files> {
        let is_named = !self.certificate.as_os_str().is_empty();
        is_named.then(|| Files { certificate: self.certificate.clone(), key: self.key.clone() })
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.self_signed || self.files().is_some()
    }

    /// What is wrong with it: the key, and what would be right.
    pub(super) fn problem(&self, table: &str) -> Option<(String, String)> {
        let wrong = |key: &str, problem: String| Some((format!("{table}.{key}"), problem));
        match (self.certificate.as_os_str().is_empty(), self.key.as_os_str().is_empty()) {
            (true, false) => {
                wrong("certificate", format!("expected the file of the certificate whose key {table}.key names"))
            }
            (false, true) => {
                wrong("key", format!("expected the file of the key of the certificate that {table}.certificate names"))
            }
            (false, false) if self.self_signed => {
                wrong("self_signed", format!("expected false beside {table}.certificate: there is one already"))
            }
            _ => None,
        }
    }
}

/// Settings of what stands before the API.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// Addresses and networks of reverse proxies: what they say of their clients is believed.
    pub trusted: Vec<Network>,
}

/// Settings of how often one address may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    /// Requests a second, over time.
    pub requests: f64,
    /// Requests at once.
    pub burst: u32,
}

impl ApiConfig {
    /// The proxies.
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        self.proxy.trusted.clone().into()
    }

    /// How often one address may ask.
    #[must_use]
    pub fn rate(&self) -> Rate {
        Rate { per_second: self.rate.requests, burst: self.rate.burst }
    }

    /// The scheme by which it is asked.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_on() { "https" } else { "http" }
    }
}
