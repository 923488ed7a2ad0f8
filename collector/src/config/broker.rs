//! Settings of the broker: embedded or elsewhere, where it listens, how it is encrypted, how devices reach it.

use std::net::SocketAddr;
use std::path::PathBuf;

use attune_protocol::broker::{BrokerAddress, Trust};
use attune_sensing::broker::{self, Broker, Certificate, Embedding, Outside};
use serde::{Deserialize, Serialize};

use super::{ApiConfig, TlsConfig, address};

/// Settings of the broker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// Embedded, or one that runs elsewhere.
    pub mode: BrokerMode,
    /// Where the embedded one listens. Other than on loopback only with TLS. Port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// How the embedded one is encrypted; off loopback as the API is, where nothing else is set.
    pub tls: TlsConfig,
    /// Where the external one is, `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` over TLS.
    pub url: String,
    /// Whether the way to the external one is nobody else's, so that it may go without TLS: a network of containers on one machine, or
    /// a tunnel.
    pub private: bool,
    /// Name under which collectors sign in at the external one; empty: they do not.
    pub user: String,
    /// The file of the password to it.
    pub password_file: PathBuf,
    /// Folder in which stands, for as long as this collector runs, what a mosquitto is told of who may do what; empty: nowhere.
    pub acl: PathBuf,
    /// Name under which several collectors share an external broker's messages; empty: this one takes all.
    pub group: String,
    /// How devices reach it, `mqtts://HOST:PORT`, where that is not where the collector does or it listens; empty: there, or for the
    /// embedded one off loopback by the first of `api.names`.
    pub public_url: String,
}

/// Which broker is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BrokerMode {
    /// rumqttd within this program, behind a gate.
    Embedded,
    /// Any MQTT broker at `broker.url`.
    External,
}

/// Why what is said of an external broker is refused where it is not used.
const OF_EXTERNAL: &str =
    "expected broker.mode = \"external\" beside it: the embedded broker knows by itself who may do what";

impl BrokerConfig {
    /// How the embedded one is encrypted, where it is.
    #[must_use]
    pub fn encrypted<'a>(&'a self, api: &'a ApiConfig) -> Option<&'a TlsConfig> {
        if self.mode == BrokerMode::External {
            return None;
        }
        let shared = Some(&api.tls).filter(|tls| tls.is_on() && !self.listen.ip().is_loopback());
        Some(&self.tls).filter(|tls| tls.is_on()).or(shared)
    }

    /// URL at which devices look for it, as far as that is known before it runs.
    #[must_use]
    pub fn address(&self, api: &ApiConfig) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        if self.mode == BrokerMode::External {
            return self.url.clone();
        }
        let tls = self.encrypted(api).map(|_| Trust::Roots);
        let here = || BrokerAddress { tls, ..self.listen.into() };
        let mut reached = self.reached(api).unwrap_or_else(here);
        if reached.port == 0 {
            reached.port = self.listen.port();
        }
        reached.to_string()
    }

    /// The one that is used, with its certificate.
    #[must_use]
    pub fn told(&self, api: &ApiConfig, tls: Option<Certificate>) -> Broker {
        match self.mode {
            BrokerMode::Embedded => {
                Broker::Embedded(Embedding { listen: self.listen, reached: self.reached(api), tls })
            }
            BrokerMode::External => {
                let acl = Some(self.acl.clone()).filter(|folder| !folder.as_os_str().is_empty());
                Broker::External(Outside { url: self.url.clone(), login: self.login(), acl })
            }
        }
    }

    /// The name under which collectors sign in at the external one, and the file of their password.
    #[must_use]
    pub fn login(&self) -> Option<(String, PathBuf)> {
        (!self.user.is_empty()).then(|| (self.user.clone(), self.password_file.clone()))
    }

    /// What is wrong with it: the key, what would be right, and whether what is set may be repeated.
    pub(super) fn problem(&self, api: &ApiConfig) -> Option<(&'static str, &'static str, bool)> {
        match self.mode {
            BrokerMode::Embedded => {
                let (is_encrypted, is_named) = (self.encrypted(api).is_some(), self.reached(api).is_some());
                let wrong = broker::check_embedded(self.listen, is_encrypted, is_named).err();
                let outside = [
                    ("broker.user", self.user.is_empty()),
                    ("broker.password_file", self.password_file.as_os_str().is_empty()),
                    ("broker.acl", self.acl.as_os_str().is_empty()),
                ];
                let needless = outside.into_iter().find(|(_, is_empty)| !is_empty);
                let needless = needless.map(|(key, _)| (key, OF_EXTERNAL, true));
                wrong.map(|problem| ("broker.listen", problem, true)).or(needless)
            }
            // In a URL a password may stand.
            BrokerMode::External => {
                let url = broker::check_url(&self.url, self.private).err();
                url.map(|problem| ("broker.url", problem, false)).or_else(|| self.problem_of_login())
            }
        }
    }

    fn problem_of_login(&self) -> Option<(&'static str, &'static str, bool)> {
        if self.user.is_empty() != self.password_file.as_os_str().is_empty() {
            return Some(("broker.user", "expected both of broker.user and broker.password_file, or neither", true));
        }
        let wrong = if self.user.is_empty() { None } else { broker::check_user(&self.user).err() };
        wrong.map(|problem| ("broker.user", problem, true))
    }

    /// How devices reach the embedded one, where that is not where it listens. On loopback nobody asks for a name.
    fn reached(&self, api: &ApiConfig) -> Option<BrokerAddress> {
        let named = || {
            let name = api.names.first().filter(|_| !self.listen.ip().is_loopback())?;
            let host = name.host().trim_matches(['[', ']']).to_owned();
            Some(BrokerAddress { host, port: 0, tls: self.encrypted(api).map(|_| Trust::Roots) })
        };
        self.public_url.parse().ok().or_else(named)
    }
}
