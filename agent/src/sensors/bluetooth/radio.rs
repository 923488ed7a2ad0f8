//! The machine's Bluetooth adapter, by btleplug.

use std::time::Duration;

use attune_analysis::wearables::signal;
use btleplug::api::{Central, CentralState, Manager as _, Peripheral as _};
use btleplug::platform::{Adapter, Manager, Peripheral, PeripheralId};

use super::trouble::Trouble;

/// How long the system may take for an answer about itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first adapter that is switched on. None is switched on here: who switched it off meant it.
///
/// # Errors
/// When there is none, or no Bluetooth at all.
pub(super) async fn adapter() -> Result<Adapter, Trouble> {
    let found = async {
        let manager = Manager::new().await.map_err(|error| Trouble::of(&error))?;
        let adapters = manager.adapters().await.map_err(|error| Trouble::of(&error))?;
        let mut trouble = Trouble::NoAdapter;
        for adapter in adapters {
            match state(&adapter).await {
                Ok(()) => return Ok(adapter),
                Err(problem) => trouble = problem,
            }
        }
        Err(trouble)
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap_or(Err(Trouble::Failed))
}

/// Whether an adapter is there and switched on.
///
/// # Errors
/// When it is not.
pub(super) async fn state(adapter: &Adapter) -> Result<(), Trouble> {
    let asked = async {
        // One that is gone is told as one that is off.
        match adapter.adapter_state().await.map_err(|error| Trouble::of(&error))? {
            CentralState::PoweredOn | CentralState::Unknown => Ok(()),
            CentralState::PoweredOff => match adapter.adapter_info().await {
                Ok(_) => Err(Trouble::Off),
                Err(error) => Err(match Trouble::of(&error) {
                    Trouble::Failed => Trouble::NoAdapter,
                    trouble => trouble,
                }),
            },
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(Trouble::Failed))
}

/// By what a wearable is known again: its address, or what the system calls it where that tells none.
pub(super) fn address(peripheral: &Peripheral) -> String {
    let address = peripheral.address();
    if address.into_inner() == [0; 6] { peripheral.id().to_string() } else { address.to_string() }
}

/// A signal strength, dBm, where it is one.
pub(super) fn strength(dbm: i16) -> Option<i16> {
    i8::try_from(dbm).ok().and_then(signal).map(i16::from)
}

/// The wearable that the system calls so.
pub(super) async fn peripheral(adapter: &Adapter, id: &PeripheralId) -> Option<Peripheral> {
    tokio::time::timeout(PATIENCE, adapter.peripheral(id)).await.ok()?.ok()
}
