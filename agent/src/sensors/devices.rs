//! Which of this machine's devices are sensed, by the configuration, and what there is to choose from. Each kind of source
//! has its place in [`modalities`], [`start`] and [`list`].

use std::thread::JoinHandle;

use attune_protocol::registry::Modality;
use serde::Serialize;

use super::iio::{Accelerometer, Iio};
use super::live::{Intake, Surroundings, attend};
use super::phone;
use crate::AgentError;
use crate::clock::Clock;
use crate::config::{Choice, Config, IioConfig};

/// Devices of one kind, for a person.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Kind {
    /// Which, as `camera`.
    pub kind: &'static str,
    /// What they may sense.
    pub modalities: Vec<Modality>,
    /// What there is.
    pub devices: Vec<Listed>,
    /// Which one is chosen and why, or why none is: a sentence without a point.
    pub choice: String,
}

/// One device.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Listed {
    /// By what it can be named in the configuration besides a part of its name, if by a number.
    pub number: Option<u32>,
    /// What it calls itself.
    pub name: String,
    /// What is to be said of it, if anything is.
    pub about: Option<String>,
    /// Whether it is the one that would be sensed.
    pub chosen: bool,
}

/// What may be sensed live, as it is configured.
#[must_use]
pub fn modalities(config: &Config) -> Vec<Modality> {
    let kinds = [
        (Modality::Face, cfg!(feature = "camera") && config.camera.device != Choice::Off),
        (Modality::Voice, cfg!(feature = "microphone") && config.microphone.device != Choice::Off),
    ];
    let mut sensed: Vec<Modality> =
        kinds.into_iter().filter(|(_, is_on)| *is_on).map(|(modality, _)| modality).collect();
    #[cfg(feature = "bluetooth")]
    sensed.extend(super::bluetooth::modalities(config));
    if config.phone.address().is_some() {
        sensed.extend([Modality::Motion, Modality::Heart]);
    }
    if senses_itself(config) {
        sensed.push(Modality::Motion);
    }
    sensed.sort();
    sensed.dedup();
    sensed
}

/// Makes ready what this process cannot once it is confined.
#[cfg_attr(not(feature = "microphone"), allow(unused_variables))]
pub fn prepare(config: &Config) {
    #[cfg(feature = "microphone")]
    if config.microphone.device != Choice::Off {
        super::microphone::prepare();
    }
}

/// Starts every source that the configuration does not turn off. Each opens its device only while its modality is
/// permitted.
///
/// # Errors
/// When nothing at all is turned on, or the system gives no thread.
pub fn start(config: &Config, intake: &mut Intake, around: &Surroundings) -> Result<Vec<JoinHandle<()>>, AgentError> {
    let mut threads = Vec::new();
    #[cfg(feature = "camera")]
    if config.camera.device != Choice::Off {
        let (choice, fps) = (config.camera.device.clone(), config.camera.fps);
        let camera = super::camera::Camera::new(choice, fps, around.clock.clone(), around.effort.clone());
        threads.push(attend("camera", camera, intake.face.feed("camera"), around)?);
    }
    #[cfg(feature = "microphone")]
    if config.microphone.device != Choice::Off {
        let microphone = super::microphone::Microphone::new(config.microphone.device.clone(), around.clock.clone());
        threads.push(attend("microphone", microphone, intake.voice.feed("microphone"), around)?);
    }
    #[cfg(feature = "bluetooth")]
    threads.extend(super::bluetooth::start(config, intake, around)?);
    if let Some(listen) = config.phone.address() {
        threads.extend(phone::start(listen, config.phone.late, &config.state, intake, around)?);
    }
    if senses_itself(config) {
        threads.push(attend(
            "accelerometer",
            accelerometer(config, &around.clock),
            intake.motion.feed("accelerometer"),
            around,
        )?);
    }
    if threads.is_empty() {
        let problem = "camera.device, microphone.device, iio.accelerometer, phone.listen: every device is turned off, no wearable is \
                       paired, and no recording is named";
        return Err(AgentError::Config(problem.into()));
    }
    Ok(threads)
}

/// Looks for devices of every kind. Opens none.
#[must_use]
pub fn list(config: &Config) -> Vec<Kind> {
    vec![cameras(config), microphones(config), wearables(config), phones(config), accelerometers(config)]
}

