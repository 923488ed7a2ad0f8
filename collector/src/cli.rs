//! The command line.

use std::path::PathBuf;

use attune_ground::{SubjectCommand, Work};
use attune_settings::Flags;
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::CollectorError;
use crate::config::{Config, LogFormat};
use crate::demo::DemoArgs;
use crate::simulate::SimulateArgs;
use crate::subjects;

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
    pub command: Asked,
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

/// What is to be done.
#[derive(Debug)]
pub enum Asked {
    /// A command of the program itself.
    Own(Command),
    /// What a command of a subject does, and what was written of it.
    Subject(Work, ArgMatches),
}

/// What the program does itself. Between its commands those of the subjects are listed, by their display order.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the collector until Ctrl-C.
    #[command(display_order = 10, after_help = "Example:\n  attune-collector serve --api 127.0.0.1:8750 --profile eu")]
    Serve(Serve),
    /// Play a recording of nobody through a collector and an agent, and show what is fused.
    #[command(
        display_order = 30,
        after_help = "It keeps its state in a temporary folder unless --state names one, logs errors only unless \
        --log says more, and plays under the profile research.\n\nExample:\n  attune-collector demo --once"
    )]
    Demo(DemoArgs),
    /// Fill an empty database with a made-up organisation, through what takes in from devices, and roll it up.
    #[command(
        display_order = 31,
        after_help = "People work by their own clock, have lunch, weekends, holidays and leave; some are part-time, join, leave, change \
        teams, live in another zone or withdraw consent; devices are off for days, and teams have too much to do for weeks. Each has a \
        device with a key, whose signed batches are verified, decided and fused as those of people who are there. The same seed and \
        last day give the same organisation; ids, keys and passwords are random.\n\n\
        It is thinned: of a working day of eight hours, 2,880 windows of 10 s, six are made, three times two (--spells, --windows). So \
        a year of 1,000 people is some five million records and not two thousand million, and takes minutes. That tells of teams, and \
        too little of one person's day, of which ten minutes must be seen: so of the first five people (--closely) eleven are.\n\n\
        A database in which somebody is already, or on which a collector runs, is refused. What is older than its class may lie is let go of from the eighth day on, \
        as always.\n\n\
        Examples:\n  attune-collector --state /tmp/made-up simulate --profile research\n  \
        attune-collector --state /tmp/made-up serve --profile research\n  \
        attune-collector --state /tmp/small simulate --people 40 --teams 3 --days 60 --seed 7 --until 2026-03-31 --windows 30"
    )]
    Simulate(SimulateArgs),
    /// Look at the configuration, the models and the database, and say what is wrong.
    #[command(display_order = 60, after_help = "Example:\n  attune-collector --config collector.toml check")]
    Check,
    /// Ask the collector that runs on this state folder how it is, and end with 1 where it is unwell or does not answer.
    #[command(display_order = 65, after_help = "Example:\n  attune-collector --state /var/lib/attune/collector health")]
    Health,
    /// Print the API's OpenAPI document.
    #[command(display_order = 70, after_help = "Example:\n  attune-collector openapi > collector/openapi.json")]
    Openapi,
}

/// What `--broker` says of the one within this program.
const EMBEDDED: &str = "embedded";

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where the API listens; off loopback only with TLS or a declared proxy; port 0 takes a free one [default: 127.0.0.1:8750].
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

impl Subcommand for Asked {
    fn augment_subcommands(line: clap::Command) -> clap::Command {
        let own = Command::augment_subcommands(clap::Command::default());
        let of_subjects = subjects::commands().into_iter().map(|command| command.line);
        let mut all: Vec<_> = own.get_subcommands().cloned().chain(of_subjects).collect();
        // Help goes by the display order; an error that lists the commands goes by which was added first.
        all.sort_by_key(clap::Command::get_display_order);
        line.subcommands(all)
    }

    fn augment_subcommands_for_update(line: clap::Command) -> clap::Command {
        Self::augment_subcommands(line)
    }

    fn has_subcommand(name: &str) -> bool {
        Command::has_subcommand(name) || of_subject(name).is_some()
    }
}

impl FromArgMatches for Asked {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let of_subject = matches.subcommand().and_then(|(name, written)| Some((of_subject(name)?, written)));
        match of_subject {
            Some((command, written)) => Ok(Self::Subject(command.work, written.clone())),
            None => Command::from_arg_matches(matches).map(Self::Own),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The command of this name, if a subject brings it.
fn of_subject(name: &str) -> Option<SubjectCommand> {
    subjects::commands().into_iter().find(|command| command.line.get_name() == name)
}

impl Cli {
    /// The settings, with what was given on the command line over the other sources.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn config(&self) -> Result<Config, CollectorError> {
        if let Asked::Own(Command::Serve(Serve { mqtt: Some(_), broker: Some(broker), .. })) = &self.command
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
        if let Asked::Own(Command::Serve(Serve { api, mqtt, broker, profile })) = &self.command {
            flags.one("--api", "api.listen", api.as_ref());
            flags.one("--mqtt", "broker.listen", mqtt.as_ref());
            let url = broker.as_ref().filter(|broker| *broker != EMBEDDED);
            let mode = if url.is_some() { "external" } else { EMBEDDED };
            flags.one("--broker", "broker.mode", broker.as_ref().map(|_| mode));
            flags.one("--broker", "broker.url", url);
            flags.one("--profile", "profile", profile.as_ref());
        }
        if let Asked::Own(Command::Simulate(SimulateArgs { profile, .. })) = &self.command {
            flags.one("--profile", "profile", profile.as_ref());
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::policy::Profile;
    use clap::CommandFactory;

    use super::*;
    use crate::config::BrokerMode;

    #[test]
    fn every_command_has_a_name_and_a_place_of_its_own() {
        Cli::command().debug_assert();
        let line = Cli::command();
        let places: Vec<usize> = line.get_subcommands().map(clap::Command::get_display_order).collect();
        assert!(places.len() > 4 && places.is_sorted_by(|one, next| one < next), "{places:?}");
    }

    #[test]
    fn flags_are_keys_of_the_configuration() {
        let read = |line: &str| Cli::try_parse_from(line.split_whitespace()).unwrap().config().unwrap();
        let config = read(
            "attune-collector --state 2026 --models m --database sqlite:d --log debug --log-format json serve \
             --api 127.0.0.1:1 --broker mqtts://there:1883 --profile us",
        );
        assert_eq!((config.state.to_str(), config.models.to_str()), (Some("2026"), Some("m")));
        assert_eq!((config.database.url.as_str(), config.log.level.as_str()), ("sqlite:d", "debug"));
        assert_eq!((config.log.format, config.profile), (LogFormat::Json, Profile::Us));
        assert_eq!(config.api.listen.port(), 1);
        assert_eq!((config.broker.mode, config.broker.url.as_str()), (BrokerMode::External, "mqtts://there:1883"));
        assert_eq!(config.broker.address(&config.api), "mqtts://there:1883");
        assert_eq!(read("attune-collector simulate --profile uk --people 9 --teams 1").profile, Profile::Uk);
        let embedded = read("attune-collector serve --broker embedded --mqtt 127.0.0.1:2").broker;
        assert_eq!(
            (embedded.mode, embedded.address(&config.api).as_str()),
            (BrokerMode::Embedded, "mqtt://127.0.0.1:2")
        );
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
