use attune_protocol::record::Gap;
use cpal::traits::{DeviceTrait as _, HostTrait as _};

use super::super::live::Trouble;

/// What is looked for, for a person.
pub(in crate::sensors) const LOOKED_FOR: &str = "the system's default input, and sound cards with one";
/// What ALSA lists besides the inputs: ways to the same sound cards, and converters.
const WAYS: [&str; 17] = [
    "null",
    "hw:",
    "front:",
    "rear:",
    "center_lfe:",
    "side:",
    "surround",
    "iec958",
    "spdif",
    "hdmi:",
    "dmix",
    "dsnoop",
    "usbstream:",
    "lavrate",
    "samplerate",
    "speexrate",
    "upmix",
];

/// A microphone that can be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::sensors) struct Microphone {
    /// What the sound system calls it.
    pub(in crate::sensors) id: String,
    /// What it calls itself.
    pub(in crate::sensors) name: String,
}

impl Microphone {
    pub(super) fn of(device: &cpal::Device) -> Option<Self> {
        let id = device.id().ok()?.id().to_owned();
        let name = device.description().map_or_else(|_| id.clone(), |description| description.name().to_owned());
        Some(Self { id, name })
    }

    /// The device itself, if it is still there.
    pub(super) fn device(&self) -> Option<cpal::Device> {
        let host = cpal::default_host();
        let is_this = |device: &cpal::Device| device.id().is_ok_and(|id| id.id() == self.id);
        host.default_input_device().filter(is_this).or_else(|| host.input_devices().ok()?.find(is_this))
    }

    pub(super) fn is_gone(&self, choice: &crate::config::Choice) -> Trouble {
        let why = format!("the microphone {} is not there any more", self.name);
        match choice {
            crate::config::Choice::Named(_) => Trouble::new(Gap::DeviceGone, why),
            _ => Trouble::none(why),
        }
    }

    /// Whether it gives what the computer plays itself.
    fn is_monitor(&self) -> bool {
        let says = |text: &str| text.to_lowercase().contains("monitor");
        says(&self.id) || says(&self.name)
    }
}

/// All that can be heard with.
pub(super) fn list(host: &cpal::Host) -> Vec<Microphone> {
    let devices = host.input_devices().into_iter().flatten();
    let all = devices.filter_map(|device| Microphone::of(&device));
    all.filter(|listed| !WAYS.iter().any(|way| listed.id.starts_with(way))).collect()
}

/// The one that has this number, or this in its name.
pub(super) fn named(all: &[Microphone], name: &str) -> Result<Microphone, Trouble> {
    let lower = name.to_lowercase();
    let exact = all.iter().find(|listed| listed.id == name || listed.name == name);
    let by_number = || name.parse().ok().and_then(|number: usize| all.get(number));
    let has = |text: &str| text.to_lowercase().contains(&lower);
    let by_part = || all.iter().find(|listed| has(&listed.name) || has(&listed.id));
    exact.or_else(by_number).or_else(by_part).cloned().ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|listed| listed.name.as_str()).collect();
        let there = if names.is_empty() { "none".into() } else { names.join(", ") };
        Trouble::new(
            Gap::DeviceGone,
            format!("no microphone with '{name}' in its name is plugged in; there is {there}"),
        )
    })
}

/// The system's default, unless it is one that nobody means: `source` is what the sound server takes for it.
pub(super) fn unasked(default: Microphone, source: Option<&str>) -> Result<Microphone, Trouble> {
    let source = source.unwrap_or_default();
    if default.is_monitor() || source.ends_with(".monitor") {
        return Err(Trouble::none(
            "the system's default input is a monitor, which hears what the computer plays itself: choose a microphone in the \
             sound settings, or name one with microphone.device",
        ));
    }
    if source.starts_with("bluez_") {
        return Err(Trouble::none(
            "the system's default input is a Bluetooth headset, whose sound gets as bad as a telephone's when its microphone \
             is open: name it with microphone.device if that is what you want",
        ));
    }
    Ok(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, name: &str) -> Microphone {
        Microphone { id: id.into(), name: name.into() }
    }

    #[test]
    fn unasked_neither_a_monitor_nor_a_headset_is_taken() {
        let default = || listed("default", "Default Audio Device");
        assert_eq!(unasked(default(), Some("alsa_input.pci-0000_00_1f.3.analog-stereo")), Ok(default()));
        assert_eq!(unasked(default(), None), Ok(default()));
        for source in ["alsa_output.pci-0000_00_1f.3.analog-stereo.monitor", "bluez_input.00_11_22_33_44_55.0"] {
            assert_eq!(unasked(default(), Some(source)).unwrap_err().gap, None, "{source}");
        }
        assert!(unasked(listed("x", "Monitor of Built-in Audio"), None).is_err());
    }

    #[test]
    fn a_microphone_is_found_by_its_name_a_part_of_it_its_id_or_its_number() {
        let all = [listed("default", "Default"), listed("plughw:CARD=1,DEV=0", "Yeti, USB Audio"), listed("x", "2")];
        for name in ["yeti", "Yeti, USB Audio", "plughw:CARD=1,DEV=0", "1"] {
            assert_eq!(named(&all, name).unwrap(), all[1], "{name}");
        }
        assert_eq!(named(&all, "2").unwrap(), all[2], "its own name goes over a number");
        let trouble = named(&all, "rode").unwrap_err();
        assert!(trouble.gap == Some(Gap::DeviceGone) && trouble.why.contains("Yeti"), "{trouble:?}");
        assert!(named(&[], "0").is_err());
    }
}