#[cfg(feature = "camera")]
fn cameras(config: &Config) -> Kind {
    let (all, chosen) = super::camera::list(&config.camera.device);
    let about = |node: &super::camera::Node| {
        let words = [
            (node.is_virtual, "virtual: never chosen unasked"),
            (node.is_second, "a second node of a camera"),
            (node.is_infrared, "infrared"),
        ];
        let said: Vec<&str> = words.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words).collect();
        (!said.is_empty()).then(|| said.join(", "))
    };
    let is_chosen = |node: &super::camera::Node| chosen.as_ref().is_ok_and(|chosen| chosen.number == node.number);
    let listed = |node: &super::camera::Node| Listed {
        number: Some(node.number),
        name: node.name.clone(),
        about: about(node),
        chosen: is_chosen(node),
    };
    let choice = match &chosen {
        Ok(node) => {
            format!("{} is chosen {}", node.name, why(&config.camera.device, "the first real one that sees colour"))
        }
        Err(trouble) => trouble.why.clone(),
    };
    Kind { kind: "camera", modalities: vec![Modality::Face], devices: all.iter().map(listed).collect(), choice }
}

#[cfg(not(feature = "camera"))]
fn cameras(_config: &Config) -> Kind {
    left_out("camera", &[Modality::Face])
}

#[cfg(feature = "microphone")]
fn microphones(config: &Config) -> Kind {
    let (all, chosen) = super::microphone::list(&config.microphone.device);
    let listed = |(number, device): (usize, &super::microphone::Listed)| Listed {
        number: u32::try_from(number).ok(),
        name: device.name.clone(),
        about: (device.id != device.name).then(|| device.id.clone()),
        chosen: chosen.as_ref().is_ok_and(|chosen| chosen.id == device.id),
    };
    let choice = match &chosen {
        Ok(device) => {
            format!("{} is chosen {}", device.name, why(&config.microphone.device, "the system's default input"))
        }
        Err(trouble) => trouble.why.clone(),
    };
    let devices = all.iter().enumerate().map(listed).collect();
    Kind { kind: "microphone", modalities: vec![Modality::Voice], devices, choice }
}

#[cfg(not(feature = "microphone"))]
fn microphones(_config: &Config) -> Kind {
    left_out("microphone", &[Modality::Voice])
}

/// Those that were paired: which of them are near only a scan tells, which `attune-agent pair` makes.
#[cfg(feature = "bluetooth")]
fn wearables(config: &Config) -> Kind {
    use super::bluetooth::{Wearables, chosen, modalities};
    let modalities = modalities(config);
    let of = |devices, choice| Kind { kind: "wearable", modalities, devices, choice };
    let paired = match Wearables::load(&config.state) {
        Ok(paired) => paired,
        Err(problem) => return of(Vec::new(), format!("failed to {problem}")),
    };
    let heard = chosen(config);
    let listed = |there: &super::bluetooth::Paired| Listed {
        number: None,
        name: there.name.clone(),
        about: Some(format!("{}, by the layout {}", there.address, there.layout)),
        chosen: heard.as_ref().is_ok_and(|heard| heard.contains(there)),
    };
    let choice = match (&config.bluetooth.device, &heard) {
        (Choice::Off, _) => "turned off (bluetooth.device)".into(),
        (_, Err(problem)) => problem.to_string(),
        (_, Ok(heard)) if heard.is_empty() => "none is paired: 'attune-agent pair' shows which are near".into(),
        (Choice::Named(name), _) => format!("the configuration names '{name}'"),
        (Choice::On, Ok(heard)) => format!("{} paired, and heard whenever in reach", heard.len()),
    };
    of(paired.list().iter().map(listed).collect(), choice)
}

#[cfg(not(feature = "bluetooth"))]
fn wearables(_config: &Config) -> Kind {
    left_out("wearable", &[Modality::Heart, Modality::Motion])
}

fn accelerometers(config: &Config) -> Kind {
    let (all, chosen) = accelerometer(config, &Clock::start()).list();
    let listed = |(number, one): (usize, &Accelerometer)| Listed {
        number: u32::try_from(number).ok(),
        name: one.name.clone(),
        about: one.place.clone(),
        chosen: senses_itself(config) && chosen == Some(number),
    };
    let choice = match (&config.iio.accelerometer, chosen.map(|number| &all[number].name)) {
        (Choice::Off, _) => "turned off (iio.accelerometer)".into(),
        (Choice::On, _) if !senses_itself(config) => "a phone's motion is taken in its place".into(),
        (Choice::On, Some(name)) => format!("{name} is chosen, as the first one"),
        (Choice::Named(part), Some(name)) => format!("{name} is chosen because the configuration names '{part}'"),
        (Choice::Named(part), None) => format!("the configuration names '{part}', and there is none that is called so"),
        (Choice::On, None) => "looked into /sys/bus/iio/devices, and there is none".into(),
    };
    let devices = all.iter().enumerate().map(listed).collect();
    Kind { kind: "accelerometer", modalities: vec![Modality::Motion], devices, choice }
}

