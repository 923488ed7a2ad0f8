//! Looking around for wearables: for `pair` and `devices`.

use std::time::{Duration, Instant};

use attune_analysis::wearables::text;
use btleplug::api::{Central, Peripheral as _, PeripheralProperties, ScanFilter};
use btleplug::platform::{Adapter, Peripheral};
use uuid::Uuid;

use super::hearing;
use super::paired::is_called;
use super::radio;
use super::trouble::Trouble;
use crate::stop::Stop;

/// How often it is looked what has come.
const LOOK: Duration = Duration::from_millis(250);
/// How long the system may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A device that advertises nearby, or is connected to this machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nearby {
    /// What it calls itself, if anything.
    pub name: Option<String>,
    /// Its address; where the system tells none (macOS), what the system calls it.
    pub address: String,
    /// Signal strength, dBm.
    pub rssi: Option<i16>,
    /// Whether it is connected to this machine.
    pub is_connected: bool,
    /// Services that it advertises and that are known here.
    pub services: Vec<&'static str>,
    /// The layouts that fit, the best one first.
    pub layouts: Vec<&'static str>,
}

impl Nearby {
    /// Whether a person means it by a name or an address.
    #[must_use]
    pub fn is_called(&self, which: &str) -> bool {
        is_called(self.name.as_deref().unwrap_or_default(), &self.address, which)
    }
}

/// Looks around for a time: what may be a wearable first, then by signal strength.
///
/// # Errors
/// When there is no Bluetooth; [`Trouble::words`] says what to do.
pub fn nearby(time: Duration, stop: &Stop) -> Result<Vec<Nearby>, Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Trouble::Failed)?;
    let found = runtime.block_on(look(time, stop));
    runtime.shutdown_background();
    found
}

async fn look(time: Duration, stop: &Stop) -> Result<Vec<Nearby>, Trouble> {
    let adapter = radio::adapter().await?;
    match adapter.start_scan(ScanFilter::default()).await {
        // Another program's scan, as that of a running agent, serves as well.
        Err(error) if format!("{error:?}").contains("InProgress") => {}
        done => done.map_err(|error| Trouble::of(&error))?,
    }
    let until = Instant::now() + time;
    while Instant::now() < until && !stop.is_asked() {
        tokio::time::sleep(LOOK).await;
    }
    let found = tokio::time::timeout(PATIENCE, there(&adapter)).await.unwrap_or(Err(Trouble::Failed));
    // It ends with the connection to the system, too.
    let _ = tokio::time::timeout(PATIENCE, adapter.stop_scan()).await;
    found
}

async fn there(adapter: &Adapter) -> Result<Vec<Nearby>, Trouble> {
    let mut found = Vec::new();
    for peripheral in adapter.peripherals().await.map_err(|error| Trouble::of(&error))? {
        if let Ok(Some(properties)) = peripheral.properties().await {
            let is_connected = peripheral.is_connected().await.unwrap_or(false);
            found.extend(describe(&peripheral, properties, is_connected));
        }
    }
    found.sort_by_key(|near| (near.layouts.is_empty(), near.rssi.map_or(i16::MAX, |rssi| -rssi)));
    Ok(found)
}

/// A device that is there: one that the system only remembers has no signal strength.
fn describe(peripheral: &Peripheral, properties: PeripheralProperties, is_connected: bool) -> Option<Nearby> {
    let PeripheralProperties { local_name, advertisement_name, rssi, services, .. } = properties;
    // Some adapters say of what they hear that its strength is not known (127 in HCI).
    let is_heard = rssi.is_some();
    let rssi = rssi.and_then(radio::strength);
    if !is_heard && !is_connected {
        return None;
    }
    let name = advertisement_name
        .or(local_name)
        .as_deref()
        .and_then(|name| text(name.as_bytes()))
        .filter(|name| !name.is_empty());
    let layouts = hearing::fitting(name.as_deref(), &services);
    let address = radio::address(peripheral);
    Some(Nearby { name, address, rssi, is_connected, services: known(&services), layouts })
}

/// Names of services that wearables have, by the beginning of their UUID.
const SERVICES: [(&str, &str); 9] = [
    ("0000180d-", "Heart Rate"),
    ("0000180f-", "Battery"),
    ("0000180a-", "Device Information"),
    ("00001814-", "Running Speed and Cadence"),
    ("0000feee-", "Polar"),
    ("fb005c80-", "Polar Measurement Data"),
    ("34802252-", "Movesense"),
    ("00030000-", "InfiniTime Motion"),
    ("6e400001-", "Nordic UART"),
];

fn known(services: &[Uuid]) -> Vec<&'static str> {
    let is_there = |begin: &str| services.iter().any(|service| service.to_string().starts_with(begin));
    SERVICES.iter().filter(|(begin, _)| is_there(begin)).map(|(_, name)| *name).collect()
}

#[cfg(test)]
mod tests {
    use btleplug::api::bleuuid::uuid_from_u16;

    use super::*;

    #[test]
    fn services_are_named_as_people_know_them_and_others_are_not() {
        assert_eq!(
            known(&[uuid_from_u16(0x180f), uuid_from_u16(0x1812), uuid_from_u16(0x180d)]),
            ["Heart Rate", "Battery"]
        );
    }
}
