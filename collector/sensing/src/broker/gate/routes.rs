//! Which connections listen for which device, and the answers' way to them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::DeviceId;
use attune_protocol::topics;
use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::counts::Refusal;
use super::crowd::Guest;
use super::limits::Limits;
use super::standing::Standing;

/// An answer to a device.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
}

struct Listener {
    guest: Arc<Guest>,
    standing: Standing,
    answers: Sender<Told>,
}

/// Everybody who listens.
#[derive(Default)]
pub(crate) struct Routes(Mutex<HashMap<DeviceId, Vec<Listener>>>);

impl Routes {
    fn inside(&self) -> MutexGuard<'_, HashMap<DeviceId, Vec<Listener>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers to a device go to this connection too, as far as they are for its ears. Where too many listen, a stranger that
    /// came first is cut off.
    pub(crate) fn listen(&self, device: DeviceId, guest: &Arc<Guest>, standing: Standing, answers: Sender<Told>) {
        let mut inside = self.inside();
        let listeners = inside.entry(device).or_default();
        listeners.retain(|listener| listener.guest.id() != guest.id());
        if listeners.len() >= Limits::LISTENERS {
            let first = listeners.iter().position(|listener| !listener.guest.is_known()).unwrap_or(0);
            listeners.remove(first).guest.dismiss(Refusal::Crowded);
        }
        listeners.push(Listener { guest: Arc::clone(guest), standing, answers });
    }

    /// Answers to a device go to this connection no more.
    pub(crate) fn leave(&self, device: DeviceId, guest: &Guest) {
        let mut inside = self.inside();
        if let Some(listeners) = inside.get_mut(&device) {
            listeners.retain(|listener| listener.guest.id() != guest.id());
            if listeners.is_empty() {
                inside.remove(&device);
                if inside.capacity() > 4 * inside.len() + 1024 {
                    inside.shrink_to_fit();
                }
            }
        }
    }

    /// Hands an answer to who listens for it. Who has not read the last ones is cut off: its device asks again.
    pub(crate) fn deliver(&self, topic: &str, answer: &Bytes) {
        let Some(device) = device_of(topic) else { return };
        let inside = self.inside();
        for Listener { guest, standing, answers } in inside.get(&device).into_iter().flatten() {
            match standing {
                _ if standing.hears(answer) => {}
                // The collector speaks to the device that it did not know when this one came.
                Standing::Unknown(_) => {
                    guest.dismiss(Refusal::Enrolled);
                    continue;
                }
                Standing::Nobody | Standing::Device(..) => continue,
            }
            let told = Told { topic: topic.to_owned(), payload: answer.clone() };
            if answers.try_send(told).is_err() {
                guest.dismiss(Refusal::Unread);
            }
        }
    }
}

/// Whose answers come under a topic.
pub(crate) fn device_of(topic: &str) -> Option<DeviceId> {
    let (_, device) = topic.rsplit_once('/')?;
    device.parse().ok().filter(|device| topics::answers_to(*device) == topic)
}
