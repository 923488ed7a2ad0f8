//! The connections that speak for a device, so that they can be ended when what they have shown does not hold any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use attune_protocol::ids::DeviceId;
use attune_protocol::sign::PublicKey;

use super::counts::Refusal;
use super::crowd::Guest;
use super::limits::Limits;

/// How long who asked to be enrolled may listen once that is so: the answer is given behind it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// Everybody who is there.
#[derive(Default)]
pub(crate) struct Present(Mutex<HashMap<DeviceId, Vec<Visit>>>);

/// A connection that speaks for a device.
struct Visit {
    guest: Arc<Guest>,
    /// The key by which it came; none where the device was not known.
    key: Option<PublicKey>,
    /// Since when it is known that the device is, which was not.
    known: Option<Instant>,
}

impl Present {
    fn inside(&self) -> MutexGuard<'_, HashMap<DeviceId, Vec<Visit>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A device is here. Where it has too many connections, its first one is ended.
    pub(crate) fn enter(&self, device: DeviceId, key: Option<PublicKey>, guest: &Arc<Guest>) {
        let mut inside = self.inside();
        let guests = inside.entry(device).or_default();
        if guests.len() >= Limits::LISTENERS {
            // Who has proved nothing gives way first.
            let first = guests.iter().position(|visit| visit.key.is_none()).unwrap_or(0);
            guests.remove(first).guest.dismiss(Refusal::Crowded);
        }
        guests.push(Visit { guest: Arc::clone(guest), key, known: None });
    }

    /// A connection of a device has ended.
    pub(crate) fn leave(&self, device: DeviceId, guest: &Guest) {
        let mut inside = self.inside();
        if let Some(guests) = inside.get_mut(&device) {
            guests.retain(|visit| visit.guest.id() != guest.id());
            if guests.is_empty() {
                inside.remove(&device);
            }
        }
    }

    /// Ends the connections of a device but for those that came by the key that holds; those of before it was known once they had time to
    /// hear that it is. To be said again and again for longer than that.
    pub(crate) fn hold_to(&self, device: DeviceId, holds: Option<PublicKey>) {
        for Visit { guest, key, known } in self.inside().get_mut(&device).into_iter().flatten() {
            match key {
                Some(_) if holds != *key => guest.dismiss(Refusal::Revoked),
                None if holds.is_some() => {
                    if known.get_or_insert_with(Instant::now).elapsed() >= ANSWERED_WITHIN {
                        guest.dismiss(Refusal::Enrolled);
                    }
                }
                Some(_) | None => {}
            }
        }
    }
}
