//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use attune_protocol::policy::Profile;
use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::CollectorError;
use crate::config::{BrokerMode, Config, LogFormat};
use crate::demo::DemoArgs;

/// Takes in what Attune agents send, fuses it into sessions and answers questions about them.
#[derive(Debug, Parser)]
#[command(
    name = "attune-collector",
    version,
    after_help = "Example:\n  attune-collector --state /var/lib/attune serve"
)]
pub struct Cli {
    /// Settings that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Settings that every command takes; each is also a key of the configuration file.
#[derive(Debug, Args)]
pub struct Global {
    /// TOML file with settings; collector.example.toml lists them all.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the database, the master key and addresses.toml [default: state/collector].
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Folder of the ONNX models [default: models].
    #[arg(long, global = true, value_name = "DIR")]
    pub models: Option<PathBuf>,
    /// Database URL, sqlite: or postgres: [default: an SQLite file in the state folder].
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// error, warn, info, debug, trace or a filter [default: info].
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log: Option<String>,
    /// How log lines look [default: text].
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the collector until Ctrl-C.
    #[command(after_help = "Example:\n  attune-collector serve --api 127.0.0.1:8750 --profile eu")]
    Serve(Serve),
    /// Print a one-time code with which a device of this user can be enrolled.
    #[command(after_help = "Example:\n  attune-collector enrol --user alice\n  \
        attune-agent enrol --broker mqtt://127.0.0.1:8751 --code THE-CODE")]
    Enrol(Enrol),
    /// Play a recording of nobody through a collector and an agent, and show what is fused.
    #[command(after_help = "Example:\n  attune-collector demo --once")]
    Demo(DemoArgs),
    /// Look at the configuration, the models and the database, and say what is wrong.
    #[command(after_help = "Example:\n  attune-collector --config collector.toml check")]
    Check,
    /// Print the API's OpenAPI document.
    #[command(after_help = "Example:\n  attune-collector openapi > collector/openapi.json")]
    Openapi,
}

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where the API listens, on loopback; port 0 takes a free one [default: 127.0.0.1:8750].
    #[arg(long, value_name = "ADDRESS")]
    pub api: Option<SocketAddr>,
    /// Where the embedded broker listens, on loopback; port 0 takes a free one [default: 127.0.0.1:8751].
    #[arg(long, value_name = "ADDRESS")]
    pub mqtt: Option<SocketAddr>,
    /// "embedded", or the URL of a broker that runs elsewhere, mqtt://HOST:PORT [default: embedded].
    #[arg(long, value_name = "BROKER")]
    pub broker: Option<String>,
    /// Jurisdiction profile: eu, uk, us or research [default: eu].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Profile>,
}

/// Settings of `enrol`.
#[derive(Debug, Args)]
pub struct Enrol {
    /// The user id that the outside world has for the person.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// How long the code can be used.
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(i64).range(1..=10_080))]
    pub valid_minutes: i64,
}

/// What was given on the command line, as the configuration has it; what was not given is left out.
#[derive(Debug, Default, Serialize)]
struct Flags {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    api: ApiFlags,
    broker: BrokerFlags,
    database: DatabaseFlags,
    log: LogFlags,
}

#[derive(Debug, Default, Serialize)]
struct ApiFlags {
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
}

#[derive(Debug, Default, Serialize)]
struct BrokerFlags {
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<BrokerMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct DatabaseFlags {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct LogFlags {
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<LogFormat>,
}

impl Cli {
    /// The settings, with what was given on the command line over the other sources.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn config(&self) -> Result<Config, CollectorError> {
        let global = &self.global;
        let mut flags = Flags {
            state: global.state.clone(),
            models: global.models.clone(),
            database: DatabaseFlags { url: global.database.clone() },
            log: LogFlags { level: global.log.clone(), format: global.log_format },
            ..Flags::default()
        };
        if let Command::Serve(serve) = &self.command {
            flags.profile = serve.profile;
            flags.api.listen = serve.api;
            flags.broker.listen = serve.mqtt;
            match serve.broker.as_deref() {
                Some("embedded") => flags.broker.mode = Some(BrokerMode::Embedded),
                Some(url) => {
                    flags.broker.mode = Some(BrokerMode::External);
                    flags.broker.url = Some(url.to_owned());
                }
                None => {}
            }
        }
        Config::load(global.config.as_deref(), flags)
    }
}
