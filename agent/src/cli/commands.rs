use attune_analysis::networks::Networks;
use jiff::Timestamp;

use super::arguments::{Arguments, Command};
use super::enrol::{Anew, enrol};
use super::explain::why_refused;
#[cfg(feature = "bluetooth")]
use super::wearables;
use super::{check_in, decide, devices, doctor, firmware, logging, messages, outbox, own, phone, service, setup};
use crate::AgentError;
use crate::config::{self, Config, LogFormat};
use crate::control::{self, ConsentBook, Wishes};
use crate::features::features;
use crate::guard;
use crate::identity::{Identity, Standing};
use crate::keeping::Status;
use crate::new_key;
use crate::output::line;
use crate::run::run;
use crate::sensors::live;
use crate::stop::Stop;
use crate::uplink::Paced;

/// Does what the command line says.
///
/// # Errors
/// With what failed, reading after "failed to".
pub fn execute(arguments: &Arguments) -> Result<(), AgentError> {
    let usual = config::place(arguments.state.as_deref());
    let file = arguments.config.clone().or_else(|| usual.is_file().then(|| usual.clone()));
    let config = config::load(file.as_deref(), arguments.flags())?;
    // What a conversation says stands in it; log lines would stand between question and answer.
    let talks = matches!(arguments.command, Command::Setup(_)) && arguments.log.is_none();
    let level = if talks { "off" } else { config.log.level.as_str() };
    logging::start(level, config.log.format == LogFormat::Json)?;
    guard::forbid_dumps();
    guard::close_new_files();
    match &arguments.command {
        Command::Enrol { broker, code, again, yes } => {
            enrol(&config, broker, code.as_deref(), Anew { again: *again, yes: *yes })
        }
        Command::NewKey => {
            new_key::renew(&config.state, config.uplink.broker.as_deref())?;
            line(
                "the collector knows this device by its new key; a copy of the state folder from before is of no use any more",
            )
        }
        Command::Setup(known) => setup::setup(&config, &file.unwrap_or(usual), known),
        Command::CheckIn { vibe, valence, arousal } => check_in::check_in(&config, *vibe, *valence, *arousal),
        Command::Run(_) => {
            let stop = Stop::default();
            stop.on_signals()?;
            unless_stopped(run(&config, &stop))
        }
        Command::Features { format, .. } => features(&config, *format, &Stop::default()),
        Command::Status => status(&config),
        #[cfg(feature = "bluetooth")]
        Command::Pair { which, seconds } => wearables::pair(&config, which.as_deref(), *seconds),
        #[cfg(feature = "bluetooth")]
        Command::Unpair { which } => wearables::unpair(&config, which),
        Command::Devices { json } => devices::devices(&config, *json),
        Command::Phone(command) => phone::phone(&config, command),
        Command::Messages(command) => messages::messages(&config, command),
        Command::Service(command) => service::service(&config, arguments.config.as_deref(), command),
        Command::Pause { length } => decide::pause(&config.state, length.as_deref()),
        Command::Resume => decide::resume(&config.state),
        Command::Consent(command) => decide::consent(&config, command),
        Command::Audit { stretch, json, bytes } => own::audit(&config, stretch, *json, *bytes),
        Command::Export { file } => own::export(&config, file),
        Command::Forget { all, stretch, yes } => own::forget(&config, stretch, *all, *yes),
        Command::Open { print } => own::open(&config, *print),
        Command::Outbox(command) => outbox::execute(&config, command),
        Command::Doctor => doctor::doctor(&config),
        Command::Check => check(&config),
        Command::Firmware(command) => firmware::execute(command),
    }
}

/// A recording that is not read on because of the wish to end is no failure.
fn unless_stopped(done: Result<(), AgentError>) -> Result<(), AgentError> {
    match done {
        Err(AgentError::Stopped) => Ok(()),
        done => done,
    }
}

fn status(config: &Config) -> Result<(), AgentError> {
    let state = &config.state;
    match Identity::load(state)?.map(|identity| (identity.standing, identity)) {
        Some((Standing::Enrolled(enrolment), identity)) => {
            line(format_args!("device {} is enrolled over {}", identity.device, identity.broker))?;
            line(format_args!("it believes {}", identity.pins(&enrolment)))?;
        }
        Some((Standing::Outdated, _)) => line("this device was enrolled in an older way and must enrol again")?,
        Some((Standing::New, _)) | None => line("this device is not enrolled")?,
    }
    if control::is_paused(state) {
        match control::paused_until(state) {
            Some(until) => line(format_args!("sensing is paused until {until:.0}"))?,
            None => line("sensing is paused")?,
        }
    }
    if let Err(problem) = ConsentBook::load(state) {
        line(format_args!(
            "what you decided does not read, so nothing is sensed and nothing sent: failed to {problem}"
        ))?;
    }
    if let Some(chosen) = Wishes::of(state).words() {
        line(chosen)?;
    }
    let running = control::running(state)?;
    match running {
        // The system does not say, or it numbers processes otherwise than here.
        Some(0) => line("the agent runs")?,
        Some(process) => line(format_args!("the agent runs (process {process})"))?,
        None => line("the agent does not run")?,
    }
    let status = match Status::load(state) {
        Ok(Some(status)) => status,
        Ok(None) => return line("it has not run yet"),
        Err(problem) => return line(format_args!("what it said last does not read: failed to {problem}")),
    };
    let at = Timestamp::from_millisecond(status.at_millis).unwrap_or_default();
    check_in::told(config, &status)?;
    match (running, status.ended) {
        (Some(_), _) => line(format_args!("what it said at {at:.0}:"))?,
        (None, true) => line(format_args!("the last run ended at {at:.0}"))?,
        (None, false) => line(format_args!(
            "the last run was cut short, and last heard of at {at:.0}. What it had kept is kept: 'attune-agent run' goes on"
        ))?,
    }
    for seen in &status.modalities {
        let last = Timestamp::from_millisecond(seen.last_millis).unwrap_or_default();
        let gap = seen.gap.map(|gap| format!(" ({})", gap.name())).unwrap_or_default();
        let (name, windows, percent) = (seen.modality.name(), seen.windows, 100.0 * seen.coverage);
        line(format_args!("{name:8} {windows:6} windows, the last at {last:.0} with {percent:.0} % coverage{gap}"))?;
    }
    for standing in status.devices.iter().filter(|_| running.is_some()) {
        line(device(standing))?;
    }
    if let Some(footprint) = status.footprint.as_ref().filter(|_| running.is_some()) {
        line(footprint.words())?;
    }
    outbox_status(&status)
}

