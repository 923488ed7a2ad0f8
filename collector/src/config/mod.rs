//! Settings: built-in values, then a TOML file, then the environment, then flags; later ones win.
//!
//! `collector.example.toml` lists every key with its meaning and its built-in value. In the environment a key is
//! `ATTUNE_COLLECTOR_` and its path with underscores: `api.listen` is `ATTUNE_COLLECTOR_API_LISTEN`.

mod alerts;
mod api;
mod broker;
mod hr;
mod messages;
mod reports;
mod watching;
mod wellbeing;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use attune_ground::retention::{Class, Limits};
use attune_ground::store::{Store, Urls};
use attune_people::Watching;
use attune_people::accounts::is_unseen;
use attune_protocol::broker::BrokerAddress;
use attune_protocol::policy::Profile;
use attune_settings::{Flags, InForce, Settings, Sources};
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

pub use alerts::AlertsConfig;
pub use api::{ApiConfig, ProxyConfig, RateConfig, TlsConfig};
pub use broker::{BrokerConfig, BrokerMode};
pub use hr::HrConfig;
pub use messages::MessagesConfig;
pub use reports::ReportsConfig;
pub use wellbeing::WellbeingConfig;

use crate::CollectorError;
use crate::mail::MailConfig;
use crate::sign_in::SignInConfig;

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
    /// The organisation's time zone, as IANA names it: of who has chosen none.
    #[serde(deserialize_with = "zone")]
    pub zone: String,
    /// What the organisation has on record, which policy asks for.
    pub policy: PolicyConfig,
    /// How long what is kept of people may lie.
    pub retention: RetentionConfig,
    /// Wellbeing over time.
    pub wellbeing: WellbeingConfig,
    /// Alerts.
    pub alerts: AlertsConfig,
    /// What people write.
    pub messages: MessagesConfig,
    /// HR's tables.
    pub hr: HrConfig,
    /// Reports.
    pub reports: ReportsConfig,
    /// How use of what is kept of people is watched.
    pub watching: Watching,
    /// The analysis API.
    pub api: ApiConfig,
    /// People who sign in.
    pub accounts: AccountsConfig,
    /// Mail to who signs in.
    pub mail: MailConfig,
    /// With whom they sign in besides.
    pub sign_in: SignInConfig,
    /// What is analysed for clients of the API.
    pub analysis: AnalysisConfig,
    /// The MQTT broker.
    pub broker: BrokerConfig,
    /// The database.
    pub database: DatabaseConfig,
    /// Copies of both.
    pub backup: BackupConfig,
    /// What is logged.
    pub log: LogConfig,
    /// Whether its people are made up, which pages then say: those of a demonstration.
    #[serde(skip)]
    pub made_up: bool,
    /// All of it as it was set, for who runs the collector; nothing where it was made otherwise.
    #[serde(skip)]
    pub in_force: Vec<InForce>,
}

/// What the organisation has on record: the names under which it keeps them, empty where there is none.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// The assessment of the consequences for data protection.
    pub dpia: String,
    /// The agreement with the works council.
    pub works_agreement: String,
}

/// Days for which each class is kept; 0: as the profile has it.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// What is of a person who has chosen no time of their own.
    pub history: u16,
    /// Features as devices sent them.
    pub records: u16,
    /// Scores that were fused of them.
    pub sessions: u16,
    /// What clients sent for analysis.
    pub analyses: u16,
    /// Items that did not read when they came.
    pub quarantine: u16,
    /// What people say against scores.
    pub corrections: u16,
    /// What people asked for and was done.
    pub requests: u16,
    /// From where somebody has signed in before.
    pub sign_ins: u16,
    /// Sums of what was seen of a person by hour, day, week and month.
    pub rollups: u16,
    /// Messages that people wrote.
    pub messages: u16,
    /// Tables that HR gave.
    pub hr: u16,
    /// Letters between people and HR, and reminders.
    pub letters: u16,
}

