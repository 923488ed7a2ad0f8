//! The command line.

use std::path::PathBuf;

use attune_protocol::ids::DeviceId;
use attune_settings::Flags;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::CollectorError;
use crate::config::{Config, LogFormat};
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
    #[arg(long, global = true, value_name = "FILE", env = "ATTUNE_COLLECTOR_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Folder of the database, the master key and addresses.toml [default: the platform's own].
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Folder of the ONNX models [default: those inside the program].
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
    /// Print a one-time code with which a device of this user can be enrolled, and on standard error the line for the device.
    #[command(after_help = "Example:\n  attune-collector enrol --user alice\n  \
        attune-agent enrol --broker mqtt://127.0.0.1:8751 --code THE-CODE")]
    Enrol(Enrol),
    /// Play a recording of nobody through a collector and an agent, and show what is fused.
    #[command(
        after_help = "It keeps its state in a temporary folder unless --state names one, logs errors only unless \
        --log says more, and plays under the profile research.\n\nExample:\n  attune-collector demo --once"
    )]
    Demo(DemoArgs),
    /// Say that the clock of this machine is right after it leapt, so that what is too old is deleted again.
    #[command(after_help = "Example:\n  date\n  attune-collector trust-clock")]
    TrustClock,
    /// Look at what could not be read and is kept aside, and take it in after an upgrade.
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Look at the configuration, the models and the database, and say what is wrong.
    #[command(after_help = "Example:\n  attune-collector --config collector.toml check")]
    Check,
    /// Print the API's OpenAPI document.
    #[command(after_help = "Example:\n  attune-collector openapi > collector/openapi.json")]
    Openapi,
}

/// What `--broker` says of the one within this program.
const EMBEDDED: &str = "embedded";
/// What to do with what is kept aside.
#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// List it by device, and say what this version makes of it.
    #[command(after_help = "Example:\n  attune-collector quarantine list")]
    List,
    /// Take in what this version reads, by the rules that hold for what comes from devices. A collector may run meanwhile.
    #[command(after_help = "Example:\n  attune-collector quarantine replay")]
    Replay {
        /// Only of this device, 32 hexadecimal digits.
        #[arg(long, value_name = "ID")]
        device: Option<DeviceId>,
    },
}

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where the API listens, on loopback; port 0 takes a free one [default: 127.0.0.1:8750].
    #[arg(long, value_name = "ADDRESS")]
    pub api: Option<String>,
    /// Where the embedded broker listens, on loopback; port 0 takes a free one [default: 127.0.0.1:8751].
    #[arg(long, value_name = "ADDRESS")]
    pub mqtt: Option<String>,
    /// "embedded", or the URL of a broker that runs elsewhere, mqtt://HOST:PORT [default: embedded].
    #[arg(long, value_name = "BROKER")]
    pub broker: Option<String>,
    /// Jurisdiction profile: eu, uk, us or research [default: eu].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
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

impl Cli {
    /// The settings, with what was given on the command line over the other sources.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn config(&self) -> Result<Config, CollectorError> {
        if let Command::Serve(Serve { mqtt: Some(_), broker: Some(broker), .. }) = &self.command
            && broker != EMBEDDED
        {
            let problem = "--mqtt is where the embedded broker listens; leave it out, or leave out --broker URL";
            return Err(CollectorError::Config(problem.into()));
        }
        Config::load(self.global.config.as_deref(), self.flags())
    }

    fn flags(&self) -> Flags {
        let Global { config: _, state, models, database, log, log_format } = &self.global;
        let mut flags = Flags::default();
        flags.one("--state", "state", state.as_ref());
        flags.one("--models", "models", models.as_ref());
        flags.one("--database", "database.url", database.as_ref());
        flags.one("--log", "log.level", log.as_ref());
        let format = log_format.and_then(|format| format.to_possible_value());
        flags.one("--log-format", "log.format", format.map(|format| format.get_name().to_owned()));
        if let Command::Serve(Serve { api, mqtt, broker, profile }) = &self.command {
            flags.one("--api", "api.listen", api.as_ref());
            flags.one("--mqtt", "broker.listen", mqtt.as_ref());
            let url = broker.as_ref().filter(|broker| *broker != EMBEDDED);
            let mode = if url.is_some() { "external" } else { EMBEDDED };
            flags.one("--broker", "broker.mode", broker.as_ref().map(|_| mode));
            flags.one("--broker", "broker.url", url);
            flags.one("--profile", "profile", profile.as_ref());
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::policy::Profile;

    use super::*;
    use crate::config::BrokerMode;

    #[test]
    fn flags_are_keys_of_the_configuration() {
        let read = |line: &str| Cli::try_parse_from(line.split_whitespace()).unwrap().config().unwrap();
        let config = read(
            "attune-collector --state 2026 --models m --database sqlite:d --log debug --log-format json serve \
             --api 127.0.0.1:1 --broker mqtt://there:1883 --profile us",
        );
        assert_eq!((config.state.to_str(), config.models.to_str()), (Some("2026"), Some("m")));
        assert_eq!((config.database.url.as_str(), config.log.level.as_str()), ("sqlite:d", "debug"));
        assert_eq!((config.log.format, config.profile), (LogFormat::Json, Profile::Us));
        assert_eq!(config.api.listen.port(), 1);
        assert_eq!((config.broker.mode, config.broker.url.as_str()), (BrokerMode::External, "mqtt://there:1883"));
        let embedded = read("attune-collector serve --broker embedded --mqtt 127.0.0.1:2").broker;
        assert_eq!((embedded.mode, embedded.listen.port()), (BrokerMode::Embedded, 2));
    }

    #[test]
    fn a_flag_is_refused_as_its_key_is() {
        for (line, error) in [
            ("--api 8750", "use \"8750\" for api.listen (the flag --api): expected ADDRESS:PORT, as 127.0.0.1:8750"),
            ("--profile mars", "use \"mars\" for profile (the flag --profile): expected eu, uk, us or research"),
            ("--mqtt 0.0.0.0:1", "use \"0.0.0.0:1\" for broker.listen (the flag --mqtt): expected a loopback address"),
            (
                "--broker mqtt://me:secret@there",
                "use the text for broker.url (the flag --broker): expected mqtt://HOST",
            ),
        ] {
            let line = format!("attune-collector serve {line}");
            let said = Cli::try_parse_from(line.split_whitespace()).unwrap().config().unwrap_err().to_string();
            assert!(said.starts_with(error), "{said}");
        }
    }

    #[test]
    fn a_broker_elsewhere_and_an_address_for_the_embedded_one_are_told_apart() {
        let line = "attune-collector serve --mqtt 127.0.0.1:2 --broker mqtt://there:1883";
        let error = Cli::try_parse_from(line.split_whitespace()).unwrap().config().unwrap_err().to_string();
        assert!(error.contains("--mqtt") && error.contains("--broker"), "{error}");
    }
}