/// What a live source senses with, and how old its data are.
fn device(standing: &live::Standing) -> String {
    let live::Standing { source, device, gap, trouble, last_millis, battery, .. } = standing;
    let device = device.as_deref().unwrap_or("closed");
    let battery = battery.map(|percent| format!(", battery {percent} %")).unwrap_or_default();
    let last = last_millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let last = last.map(|at| format!(", gave something last at {at:.0}")).unwrap_or_default();
    let gap = gap.map(|gap| format!(" ({})", gap.name())).unwrap_or_default();
    let trouble = trouble.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{source}: {device}{battery}{last}{gap}{trouble}")
}

/// What became of what was kept.
fn outbox_status(status: &Status) -> Result<(), AgentError> {
    let Status { waiting, waiting_bytes, sent_bytes, dropped, damaged, lost, collector_profile, .. } = status;
    let reach = if status.connected { "connected" } else { "not connected" };
    line(format_args!("collector: {reach}, its profile is {collector_profile}; sent {sent_bytes} bytes"))?;
    line(format_args!("waiting {waiting} ({waiting_bytes} bytes)"))?;
    if let Some(Paced { every_s, until_millis }) = status.paced.filter(|_| !status.ended) {
        let until = Timestamp::from_millisecond(until_millis).unwrap_or_default();
        line(format_args!(
            "the collector takes in less than comes, and asks for a batch every {every_s} s at most, until {until:.0}: the rest waits"
        ))?;
    }
    if status.unknown {
        line(
            "the collector does not know this device: its database is another one, or a copy of before the device was \
             enrolled. What waits stays here, and is sent if whoever runs the collector puts a later copy back; else ask \
             them for a new code and run 'attune-agent enrol --again', which removes what waits and ends all consent",
        )?;
    }
    if status.refused {
        line(
            "the broker does not let this device in by its key; it is tried again, and what waits stays. It was enrolled or has had another \
             key for less than a minute, or it was revoked; or somebody who has a copy of this folder has changed the key, or the folder, \
             or the collector's database, was put back from a copy of before it was changed; or the collector's own key was exchanged while \
             this device was away. If it stays so, have the device revoked (the page Your devices, or an administrator), then run \
             'attune-agent enrol --again' with a new code, which removes what waits and ends all consent",
        )?;
    }
    if status.other_key {
        line(
            "answers come that another has signed than the collector by which this device was enrolled. Was the collector made \
             anew? Then ask for a new code and run 'attune-agent enrol --again', which removes what waits and ends all \
             consent; else see who is on that broker",
        )?;
    }
    for (answer, items) in &status.settled {
        match answer.as_str() {
            "stored" => line(format_args!("stored {items}"))?,
            "quarantined" => line(format_args!("kept aside by the collector, which cannot read them yet: {items}"))?,
            reason => line(format_args!("refused {items}: {}", why_refused(reason)))?,
        }
    }
    if status.disbelieved > 0 {
        line(format_args!("answers that were not believed: {}", status.disbelieved))?;
    }
    line(format_args!("dropped {dropped} (over the limits), damaged {damaged}, lost {lost}"))?;
    if status.aged > 0 {
        line(format_args!("{} of the dropped had waited for longer than outbox.max_age_days", status.aged))?;
    }
    for turn in &status.turns {
        let at = Timestamp::from_millisecond(turn.at_millis).unwrap_or_default();
        let (carried, lost, why) = (turn.carried, turn.lost, turn.reason.words());
        line(format_args!("began anew at {at:.0} with {carried} that waited, {lost} gone, because {why}"))?;
    }
    Ok(())
}

fn check(config: &Config) -> Result<(), AgentError> {
    line("the configuration is valid")?;
    let networks = Networks::of(&config.models)?;
    for network in networks.list() {
        line(format_args!("{}: {} {}", network.task, network.file.display(), network.sha256))?;
    }
    line("all models are those of the manifest")
}
