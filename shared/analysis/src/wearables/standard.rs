//! Characteristics that the Bluetooth SIG defines for all devices, and signal strength.

use super::Uuid;

/// The Battery Service, and its level: one byte, percent.
pub const BATTERY_SERVICE: Uuid = Uuid::short(0x180f);
/// Battery level.
pub const BATTERY_LEVEL: Uuid = Uuid::short(0x2a19);
/// The Device Information Service.
pub const DEVICE_INFORMATION: Uuid = Uuid::short(0x180a);

/// Texts that are read. Not the serial number (2a25) and not the System ID (2a23), which holds the address: they name a
/// person's device.
const TEXTS: [(Uuid, Information); 5] = [
    (Uuid::short(0x2a29), Information::Maker),
    (Uuid::short(0x2a24), Information::Model),
    (Uuid::short(0x2a26), Information::Firmware),
    (Uuid::short(0x2a27), Information::Hardware),
    (Uuid::short(0x2a28), Information::Software),
];

/// What a text of the Device Information Service says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Information {
    /// Who made it.
    Maker,
    /// Its model.
    Model,
    /// Version of its firmware.
    Firmware,
    /// Version of its hardware.
    Hardware,
    /// Version of its software.
    Software,
}

impl Information {
    /// The texts that are read, by their characteristics.
    pub fn all() -> impl Iterator<Item = (Uuid, Self)> {
        TEXTS.into_iter()
    }

    /// Of a characteristic, where it is one of those that are read.
    #[must_use]
    pub fn of(characteristic: Uuid) -> Option<Self> {
        TEXTS.into_iter().find(|(uuid, _)| *uuid == characteristic).map(|(_, which)| which)
    }

    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Model => "model",
            Self::Firmware => "firmware",
            Self::Hardware => "hardware",
            Self::Software => "software",
        }
    }
}

/// A battery level of 0 to 100 %. Bytes behind it may tell more; longer answers are none: a stack has made a length of the level.
///
/// # Errors
/// What is wrong with it.
pub fn battery(bytes: &[u8]) -> Result<(u8, usize), String> {
    match bytes {
        [] => Err("the battery level is empty".into()),
        [level @ 0..=100] | [level @ 0..=100, _] => Ok((*level, bytes.len() - 1)),
        [level] | [level, _] => Err(format!("a battery level of {level} % cannot be")),
        _ => Err(format!("a battery level has one byte, and this one {}", bytes.len())),
    }
}

/// A text without NULs and blanks around it; `None` where it is not UTF-8.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_shown = |c: &char| !c.is_control();
    Some(text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).chars().filter(is_shown).collect())
}

/// Signal strength, dBm; `None` for 127, which stands for none, and for what no receiver hears.
#[must_use]
pub fn signal(raw: i8) -> Option<i8> {
    (-126..=20).contains(&raw).then_some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_cannot_be_are_none() {
        assert_eq!(battery(&[87]), Ok((87, 0)));
        assert_eq!(battery(&[0]), Ok((0, 0)));
        assert_eq!(battery(&[87, 6]), Ok((87, 1)));
        for wrong in [&[][..], &[101], &[255], &[0; 100], &[0, 0, 0]] {
            assert!(battery(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_signals_are_heard() {
        assert_eq!(text(b"H808S   \0\0\0").as_deref(), Some("H808S"));
        assert_eq!(text(b"").as_deref(), Some(""));
        assert_eq!(text(b"Caf\xe9"), None);
        assert_eq!([-75, 127, -127].map(signal), [Some(-75), None, None]);
        assert_eq!(Information::of(Uuid::short(0x2a25)), None, "a serial number is not read");
    }
}
