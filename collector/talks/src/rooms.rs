//! Rooms that somebody has open on several devices at once: what is told in one is told on each, of this program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use attune_protocol::ids::PersonId;
use tokio::sync::broadcast;

/// What waits for a device that takes it slowly: beyond, the oldest is left out, and the whole answer comes at its end.
const WAITING: usize = 64;

/// Whose room, and which.
type Key = (PersonId, String);

/// What is told: from which device it comes, where it is for all others only, and the text.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// The device that does not hear it; none where all do.
    pub(crate) but: Option<u64>,
    pub(crate) text: Arc<str>,
}

#[derive(Debug)]
struct Open {
    tell: broadcast::Sender<News>,
    devices: usize,
}

#[derive(Default, Debug)]
struct Inside {
    open: BTreeMap<Key, Open>,
    next: u64,
}

/// All rooms that are open.
#[derive(Default, Debug)]
pub(crate) struct Rooms(Mutex<Inside>);

impl Rooms {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a room with a device.
    pub(crate) fn enter(self: &Arc<Self>, person: PersonId, room: &str) -> Seat {
        let key = (person, room.to_owned());
        let mut inside = self.inside();
        let device = inside.next;
        inside.next += 1;
        let open =
            inside.open.entry(key.clone()).or_insert_with(|| Open { tell: broadcast::channel(WAITING).0, devices: 0 });
        open.devices += 1;
        let (tell, hear) = (open.tell.clone(), open.tell.subscribe());
        Seat { teller: Teller { tell, device }, hear, key, rooms: Arc::clone(self) }
    }
}

/// Tells what is new in a room.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    tell: broadcast::Sender<News>,
    device: u64,
}

impl Teller {
    /// Tells all devices.
    pub(crate) fn all(&self, text: &str) {
        // Nobody may be there any more.
        let _ = self.tell.send(News { but: None, text: text.into() });
    }

    /// Tells all others.
    pub(crate) fn others(&self, text: &str) {
        let _ = self.tell.send(News { but: Some(self.device), text: text.into() });
    }
}

/// A device in a room, until this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) teller: Teller,
    hear: broadcast::Receiver<News>,
    key: Key,
    rooms: Arc<Rooms>,
}

impl Seat {
    /// What is told next. What was missed is passed over.
    pub(crate) async fn hear(&mut self) -> Option<Arc<str>> {
        loop {
            match self.hear.recv().await {
                Ok(News { but, text }) if but != Some(self.teller.device) => return Some(text),
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inside = self.rooms.inside();
        if let Some(open) = inside.open.get_mut(&self.key) {
            open.devices = open.devices.saturating_sub(1);
            if open.devices == 0 {
                inside.open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_told_in_a_room_is_heard_on_each_device_of_its_person_and_by_nobody_else() {
        let rooms = Arc::new(Rooms::default());
        let (alice, bob) = (PersonId([1; 16]), PersonId([2; 16]));
        let (mut one, mut two) = (rooms.enter(alice, "a"), rooms.enter(alice, "a"));
        let mut other = rooms.enter(bob, "a");
        one.teller.others("here");
        one.teller.all("news");
        assert_eq!(one.hear().await.as_deref(), Some("news"));
        assert_eq!(two.hear().await.as_deref(), Some("here"));
        other.teller.all("mine");
        assert_eq!(other.hear().await.as_deref(), Some("mine"), "and nothing before it");
        (0..2 * WAITING).for_each(|_| two.teller.all("much"));
        assert_eq!(one.hear().await.as_deref(), Some("much"), "what was missed is passed over");
        drop((one, two, other));
        assert!(rooms.inside().open.is_empty());
    }
}