fn accelerometer(config: &Config, clock: &Clock) -> Iio {
    let IioConfig { accelerometer, root } = config.iio.clone();
    Iio { root, choice: accelerometer, clock: clock.clone() }
}

/// What pushes through the network shows itself only once it does.
fn phones(config: &Config) -> Kind {
    let choice = match config.phone.address() {
        Some(listen) => format!("listens at {listen}; 'attune-agent phone status' says what has come"),
        None => "turned off (phone.listen); 'attune-agent phone setup' says how to take one".into(),
    };
    Kind { kind: "phone", modalities: vec![Modality::Motion, Modality::Heart], devices: Vec::new(), choice }
}

#[cfg(any(feature = "camera", feature = "microphone"))]
fn why(choice: &Choice, unasked: &str) -> String {
    match choice {
        Choice::Named(name) => format!("because the configuration names '{name}'"),
        _ => format!("as {unasked}"),
    }
}

#[cfg(not(all(feature = "camera", feature = "microphone", feature = "bluetooth")))]
fn left_out(kind: &'static str, modalities: &[Modality]) -> Kind {
    let choice = format!("this program was built without what opens a {kind}");
    Kind { kind, modalities: modalities.to_vec(), devices: Vec::new(), choice }
}

/// Whether the machine's own motion is sensed: where a phone's is, only if it is asked for by name. What the phone says comes
/// minutes later, and the two are not mixed.
fn senses_itself(config: &Config) -> bool {
    match config.iio.accelerometer {
        Choice::Off => false,
        Choice::On => config.phone.address().is_none(),
        Choice::Named(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_off_is_not_sensed_and_nothing_at_all_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        let both = cfg!(all(feature = "camera", feature = "microphone"));
        assert!(!both || modalities(&config) == [Modality::Face, Modality::Voice, Modality::Motion]);
        config.iio.accelerometer = Choice::Off;
        (config.camera.device, config.microphone.device) = (Choice::Off, Choice::Off);
        assert_eq!(modalities(&config), []);
        let around = Surroundings {
            control: std::sync::Arc::new(crate::control::Control::open()),
            clock: crate::clock::Clock::start(),
            stop: crate::stop::Stop::default(),
            until: attune_analysis::tables::LATEST,
            standings: super::super::live::Standings::default(),
            effort: crate::governor::Effort::full(config.camera.fps),
        };
        let error = start(&config, &mut Intake::new(&around), &around).err().unwrap().to_string();
        assert!(error.contains("camera.device") && error.contains("microphone.device"), "{error}");
        config.bluetooth.device = Choice::Off;
        assert!(list(&config).iter().all(|kind| kind.choice.contains("turned off") || !both));
    }

    #[cfg(feature = "bluetooth")]
    #[test]
    fn wearables_that_were_paired_are_listed_and_those_that_are_named_are_chosen() {
        use crate::sensors::bluetooth::{Paired, Wearables};
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { state: folder.path().into(), ..Config::default() };
        let listed = |config: &Config| list(config).into_iter().find(|kind| kind.kind == "wearable").unwrap();
        assert!(listed(&config).choice.contains("none is paired"));
        let mut wearables = Wearables::default();
        for (name, address) in [("Strap A", "C0:FF:EE:00:00:01"), ("Strap B", "C0:FF:EE:00:00:02")] {
            let layout = "heart-rate-strap".into();
            wearables.add(Paired { name: name.into(), address: address.into(), layout }).unwrap();
        }
        wearables.save(&config.state).unwrap();
        let chosen = |config: &Config| listed(config).devices.iter().map(|device| device.chosen).collect::<Vec<_>>();
        assert_eq!((listed(&config).modalities, chosen(&config)), (vec![Modality::Heart], vec![true, true]));
        config.bluetooth.device = Choice::Named("strap b".into());
        assert_eq!(chosen(&config), [false, true]);
        config.bluetooth.device = Choice::Named("watch".into());
        assert_eq!(chosen(&config), [false, false]);
        assert!(listed(&config).choice.contains("attune-agent pair"), "{}", listed(&config).choice);
    }
}
