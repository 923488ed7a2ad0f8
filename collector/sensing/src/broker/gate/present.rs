//! The connections of devices that have proved who they are, so that they can be ended when that does not hold any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::DeviceId;

use super::counts::Refusal;
use super::crowd::Guest;
use super::limits::Limits;

/// Everybody who is there.
#[derive(Default)]
pub(crate) struct Present(Mutex<HashMap<DeviceId, Vec<Arc<Guest>>>>);

impl Present {
    fn inside(&self) -> MutexGuard<'_, HashMap<DeviceId, Vec<Arc<Guest>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device is here. Where it has too many connections, its first one is ended.
    pub(crate) fn enter(&self, device: DeviceId, guest: &Arc<Guest>) {
        let mut inside = self.inside();
        let guests = inside.entry(device).or_default();
        if guests.len() >= Limits::LISTENERS {
            guests.remove(0).dismiss(Refusal::Crowded);
        }
        guests.push(Arc::clone(guest));
    }

    /// A connection of a device has ended.
    pub(crate) fn leave(&self, device: DeviceId, guest: &Guest) {
        let mut inside = self.inside();
        if let Some(guests) = inside.get_mut(&device) {
            guests.retain(|present| present.id() != guest.id());
            if guests.is_empty() {
                inside.remove(&device);
            }
        }
    }

    /// Ends all connections of a device.
    pub(crate) fn dismiss(&self, device: DeviceId, why: Refusal) {
        for guest in self.inside().get(&device).into_iter().flatten() {
            guest.dismiss(why);
        }
    }
}
