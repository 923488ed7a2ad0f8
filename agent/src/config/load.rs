use std::path::Path;

use attune_protocol::registry::Modality;
use figment::providers::{Format, Serialized, Toml};
use figment::util::nest;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::keys;
use super::values::Config;
use crate::AgentError;

/// Prefix of the variables in the environment.
const PREFIX: &str = "ATTUNE_AGENT_";

/// Settings by dotted key, from one place.
struct Layer<'a> {
    place: &'static str,
    settings: &'a [(String, Value)],
}

impl Provider for Layer<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place)
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        let layers = self.settings.iter().filter_map(|(key, value)| nest(key, value.clone()).into_dict());
        layers.fold(Figment::new(), |figment, layer| figment.merge(Serialized::defaults(layer))).data()
    }
}

/// Puts the file, the environment and flags over the defaults, and checks them. `flags` are dotted keys and values.
///
/// # Errors
/// When the file does not read, a key is not known (the nearest is named), or a value is not possible.
pub fn load(file: Option<&Path>, flags: &[(&'static str, Value)]) -> Result<Config, AgentError> {
    let text = file.map(|file| std::fs::read_to_string(file).map_err(|e| AgentError::file("read", file, e)));
    let flags: Vec<(String, Value)> = flags.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    // A variable that is no text can be no setting of ours.
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    layered(&text.transpose()?.unwrap_or_default(), variables, &flags)
}

/// [`load`], of texts.
pub(super) fn layered(
    file: &str,
    variables: impl Iterator<Item = (String, String)>,
    flags: &[(String, Value)],
) -> Result<Config, AgentError> {
    let ours = |(name, value): (String, String)| {
        let name = name.strip_prefix(PREFIX).filter(|name| *name != "CONFIG")?;
        let value = value.parse().unwrap_or(Value::from(value));
        Some((keys::of_variable(name), value))
    };
    let environment: Vec<(String, Value)> = variables.filter_map(ours).collect();
    let layers = Figment::from(Toml::string(file))
        .merge(Layer { place: "the environment", settings: &environment })
        .merge(Layer { place: "the command line", settings: flags });
    let given = layers.extract::<Dict>().map_err(|e| wrong(&e))?;
    if let Some((key, nearest)) = keys::unknown(&given) {
        return Err(AgentError::Config(format!("the key {key} is not known; did you mean {nearest}?")));
    }
    let config =
        Figment::from(Serialized::defaults(Config::default())).merge(layers).extract().map_err(|e| wrong(&e))?;
    check(&config)?;
    Ok(config)
}

fn wrong(error: &figment::Error) -> AgentError {
    AgentError::Config(error.to_string())
}

fn check(config: &Config) -> Result<(), AgentError> {
    let Config { play, uplink, outbox, .. } = config;
    let within = |key: &str, value: f64, least: f64, most: f64| match (least..=most).contains(&value) {
        true => Ok(()),
        false => Err(AgentError::Config(format!("{key} is {value} and must be from {least} to {most}"))),
    };
    within("play.fps", play.fps, 0.1, 120.0)?;
    within("play.duration", play.duration.unwrap_or(10.0), 1.0, 1e8)?;
    within("uplink.every", uplink.every, 0.05, 86_400.0)?;
    within("uplink.patience", uplink.patience, 0.5, 3600.0)?;
    within("uplink.longest_pause", uplink.longest_pause, 0.2, 3600.0)?;
    within("uplink.in_flight", uplink.in_flight as f64, 1.0, 64.0)?;
    within("outbox.max_bytes", outbox.max_bytes as f64, 65_536.0, 17_179_869_184.0)?;
    within("outbox.max_age_days", outbox.max_age_days, 0.01, 3650.0)?;
    for text in &play.looped {
        modality("play.loop", text)?;
    }
    for text in &play.skip {
        skip(text)?;
    }
    Ok(())
}

/// A modality by its name.
pub(crate) fn modality(key: &str, name: &str) -> Result<Modality, AgentError> {
    let wrong = || AgentError::Config(format!("{key}: '{name}' is no modality: use face, voice, motion or heart"));
    Modality::from_name(name).ok_or_else(wrong)
}

/// A modality and how many seconds of it are left out.
pub(crate) fn skip(text: &str) -> Result<(Modality, f64), AgentError> {
    let wrong = || AgentError::Config(format!("play.skip: '{text}' is not of the form MODALITY=SECONDS"));
    let (name, seconds) = text.split_once('=').ok_or_else(wrong)?;
    let seconds = seconds.parse().ok().filter(|s: &f64| (0.0..1e8).contains(s)).ok_or_else(wrong)?;
    Ok((modality("play.skip", name)?, seconds))
}
