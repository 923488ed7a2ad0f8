//! Devices: what there is, which one, and what it sees.

use attune_protocol::registry::Modality;

use super::ask::{Asker, Ended};
use crate::config::{Choice, Config};
use crate::sensors::devices::{self, Kind};
use crate::sensors::trial::{Tried, Tryable, try_out};

/// A key of the configuration, and what it is to be.
pub(super) struct Chosen {
    pub(super) key: &'static str,
    pub(super) value: String,
    pub(super) now: String,
}

/// What senses a modality: the kind of its device, the key by which one is chosen, and what can be tried.
struct Senses {
    kind: &'static str,
    key: &'static str,
    tryable: Tryable,
}

fn senses(modality: Modality) -> &'static [Senses] {
    const CAMERA: Senses = Senses { kind: "camera", key: "camera.device", tryable: Tryable::Camera };
    const MICROPHONE: Senses = Senses { kind: "microphone", key: "microphone.device", tryable: Tryable::Microphone };
    const ACCELEROMETER: Senses =
        Senses { kind: "accelerometer", key: "iio.accelerometer", tryable: Tryable::Accelerometer };
    const WEARABLE: Senses = Senses { kind: "wearable", key: "bluetooth.device", tryable: Tryable::Wearable };
    match modality {
        Modality::Face => &[CAMERA],
        Modality::Voice => &[MICROPHONE],
        Modality::Motion => &[ACCELEROMETER],
        Modality::Heart => &[WEARABLE],
        Modality::CheckIn | Modality::Text => &[],
    }
}

/// Shows what there is to sense a modality with, asks which is meant, and tries it.
pub(super) fn ask(
    config: &Config,
    modality: Modality,
    may_try: bool,
    asker: &mut Asker<'_>,
) -> Result<Vec<Chosen>, Ended> {
    let mut chosen = Vec::new();
    let kinds = devices::list(config);
    for &Senses { kind, key, tryable } in senses(modality) {
        let Some(found) = kinds.iter().find(|found| found.kind == kind) else { continue };
        show(found, asker)?;
        let now = String::from(of(config, tryable).clone());
        let question = format!("Which {kind}: 'on' takes it by itself, 'off' none, or a part of its name");
        let value = asker.word(&question, &now, |text| meant(found, text))?;
        chosen.push(Chosen { key, value: value.clone(), now });
        if value != "off" && may_try {
            attempt(config, tryable, value, (kind, !found.devices.is_empty()), asker)?;
        }
    }
    if modality == Modality::Heart || modality == Modality::Motion {
        asker.say(
            "A wearable is brought in by 'attune-agent pair', a phone and its watch by 'attune-agent phone setup', whenever you \
             like.",
        )?;
    }
    Ok(chosen)
}

fn show(found: &Kind, asker: &mut Asker<'_>) -> Result<(), Ended> {
    asker.say(&format!("Found as {}: {}.", found.kind, found.choice))?;
    for device in &found.devices {
        let mark = if device.chosen { '*' } else { ' ' };
        let number = device.number.map(|number| number.to_string()).unwrap_or_default();
        let about = device.about.as_ref().map(|about| format!(" ({about})")).unwrap_or_default();
        let line = format!("  {mark} {number:>3}  {}{about}", device.name);
        asker.lines(&[line.chars().take(79).collect()])?;
    }
    Ok(())
}

/// An answer that means something: `on`, `off`, a number of the list or a part of a name in it.
fn meant(found: &Kind, text: &str) -> Result<String, String> {
    let part = text.to_lowercase();
    let is_meant = |device: &devices::Listed| {
        device.number.is_some_and(|number| number.to_string() == text) || device.name.to_lowercase().contains(&part)
    };
    match text {
        "on" | "off" => Ok(text.into()),
        // What is configured may be unplugged now, and is taken when it comes.
        _ if found.devices.is_empty() || found.devices.iter().any(is_meant) => Ok(text.into()),
        _ => {
            Err(format!("None of those is called {text:?}: give a number or a part of a name of the list, on or off."))
        }
    }
}

fn of(config: &Config, what: Tryable) -> &Choice {
    match what {
        Tryable::Camera => &config.camera.device,
        Tryable::Microphone => &config.microphone.device,
        Tryable::Accelerometer => &config.iio.accelerometer,
        Tryable::Wearable => &config.bluetooth.device,
    }
}

/// Tries what was chosen, if it may.
fn attempt(
    config: &Config,
    what: Tryable,
    value: String,
    (kind, is_there): (&str, bool),
    asker: &mut Asker<'_>,
) -> Result<(), Ended> {
    let mut config = config.clone();
    let choice = Choice::from(value);
    match what {
        Tryable::Camera => config.camera.device = choice,
        Tryable::Microphone => config.microphone.device = choice,
        Tryable::Accelerometer => config.iio.accelerometer = choice,
        Tryable::Wearable => config.bluetooth.device = choice,
    }
    if of(&config, what) == &Choice::On && !is_there {
        return asker.say("There is none of it to try now. It is taken when it comes.");
    }
    let light = if what == Tryable::Camera { " Its light goes on, and off again." } else { "" };
    let question = format!("Try it for two seconds now? Nothing of it is kept.{light}");
    if !asker.yes(&question, Some(true))? {
        return Ok(());
    }
    match try_out(&config, what)? {
        Tried::Saw(device, seen) => asker.say(&format!("{kind}: {seen} ({device}).")),
        Tried::Not(why) => asker.say(&format!(
            "{kind}: nothing came: {why}. You can go on: it is tried again while sensing, and 'attune-agent doctor' looks at \
             it, too."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensors::devices::Listed;

    #[test]
    fn an_answer_is_on_off_a_number_of_the_list_or_a_part_of_a_name() {
        let listed = |number, name: &str| Listed { number, name: name.into(), about: None, chosen: false };
        let devices = vec![listed(Some(0), "HD Webcam"), listed(Some(12), "OBS")];
        let kind = Kind { kind: "camera", modalities: vec![Modality::Face], devices, choice: String::new() };
        for good in ["on", "off", "0", "12", "webcam", "OBS"] {
            assert_eq!(meant(&kind, good).as_deref(), Ok(good));
        }
        for wrong in ["1", "nose"] {
            assert!(meant(&kind, wrong).is_err(), "{wrong}");
        }
        assert!(meant(&Kind { devices: Vec::new(), ..kind }, "webcam").is_ok(), "it may be plugged in later");
    }

    #[test]
    fn every_sensed_modality_has_a_device_to_ask_for_and_every_kind_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { state: folder.path().into(), ..Config::default() };
        let kinds = devices::list(&config);
        for modality in Modality::SENSED {
            assert!(!senses(modality).is_empty(), "{modality}");
            for one in senses(modality) {
                assert!(kinds.iter().any(|kind| kind.kind == one.kind), "{}", one.kind);
            }
        }
    }
}
