//! The connections that speak for a device, so that they can be ended when what they have shown does not hold any more.

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

/// Each with the key by which it came; none where the device was not known.
type Guests = Vec<(Arc<Guest>, Option<PublicKey>)>;

impl Present {
    fn inside(&self) -> MutexGuard<'_, HashMap<DeviceId, Guests>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device is here. Where it has too many connections, its first one is ended.
    pub(crate) fn enter(&self, device: DeviceId, key: Option<PublicKey>, guest: &Arc<Guest>) {
        let mut inside = self.inside();
        let guests = inside.entry(device).or_default();
        if guests.len() >= Limits::LISTENERS {
            // Who has proved nothing gives way first.
            let first = guests.iter().position(|(_, key)| key.is_none()).unwrap_or(0);
            guests.remove(first).0.dismiss(Refusal::Crowded);
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
            match key {
                Some(_) if holds != *key => guest.dismiss(Refusal::Revoked),
                None if holds.is_some() => guest.dismiss(Refusal::Enrolled),
                Some(_) | None => {}
            }
        }
    }
}
