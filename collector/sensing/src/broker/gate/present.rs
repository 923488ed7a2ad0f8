//! The connections of devices that have proved who they are, so that they can be ended when that does not hold any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;

use super::counts::Refusal;
use super::crowd::Guest;
use super::limits::Limits;

/// Everybody who is there.
#[derive(Default)]
pub(crate) struct Present(Mutex<HashMap<DeviceId, Guests>>);

/// Each with the key by which it came.
type Guests = Vec<(Arc<Guest>, PublicKey)>;

impl Present {
    fn inside(&self) -> MutexGuard<'_, HashMap<DeviceId, Guests>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device is here. Where it has too many connections, its first one is ended.
    pub(crate) fn enter(&self, device: DeviceId, key: PublicKey, guest: &Arc<Guest>) {
        let mut inside = self.inside();
        let guests = inside.entry(device).or_default();
        if guests.len() >= Limits::LISTENERS {
            guests.remove(0).0.dismiss(Refusal::Crowded);
        }
        guests.push((Arc::clone(guest), key));
    }

    /// A connection of a device has ended.
    pub(crate) fn leave(&self, device: DeviceId, guest: &Guest) {
        let mut inside = self.inside();
        if let Some(guests) = inside.get_mut(&device) {
            guests.retain(|(present, _)| present.id() != guest.id());
            if guests.is_empty() {
                inside.remove(&device);
            }
        }
    }

    /// Ends the connections of a device but for those that came by the key that holds.
    pub(crate) fn hold_to(&self, device: DeviceId, holds: Option<PublicKey>) {
        for (guest, key) in self.inside().get(&device).into_iter().flatten() {
            if holds != Some(*key) {
                guest.dismiss(Refusal::Revoked);
            }
        }
    }
}
