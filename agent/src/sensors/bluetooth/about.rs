//! What a wearable says of itself: battery and device information, but for what names it alone.

use std::time::{Duration, Instant};

use attune_analysis::wearables::{battery, text};
use btleplug::api::bleuuid::uuid_from_u16;
use btleplug::api::{CharPropFlags, Characteristic, Peripheral as _, ValueNotification};
use btleplug::platform::Peripheral;

const BATTERY_LEVEL: u16 = 0x2a19;
const MODEL: u16 = 0x2a24;
const FIRMWARE: u16 = 0x2a26;
const MAKER: u16 = 0x2a29;
/// An older signal strength says nothing of now: none is told while a wearable is connected.
const FRESH: Duration = Duration::from_secs(30);

/// What is known of a wearable. Serial number and System ID are never asked for: they name it, and so the person.
#[derive(Default, Debug)]
pub(super) struct About {
    /// Battery level, percent.
    pub(super) battery: Option<u8>,
    asked: bool,
    maker: Option<String>,
    model: Option<String>,
    firmware: Option<String>,
}

impl About {
    /// Asks for the battery, and the first time for what it is.
    pub(super) async fn ask(&mut self, peripheral: &Peripheral) {
        let there = peripheral.characteristics();
        let find = |short: u16| there.iter().find(|there| there.uuid == uuid_from_u16(short));
        if let Some(there) = find(BATTERY_LEVEL) {
            self.battery = read(peripheral, there).await.as_deref().and_then(level);
            if there.properties.contains(CharPropFlags::NOTIFY) {
                // What it told once is told until it is connected again, where it does not tell of changes.
                let _ = peripheral.subscribe(there).await;
            }
        }
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        for (short, field) in [(MAKER, &mut self.maker), (MODEL, &mut self.model), (FIRMWARE, &mut self.firmware)] {
            if let Some(characteristic) = find(short) {
                *field =
                    read(peripheral, characteristic).await.as_deref().and_then(text).filter(|text| !text.is_empty());
            }
        }
    }

    /// Takes a packet that tells of the battery; whether it was one.
    pub(super) fn hear(&mut self, packet: &ValueNotification) -> bool {
        let is_battery = packet.uuid == uuid_from_u16(BATTERY_LEVEL);
        if is_battery {
            self.battery = level(&packet.value);
        }
        is_battery
    }

    /// For the person: `H10, Polar Electro Oy H10, firmware 5.0.0, signal -60 dBm`.
    pub(super) fn describe(&self, name: &str, rssi: Option<(i16, Instant)>) -> String {
        let what: Vec<&str> = [&self.maker, &self.model].into_iter().flatten().map(String::as_str).collect();
        let what = (!what.is_empty()).then(|| what.join(" "));
        let firmware = self.firmware.as_ref().map(|firmware| format!("firmware {firmware}"));
        let signal = rssi.filter(|(_, at)| at.elapsed() < FRESH).map(|(dbm, _)| format!("signal {dbm} dBm"));
        let parts = [Some(name.to_owned()), what, firmware, signal];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// How full a battery is, percent, where that can be.
fn level(bytes: &[u8]) -> Option<u8> {
    battery(bytes).ok().map(|(level, _)| level)
}

async fn read(peripheral: &Peripheral, characteristic: &Characteristic) -> Option<Vec<u8>> {
    peripheral.read(characteristic).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wearable_is_described_by_what_is_known_of_it_and_an_old_signal_is_not() {
        let mut about = About::default();
        assert_eq!(about.describe("Strap", None), "Strap");
        (about.maker, about.firmware) = (Some("Maker".into()), Some("1.2".into()));
        let now = Instant::now();
        assert_eq!(about.describe("Strap", Some((-60, now))), "Strap, Maker, firmware 1.2, signal -60 dBm");
        let old = now.checked_sub(FRESH).unwrap();
        assert_eq!(about.describe("Strap", Some((-60, old))), "Strap, Maker, firmware 1.2");
    }

    #[test]
    fn the_battery_follows_what_is_notified_of_it() {
        let packet = |uuid, value: &[u8]| ValueNotification {
            uuid: uuid_from_u16(uuid),
            service_uuid: uuid_from_u16(0x180f),
            value: value.to_vec(),
        };
        let mut about = About::default();
        assert!(about.hear(&packet(BATTERY_LEVEL, &[41])) && about.battery == Some(41));
        assert!(!about.hear(&packet(0x2a37, &[0, 72])) && about.battery == Some(41));
        assert!(about.hear(&packet(BATTERY_LEVEL, &[255])) && about.battery.is_none());
    }
}
