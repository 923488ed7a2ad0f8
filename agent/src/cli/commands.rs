use attune_analysis::networks::Networks;
use attune_protocol::consent::Purpose;
use attune_protocol::registry::Modality;
use jiff::Timestamp;

use super::arguments::{Arguments, Command, ConsentArguments, ConsentCommand};
use super::logging;
use crate::AgentError;
use crate::config::{self, Config, LogFormat};
use crate::control::{self, ConsentBook};
use crate::enrolment::{self, Enrolled};
use crate::features::features;
use crate::identity::{Identity, Standing};
use crate::keeping::Status;
use crate::output::line;
use crate::run::run;
use crate::stop::Stop;
use crate::uplink::Broker;

/// Does what the command line says.
///
/// # Errors
/// With what failed, reading after "failed to".
pub fn execute(arguments: &Arguments) -> Result<(), AgentError> {
    let config = config::load(arguments.config.as_deref(), arguments.flags())?;
    logging::start(&config.log.level, config.log.format == LogFormat::Json)?;
    match &arguments.command {
        Command::Enrol { broker, code, again } => enrol(&config, broker, code, *again),
        Command::Run(_) => {
            let stop = Stop::default();
            stop.on_signals()?;
            run(&config, &stop)
        }
        Command::Features { format, .. } => features(&config, *format, &Stop::default()),
        Command::Status => status(&config),
        Command::Pause => {
            control::pause(&config.state, Timestamp::now())?;
            line("paused: nothing is sensed until 'attune-agent resume'")
        }
        Command::Resume => {
            control::resume(&config.state)?;
            line("sensing goes on")
        }
        Command::Consent(command) => consent(&config, command),
        Command::Check => check(&config),
    }
}

fn enrol(config: &Config, broker: &str, code: &str, again: bool) -> Result<(), AgentError> {
    let broker: Broker = broker.parse().map_err(AgentError::Enrol)?;
    let Enrolled { device, removed } = enrolment::enrol(&config.state, &broker, code, again)?;
    line(format_args!("enrolled as device {device}"))?;
    match removed {
        Some(0) => {}
        Some(records) => line(format_args!("removed {records} records that waited under the enrolment before"))?,
        None => line("removed what waited under the enrolment before")?,
    }
    line(
        "nothing is sensed before you consent: run 'attune-agent consent grant --modality all', or name what you agree to",
    )
}

fn consent(config: &Config, command: &ConsentCommand) -> Result<(), AgentError> {
    let mut book = ConsentBook::load(&config.state)?;
    let mut set = |arguments: &ConsentArguments, granted| {
        for modality in arguments.modalities.iter().flat_map(|m| &m.0) {
            for purpose in arguments.purpose.map_or(Purpose::ALL.to_vec(), |one| vec![one]) {
                book.set(*modality, purpose, granted, Timestamp::now());
            }
        }
        book.save(&config.state)
    };
    match command {
        ConsentCommand::Grant(arguments) => set(arguments, true)?,
        ConsentCommand::Withdraw(arguments) => set(arguments, false)?,
        ConsentCommand::List => {}
    }
    for modality in Modality::ALL {
        let word = |purpose| if book.allows(modality, purpose) { "granted" } else { "not granted" };
        let (own, wellbeing) = (word(Purpose::OwnView), word(Purpose::Wellbeing));
        line(format_args!("{:8} own view: {own:12} wellbeing: {wellbeing}", modality.name()))?;
    }
    Ok(())
}

fn status(config: &Config) -> Result<(), AgentError> {
    let state = &config.state;
    match Identity::load(state)?.map(|identity| (identity.standing, identity)) {
        Some((Standing::Enrolled(_), Identity { device, broker, .. })) => {
            line(format_args!("device {device} is enrolled over {broker}"))?;
        }
        Some((Standing::Outdated, _)) => line("this device was enrolled in an older way and must enrol again")?,
        Some((Standing::New, _)) | None => line("this device is not enrolled")?,
    }
    if control::is_paused(state) {
        line("sensing is paused")?;
    }
    let Some(status) = Status::load(state)? else { return line("it has not run yet") };
    let at = Timestamp::from_millisecond(status.at_millis).unwrap_or_default();
    let ended = if status.ended { "ended" } else { "was running" };
    line(format_args!("the last run, process {}, {ended} at {at:.0}", status.pid))?;
    for seen in &status.modalities {
        let last = Timestamp::from_millisecond(seen.last_millis).unwrap_or_default();
        let gap = seen.gap.map(|gap| format!(" ({})", gap.name())).unwrap_or_default();
        let (name, windows, percent) = (seen.modality.name(), seen.windows, 100.0 * seen.coverage);
        line(format_args!("{name:8} {windows:6} windows, the last at {last:.0} with {percent:.0} % coverage{gap}"))?;
    }
    let Status { waiting, waiting_bytes, sent_bytes, dropped, damaged, collector_profile, .. } = status;
    line(format_args!("the collector's profile is {collector_profile}"))?;
    line(format_args!("waiting {waiting} ({waiting_bytes} bytes), sent {sent_bytes} bytes"))?;
    for (answer, items) in &status.settled {
        line(format_args!("{answer} {items}"))?;
    }
    line(format_args!("dropped {dropped}, damaged {damaged}"))
}

fn check(config: &Config) -> Result<(), AgentError> {
    line("the configuration is valid")?;
    let networks = Networks::load(&config.models)?;
    for network in networks.list() {
        line(format_args!("{}: {} {}", network.task, network.file.display(), network.sha256))?;
    }
    line("all models are those of the manifest")
}