impl RetentionConfig {
    /// By class, in the order of [`Class::ALL`].
    const fn classes(&self) -> [u16; Class::ALL.len()] {
        let Self {
            history: _,
            records,
            sessions,
            analyses,
            quarantine,
            corrections,
            requests,
            sign_ins,
            rollups,
            messages,
            hr,
            letters,
        } = *self;
        [records, sessions, analyses, quarantine, corrections, requests, sign_ins, rollups, messages, hr, letters]
    }
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

/// Settings of the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:` or `postgres:` URL; empty: an SQLite file in the state folder.
    pub url: String,
    /// The same for the keys of people, which never lie in the database itself; empty: an SQLite file in the state folder.
    pub keys: String,
}

/// Settings of copies.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupConfig {
    /// The folder where the copy of the keys is renewed, and `attune-collector backup` puts its own; empty: none.
    pub to: PathBuf,
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

/// A zone that there is, under the name that IANA has for it.
fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let zone = TimeZone::get(&name).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    zone.ok_or_else(|| D::Error::custom("expected a time zone as IANA names it, as Europe/Berlin or UTC"))
}

impl Default for Config {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self {
            state: PathBuf::new(),
            models: PathBuf::new(),
            profile: Profile::default(),
            policy: PolicyConfig::default(),
            zone: "UTC".into(),
            made_up: false,
            retention: RetentionConfig::default(),
            wellbeing: WellbeingConfig::default(),
            alerts: AlertsConfig::default(),
            messages: MessagesConfig::default(),
            hr: HrConfig::default(),
            reports: ReportsConfig::default(),
            watching: Watching::default(),
            api: ApiConfig {
                listen: loopback(8750),
                names: Vec::new(),
                tls: TlsConfig::default(),
                proxy: ProxyConfig::default(),
                rate: RateConfig { requests: 50.0, burst: 500 },
            },
            analysis: AnalysisConfig { threads: 0, queue: 16 },
            accounts: AccountsConfig { registration: false },
            mail: MailConfig::default(),
            sign_in: SignInConfig::default(),
            broker: BrokerConfig {
                mode: BrokerMode::Embedded,
                listen: loopback(8751),
                tls: TlsConfig::default(),
                url: String::new(),
                private: false,
                user: String::new(),
                password_file: PathBuf::new(),
                acl: PathBuf::new(),
                group: String::new(),
                public_url: String::new(),
            },
            database: DatabaseConfig { url: String::new(), keys: String::new() },
            backup: BackupConfig::default(),
            log: LogConfig { level: "info".into(), format: LogFormat::Text },
            in_force: Vec::new(),
        }
    }
}

/// Letters of the name of something on record.
const LONGEST_NAME: usize = 100;
/// Days of history that somebody may have chosen for them.
const MOST_HISTORY: f64 = 365.0;
const MOST_THREADS: f64 = 256.0;
const MOST_WAITING: f64 = 10_000.0;
const MOST_REQUESTS: f64 = 1_000_000.0;

/// Why an address that is not loopback is refused.
const IN_THE_OPEN: &str = "expected a loopback address, or TLS beside it (api.tls.certificate and api.tls.key, or \
                           api.tls.self_signed = true), or the proxy that stands before it (api.proxy.trusted): nothing of people goes \
                           over a network unencrypted";

/// Why keys are refused in the database that they open.
const KEYS_APART: &str = "expected another database than that of database.url: copies of it would hold the keys, and open after their \
                          people were erased";

