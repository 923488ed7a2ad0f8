use std::path::{Path, PathBuf};

use attune_protocol::broker::BrokerAddress;
use attune_protocol::registry::Modality;
use attune_settings::{Flags, Settings, Sources, log_levels};

use super::rhythm::Rhythm;
use super::start::Start;
use super::values::{Config, PlayConfig};
use crate::AgentError;

/// Prefix of the variables in the environment.
const PREFIX: &str = "ATTUNE_AGENT_";
/// The variable that names the file itself, which the command line reads.
const FILE: &str = "ATTUNE_AGENT_CONFIG";

/// The variable that names the state folder.
const STATE: &str = "ATTUNE_AGENT_STATE";
/// Name of the file in the state folder.
const OWN: &str = "agent.toml";

/// Where the configuration comes from.
pub(super) fn sources(file: Option<&Path>, flags: Flags) -> Sources<'_> {
    Sources { file, prefix: PREFIX, besides: &[FILE], flags }
}

/// The configuration of who names no file: it lies in the state folder, which is the platform's own where none is named.
#[must_use]
pub fn place(state: Option<&Path>) -> PathBuf {
    let named = state.map(Path::to_owned).or_else(|| std::env::var_os(STATE).map(PathBuf::from));
    named
        .filter(|state| !state.as_os_str().is_empty())
        .unwrap_or_else(|| attune_settings::state_folder("agent"))
        .join(OWN)
}

/// Puts the file, the environment and flags over the defaults, and checks them.
///
/// # Errors
/// When the file does not read, a key is not known (the nearest is named), or a value is not possible.
pub fn load(file: Option<&Path>, flags: Flags) -> Result<Config, AgentError> {
    checked(sources(file, flags).load()?)
}

pub(super) fn checked(settings: Settings<Config>) -> Result<Config, AgentError> {
    let Config { log, camera, phone, footprint, play, uplink, outbox, own, check_in, .. } = &settings.values;
    log_levels(&log.level).map_err(|problem| settings.wrong("log.level", problem))?;
    settings.within("camera.fps", camera.fps, 1.0, 60.0)?;
    if phone.address().is_none_or(|address| address.port() == 0) && phone.listen != "off" {
        return Err(settings.wrong("phone.listen", "expected off, or an address and a port, as 0.0.0.0:8754").into());
    }
    settings.within("footprint.share", footprint.share, 0.1, 6400.0)?;
    settings.within("phone.late", phone.late, 1.0, 3600.0)?;
    settings.within("play.fps", play.fps, 0.1, 120.0)?;
    settings.within("play.duration", play.duration.unwrap_or(10.0), 1.0, 1e8)?;
    settings.within("uplink.every", uplink.every, 0.05, 86_400.0)?;
    settings.within("uplink.patience", uplink.patience, 0.5, 3600.0)?;
    settings.within("uplink.longest_pause", uplink.longest_pause, 0.2, 3600.0)?;
    settings.within("uplink.in_flight", uplink.in_flight as f64, 1.0, 64.0)?;
    settings.within("outbox.max_bytes", outbox.max_bytes as f64, 65_536.0, 17_179_869_184.0)?;
    settings.within("outbox.max_age_days", outbox.max_age_days, 0.01, 3650.0)?;
    settings.within("own.days", f64::from(own.days), 0.0, 3650.0)?;
    settings.within("own.max_bytes", own.max_bytes as f64, 65_536.0, 17_179_869_184.0)?;
    Rhythm::of(check_in).map_err(|(key, problem)| settings.wrong(key, problem))?;
    for name in &play.looped {
        modality(name).map_err(|problem| settings.wrong("play.loop", problem))?;
    }
    for text in &play.skip {
        modality_and_seconds(text).map_err(|problem| settings.wrong("play.skip", problem))?;
    }
    Start::parse(play.start.as_deref()).map_err(|problem| settings.wrong("play.start", problem))?;
    if let Some(broker) = &uplink.broker {
        // In a URL a password may stand.
        BrokerAddress::read(broker).map_err(|problem| settings.wrong_unseen("uplink.broker", problem))?;
    }
    let mut config = settings.values;
    if config.state.as_os_str().is_empty() {
        config.state = attune_settings::state_folder("agent");
    }
    Ok(config)
}

fn modality(name: &str) -> Result<Modality, &'static str> {
    let sensed = Modality::from_name(name).filter(|modality| modality.is_sensed());
    sensed.ok_or("expected face, voice, motion or heart in the list")
}

fn modality_and_seconds(text: &str) -> Result<(Modality, f64), &'static str> {
    let (name, seconds) = text.split_once('=').ok_or("expected MODALITY=SECONDS in the list")?;
    let seconds = seconds.parse().ok().filter(|s: &f64| (0.0..1e8).contains(s));
    Ok((modality(name)?, seconds.ok_or("expected MODALITY=SECONDS in the list, with seconds from 0 to 100000000")?))
}

/// A modality and how many seconds of it are left out.
pub(crate) fn skip(text: &str) -> Result<(Modality, f64), AgentError> {
    modality_and_seconds(text).map_err(|problem| AgentError::Config(format!("play.skip: {problem}")))
}

/// Where the time line begins.
pub(crate) fn start(play: &PlayConfig) -> Result<Start, AgentError> {
    Start::parse(play.start.as_deref()).map_err(|problem| AgentError::Config(format!("play.start: {problem}")))
}
