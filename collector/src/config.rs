//! Settings: built-in values, then a TOML file, then the environment, then flags; later ones win.
//!
//! `collector.example.toml` lists every key with its meaning and its built-in value. In the environment a key is
//! `ATTUNE_COLLECTOR_` and its path with underscores: `api.listen` is `ATTUNE_COLLECTOR_API_LISTEN`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use attune_ground::http::Name;
use attune_ground::store::Store;
use attune_protocol::policy::Profile;
use attune_sensing::broker::Broker;
use attune_settings::{Flags, InForce, Settings, Sources};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::CollectorError;

/// The variable that names the file itself, which the command line reads.
const FILE: &str = "ATTUNE_COLLECTOR_CONFIG";

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the database, the master key and `addresses.toml`. Once read it is never empty: that stands for
    /// [`Config::own_state`].
    pub state: PathBuf,
    /// Folder of the ONNX models; empty: those inside the program.
    pub models: PathBuf,
    /// The organisation's jurisdiction profile.
    pub profile: Profile,
    /// The analysis API.
    pub api: ApiConfig,
    /// People who sign in.
    pub accounts: AccountsConfig,
    /// What is analysed for clients of the API.
    pub analysis: AnalysisConfig,
    /// The MQTT broker.
    pub broker: BrokerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// What is logged.
    pub log: LogConfig,
    /// All of it as it was set, for who runs the collector; nothing where it was made otherwise.
    #[serde(skip)]
    pub in_force: Vec<InForce>,
}

/// Settings of the analysis API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// Where it listens; a loopback address, as long as there are no accounts to sign in with. Port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Names, `HOST` or `HOST:PORT`, by which clients know it besides loopback ones: of a proxy that stands before it.
    pub names: Vec<Name>,
}

/// Settings of people who sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsConfig {
    /// Whether people make accounts for themselves, as employees; otherwise an administrator does.
    pub registration: bool,
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
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Where the external one is, `mqtt://HOST:PORT`.
    pub url: String,
    /// Name under which several collectors share an external broker's messages; empty: this one takes all.
    pub group: String,
}

impl BrokerConfig {
    /// URL at which devices look for it.
    #[must_use]
    pub fn address(&self) -> String {
        match self.mode {
            BrokerMode::Embedded => format!("mqtt://{}", self.listen),
            BrokerMode::External => self.url.clone(),
        }
    }

    /// The one that is used.
    #[must_use]
    pub fn told(&self) -> Broker {
        match self.mode {
            BrokerMode::Embedded => Broker::Embedded(self.listen),
            BrokerMode::External => Broker::External(self.url.clone()),
        }
    }
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

/// The standard library's message does not say what an address looks like.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let wrong = |_| D::Error::custom("expected ADDRESS:PORT, as 127.0.0.1:8750");
    String::deserialize(deserializer)?.parse().map_err(wrong)
}

impl Default for Config {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            state: PathBuf::new(),
            models: PathBuf::new(),
            profile: Profile::default(),
            api: ApiConfig { listen: loopback(8750), names: Vec::new() },
            analysis: AnalysisConfig { threads: 0, queue: 16 },
            accounts: AccountsConfig { registration: false },
            broker: BrokerConfig {
                mode: BrokerMode::Embedded,
                listen: loopback(8751),
                url: String::new(),
                group: String::new(),
            },
            database: DatabaseConfig { url: String::new() },
            log: LogConfig { level: "info".into(), format: LogFormat::Text },
            in_force: Vec::new(),
        }
    }
}

const MOST_THREADS: f64 = 256.0;
const MOST_WAITING: f64 = 10_000.0;

impl Config {
    /// Puts the sources together. `flags` holds what was given on the command line.
    ///
    /// # Errors
    /// When the file is not there, a key is unknown, or a value is of the wrong kind or not possible; the message names
    /// the key and where it stands.
    pub fn load(file: Option<&Path>, flags: Flags) -> Result<Self, CollectorError> {
        Self::checked(Self::sources(file, flags).load()?)
    }