/// Why collectors that share messages are refused with keys of each one's own.
const SHARED_KEYS: &str = "expected the URL of a database for the keys of people, the same for each collector of broker.group: those that \
                           share a database share its keys";

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
        let Self {
            policy,
            api,
            sign_in,
            mail,
            analysis,
            broker,
            database,
            retention,
            wellbeing,
            alerts,
            messages,
            hr,
            reports,
            watching,
            ..
        } = &settings.values;
        if retention.history > 0 {
            settings.within("retention.history", f64::from(retention.history), 1.0, MOST_HISTORY)?;
        }
        for (class, days) in Class::ALL.into_iter().zip(retention.classes()).filter(|(_, days)| *days > 0) {
            let (least, most) = class.bounds();
            let key = format!("retention.{}", class.name());
            settings.within(&key, f64::from(days), f64::from(least), f64::from(most))?;
        }
        for (key, name) in [("policy.dpia", &policy.dpia), ("policy.works_agreement", &policy.works_agreement)] {
            let is_name = name.trim() == name && name.chars().count() <= LONGEST_NAME;
            if !is_name || name.contains(is_unseen) {
                let problem = format!("expected a name of one line, up to {LONGEST_NAME} letters, as \"DPIA-2026-3\"");
                return Err(settings.wrong(key, problem).into());
            }
        }
        let problem = wellbeing.problem().or_else(|| alerts.problem()).or_else(|| messages.problem());
        if let Some((key, problem)) =
            problem.or_else(|| hr.problem()).or_else(|| reports.problem()).or_else(|| watching::problem(watching))
        {
            return Err(settings.wrong(key, problem).into());
        }
        let certificates = api.tls.problem("api.tls").or_else(|| broker.tls.problem("broker.tls"));
        if let Some((key, problem)) = certificates {
            return Err(settings.wrong(&key, problem).into());
        }
        if let Some((key, problem)) = mail.problem() {
            // In an address a password may stand.
            return Err(settings.wrong_unseen(key, problem).into());
        }
        if let Some((key, problem)) = sign_in.oidc.problem() {
            return Err(settings.wrong(key, problem).into());
        }
        if !api.listen.ip().is_loopback() && !api.tls.is_on() && api.proxy.trusted.is_empty() {
            return Err(settings.wrong("api.listen", IN_THE_OPEN).into());
        }
        settings.within("api.rate.requests", api.rate.requests, 1.0, MOST_REQUESTS)?;
        settings.within("api.rate.burst", f64::from(api.rate.burst), 1.0, MOST_REQUESTS)?;
        if let Err(problem) = attune_settings::log_levels(&settings.values.log.level) {
            return Err(settings.wrong("log.level", problem).into());
        }
        if let Some((key, problem, is_shown)) = broker.problem(api) {
            let wrong = if is_shown { settings.wrong(key, problem) } else { settings.wrong_unseen(key, problem) };
            return Err(wrong.into());
        }
        if !broker.url.is_empty() && settings.is_built_in("broker.mode") {
            let problem = "expected broker.mode = \"external\" beside it: without, the broker is the embedded one";
            return Err(settings.wrong_unseen("broker.url", problem).into());
        }
        if !broker.public_url.is_empty()
            && let Err(problem) = BrokerAddress::read(&broker.public_url)
        {
            return Err(settings.wrong_unseen("broker.public_url", problem).into());
        }
        if !database.url.is_empty()
            && let Err(problem) = Store::check_url(&database.url)
        {
            return Err(settings.wrong_unseen("database.url", problem).into());
        }
        if !database.keys.is_empty()
            && let Err(problem) = Store::check_url(&database.keys)
        {
            return Err(settings.wrong_unseen("database.keys", problem).into());
        }
        if !database.keys.is_empty() && database.keys == database.url {
            return Err(settings.wrong_unseen("database.keys", KEYS_APART).into());
        }
        if !broker.group.is_empty()
            && !database.url.starts_with("sqlite:")
            && !database.url.is_empty()
            && database.keys.is_empty()
        {
            return Err(settings.wrong_unseen("database.keys", SHARED_KEYS).into());
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

    /// The organisation's time zone.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// How long each class is kept: as it is set, or as the profile has it.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let Limits { history, mut classes } = Limits::built_in(self.profile);
        for (days, set) in classes.iter_mut().zip(self.retention.classes()) {
            *days = if set > 0 { set } else { *days };
        }
        Limits { history: if self.retention.history > 0 { self.retention.history } else { history }, classes }
    }

    /// Where people reach it: by the first of its names, else where it listens. Without a slash at the end.
    #[must_use]
    pub fn base(&self) -> String {
        let Self { api, .. } = self;
        match api.names.first() {
            Some(name) if api.proxy.trusted.is_empty() => format!("{}://{name}", api.scheme()),
            Some(name) => format!("https://{name}"),
            None => format!("{}://{}", api.scheme(), api.listen),
        }
    }

    /// Where the database and the keys of people are.
    #[must_use]
    pub fn urls(&self) -> Urls {
        let keys = match self.database.keys.as_str() {
            "" => Store::sqlite_url(&self.state.join("keys.sqlite")),
            named => named.into(),
        };
        Urls { database: self.database_url(), keys }
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
mod tests;
