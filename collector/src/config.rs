//! Settings: built-in values, then a TOML file, then the environment, then flags; later ones win.
//!
//! `collector.example.toml` lists every key with its meaning and its built-in value. In the environment a key is
//! `ATTUNE_COLLECTOR_` and its path with underscores: `api.listen` is `ATTUNE_COLLECTOR_API_LISTEN`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use attune_ground::store::Store;
use attune_protocol::policy::Profile;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::CollectorError;

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the database, the master key and `addresses.toml`.
    pub state: PathBuf,
    /// Folder of the ONNX models.
    pub models: PathBuf,
    /// The organisation's jurisdiction profile.
    pub profile: Profile,
    /// The analysis API.
    pub api: ApiConfig,
    /// What is analysed for clients of the API.
    pub analysis: AnalysisConfig,
    /// The MQTT broker.
    pub broker: BrokerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// What is logged.
    pub log: LogConfig,
}

/// Settings of the analysis API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens; a loopback address, as long as there are no accounts to sign in with. Port 0 takes a free one.
    pub listen: SocketAddr,
}

/// Settings of the analysis of what clients send.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalysisConfig {
    /// Analyses at a time; 0: as many as there are cores.
    pub threads: usize,
    /// Requests that may wait for their turn; beyond, they are answered 503.
    pub queue: usize,
}

impl AnalysisConfig {
    /// Analyses at a time.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// Settings of the broker.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// Embedded, or one that runs elsewhere.
    pub mode: BrokerMode,
    /// Where the embedded one listens; a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the external one is, `mqtt://HOST:PORT`.
    pub url: String,
    /// Name under which several collectors share an external broker's messages; empty: this one takes all.
    pub group: String,
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

/// Settings of the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:` or `postgres:` URL; empty: an SQLite file in the state folder.
    pub url: String,
}

/// Settings of the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug` or `trace`, or a tracing filter.
    pub level: String,
    /// Text or JSON.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines, an object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            state: "state/collector".into(),
            models: "models".into(),
            profile: Profile::default(),
            api: ApiConfig { listen: loopback(8750) },
            analysis: AnalysisConfig { threads: 0, queue: 16 },
            broker: BrokerConfig {
                mode: BrokerMode::Embedded,
                listen: loopback(8751),
                url: String::new(),
                group: String::new(),
            },
            database: DatabaseConfig { url: String::new() },
            log: LogConfig { level: "info".into(), format: LogFormat::Text },
        }
    }
}

const MOST_THREADS: usize = 256;
const MOST_WAITING: usize = 10_000;

impl Config {
    /// Puts the sources together. `flags` holds what was given on the command line.
    ///
    /// # Errors
    /// When the file is not there, or a key is unknown or has a value of the wrong kind; the message names it.
    pub fn load(file: Option<&Path>, flags: impl Serialize) -> Result<Self, CollectorError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(CollectorError::Config(format!("there is no file {}", file.display())));
            }
            figment = figment.merge(Toml::file(file));
        }
        let config: Self = figment
            .merge(Env::prefixed("ATTUNE_COLLECTOR_").split("_"))
            .merge(Serialized::globals(flags))
            .extract()
            .map_err(|error| CollectorError::Config(error.to_string()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), CollectorError> {
        if !self.api.listen.ip().is_loopback() {
            return Err(CollectorError::Config(
                "api.listen must be a loopback address: there are no accounts to sign in with yet".into(),
            ));
        }
        for (key, value, most) in
            [("threads", self.analysis.threads, MOST_THREADS), ("queue", self.analysis.queue, MOST_WAITING)]
        {
            if value > most {
                return Err(CollectorError::Config(format!("analysis.{key} is {value}; the most is {most}")));
            }
        }
        Ok(())
    }

    /// The database's URL.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            Store::sqlite_url(&self.state.join("collector.sqlite"))
        } else {
            self.database.url.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_file_lists_every_key_with_its_built_in_value() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("collector.example.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let listed: toml::Value = toml::from_str(&text).unwrap();
        assert_eq!(listed, toml::Value::try_from(Config::default()).unwrap());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, "[api]\nlisten = \"127.0.0.1:0\"\nlissen = 1\n").unwrap();
        let error = Config::load(Some(&file), serde_json::json!({})).unwrap_err().to_string();
        assert!(error.contains("lissen") && error.contains("listen"), "{error}");
    }

    #[test]
    fn flags_win_over_the_file_and_the_api_stays_on_loopback() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("collector.toml");
        std::fs::write(&file, "profile = \"uk\"\n").unwrap();
        let read = |flags| Config::load(Some(&file), flags);
        assert_eq!(read(serde_json::json!({})).unwrap().profile, Profile::Uk);
        assert_eq!(read(serde_json::json!({"profile": "us"})).unwrap().profile, Profile::Us);
        let open = serde_json::json!({"api": {"listen": "0.0.0.0:8750"}});
        assert!(read(open).unwrap_err().to_string().contains("loopback"));
    }
}