    fn sources(file: Option<&Path>, flags: Flags) -> Sources<'_> {
        Sources { file, prefix: "ATTUNE_COLLECTOR_", besides: &[FILE], flags }
    }

    fn checked(settings: Settings<Self>) -> Result<Self, CollectorError> {
        let Self { api, analysis, broker, database, .. } = &settings.values;
        if !api.listen.ip().is_loopback() {
            let problem = "expected a loopback address: there are no accounts to sign in with yet";
            return Err(settings.wrong("api.listen", problem).into());
        }
        if let Err(problem) = attune_settings::log_levels(&settings.values.log.level) {
            return Err(settings.wrong("log.level", problem).into());
        }
        if let Err(problem) = attune_sensing::broker::check(&broker.told()) {
            let error = match broker.mode {
                BrokerMode::Embedded => settings.wrong("broker.listen", problem),
                // In a URL a password may stand.
                BrokerMode::External => settings.wrong_unseen("broker.url", problem),
            };
            return Err(error.into());
        }
        if !broker.url.is_empty() && settings.is_built_in("broker.mode") {
            let problem = "expected broker.mode = \"external\" beside it: without, the broker is the embedded one";
            return Err(settings.wrong_unseen("broker.url", problem).into());
        }
        if !database.url.is_empty()
            && let Err(problem) = Store::check_url(&database.url)
        {
            return Err(settings.wrong_unseen("database.url", problem).into());
        }
        settings.within("analysis.threads", analysis.threads as f64, 0.0, MOST_THREADS)?;
        settings.within("analysis.queue", analysis.queue as f64, 0.0, MOST_WAITING)?;
        let in_force = settings.in_force();
        let mut config = Self { in_force, ..settings.values };
        if config.state.as_os_str().is_empty() {
            config.state = Self::own_state();
        }
        Ok(config)
    }

    /// The state folder where none is named: the platform's own.
    #[must_use]
    pub fn own_state() -> PathBuf {
        attune_settings::state_folder("collector")
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

    fn read(file: &str, variables: &[(&str, &str)], flags: Flags) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("collector.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let settings = Config::sources(Some(&path), flags).load_with(variables).map_err(CollectorError::from);
        settings.and_then(Config::checked).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_what_would_be_right() {
        for (file, variable, parts) in [
            (
                "[api]\nlissen = 1\n",
                ("HOME", "/root"),
                ["use the key api.lissen", "collector.toml, line 2", "did you mean api.listen?"],
            ),
            (
                "",
                ("ATTUNE_COLLECTOR_API_LISEN", "127.0.0.1:0"),
                [
                    "the variable ATTUNE_COLLECTOR_API_LISEN",
                    "known are ATTUNE_COLLECTOR_API_LISTEN",
                    "did you mean ATTUNE_COLLECTOR_API_LISTEN?",
                ],
            ),
            ("profile = \"mars\"", ("HOME", "/root"), ["\"mars\" for profile", "line 1", "eu, uk, us or research"]),
            (
                "",
                ("ATTUNE_COLLECTOR_ANALYSIS_THREADS", "many"),
                [
                    "\"many\" for analysis.threads",
                    "ATTUNE_COLLECTOR_ANALYSIS_THREADS in the environment",
                    "a whole number",
                ],
            ),
            (
                "[analysis]\n\nqueue = 10001",
                ("HOME", "/root"),
                ["10001 for analysis.queue", "line 3", "from 0 to 10000"],
            ),
            (
                "[api]\nnames = [\"http://a\"]",
                ("HOME", "/root"),
                ["api.names", "line 2", "HOST:PORT, as attune.example"],
            ),
            ("[broker]\nlisten = \"here\"", ("HOME", "/root"), ["broker.listen", "line 2", "ADDRESS:PORT"]),
            (
                "[log]\nlevel = \"debgu\"",
                ("ATTUNE_COLLECTOR_CONFIG", "x"),
                ["\"debgu\" for log.level", "line 2", "warn, info"],
            ),
            (
                "[broker]\nurl = \"mqtt://there:1\"",
                ("HOME", "/root"),
                ["the text for broker.url", "line 2", "broker.mode = \"external\" beside it"],
            ),
            (
                "",
                ("ATTUNE_COLLECTOR_DATABASE_URL", "mysql://me@there/x"),
                ["the text for database.url", "DATABASE_URL in the environment", "begins with sqlite: or postgres:"],
            ),
            ("api = 5", ("HOME", "/root"), ["one value for api", "line 1", "a section, [api]"]),
            ("[api\n", ("HOME", "/root"), ["collector.toml as TOML", "line 1", "column 5"]),
        ] {
            let error = read(file, &[variable], Flags::default()).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Config::load(Some(Path::new("nowhere/collector.toml")), Flags::default()).unwrap_err().to_string();
        assert!(error.contains("read nowhere/collector.toml") && error.contains("--config"), "{error}");
    }

    #[test]
    fn a_variable_is_read_as_its_key_is() {
        let variables = [
            ("ATTUNE_COLLECTOR_BROKER_GROUP", "2026"),
            ("ATTUNE_COLLECTOR_STATE", "true"),
            ("ATTUNE_COLLECTOR_ANALYSIS_QUEUE", "7"),
            ("ATTUNE_COLLECTOR_LOG_FORMAT", "json"),
            ("ATTUNE_TEST_POSTGRES", "postgres://somewhere"),
        ];
        let config = read("[broker]\ngroup = \"file\"", &variables, Flags::default()).unwrap();
        assert_eq!((config.broker.group.as_str(), config.state.to_str()), ("2026", Some("true")));
        assert_eq!((config.analysis.queue, config.log.format), (7, LogFormat::Json));
    }

    #[test]
    fn every_key_has_a_variable_of_its_own() {
        let mut names: Vec<String> =
            attune_settings::keys::<Config>().iter().map(|key| key.replace('.', "_")).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!((names.len(), all), (15, 15));
    }

    #[test]
    fn flags_win_over_the_file_and_the_api_stays_on_loopback() {
        let flag = |name, key, value| {
            let mut flags = Flags::default();
            flags.one(name, key, Some(value));
            read("profile = \"uk\"\n", &[], flags)
        };
        assert_eq!(read("profile = \"uk\"\n", &[], Flags::default()).unwrap().profile, Profile::Uk);
        assert_eq!(flag("--profile", "profile", "us").unwrap().profile, Profile::Us);
        let error = flag("--api", "api.listen", "0.0.0.0:8750").unwrap_err();
        assert!(error.contains("the flag --api") && error.contains("loopback"), "{error}");
    }
}
