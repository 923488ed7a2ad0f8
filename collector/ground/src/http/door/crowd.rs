//! Who is connected, what each does, and who gives way when there are too many.
//!
//! Where there is no room for a newcomer, one gives way that asks nothing or has not sent its whole head, the longest first;
//! then one that only listens for what is new; then one whose body is still coming; then one that does not take its answer.
//! A request that is being answered never gives way. So whoever opens connections and holds them displaces its own.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::super::{Refusal, Traffic};
use super::limits::Limits;
use crate::Source;

/// What a connection does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Phase {
    /// Nothing, or its head is not whole.
    Waiting,
    /// Its body is coming.
    Receiving,
    /// Its answer is being taken.
    Taking,
    /// It is being answered.
    Answering,
    /// It was answered, and is told of what is new from then on.
    Listening,
}

/// Those that give way, in their order.
const GIVE_WAY: [Phase; 4] = [Phase::Waiting, Phase::Listening, Phase::Receiving, Phase::Taking];

/// A connection's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    source: Source,
    /// Told when it gives way to another.
    leave: Arc<Notify>,
    crowd: Arc<Crowd>,
}

/// What a connection does, since when, and whether it has asked anything before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Doing {
    pub(super) phase: Phase,
    pub(super) since: Instant,
    pub(super) has_asked: bool,
}

#[derive(Debug)]
struct Guest {
    source: Source,
    leave: Arc<Notify>,
    doing: Doing,
    /// Key of its phase.
    turn: u64,
}

#[derive(Debug, Default)]
struct Inside {
    guests: HashMap<u64, Guest>,
    /// Guests by address and phase, in the order in which they came to it.
    order: BTreeMap<(Source, Phase, u64), u64>,
    of_source: HashMap<Source, usize>,
    next: u64,
}

/// Everybody who is connected.
#[derive(Debug)]
pub(super) struct Crowd {
    limits: Limits,
    traffic: Arc<Traffic>,
    inside: Mutex<Inside>,
}

impl Crowd {
    pub(super) fn new(limits: Limits, traffic: Arc<Traffic>) -> Arc<Self> {
        Arc::new(Self { limits, traffic, inside: Mutex::default() })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a newcomer in, if need be in another's place. None where nobody can give way.
    pub(super) fn admit(self: &Arc<Self>, from: IpAddr) -> Option<Place> {
        let source = Source::from(from);
        let mut inside = self.inside();
        let of_source = inside.of_source.get(&source).copied().unwrap_or(0);
        let giver = if of_source >= self.limits.of(from) {
            Some(source)
        } else if inside.guests.len() >= self.limits.connections {
            inside.of_source.iter().max_by_key(|(source, count)| (**count, **source)).map(|(source, _)| *source)
        } else {
            None
        };
        if let Some(giver) = giver {
            if !inside.give_way(giver) {
                self.traffic.refuse(Refusal::Crowded);
                return None;
            }
            self.traffic.refuse(Refusal::Displaced);
        }
        let (id, leave) = (inside.next, Arc::<Notify>::default());
        let doing = Doing { phase: Phase::Waiting, since: Instant::now(), has_asked: false };
        let guest = Guest { source, leave: Arc::clone(&leave), doing, turn: id };
        inside.next += 1;
        inside.order.insert((source, Phase::Waiting, id), id);
        inside.guests.insert(id, guest);
        *inside.of_source.entry(source).or_default() += 1;
        self.traffic.now_connected(inside.guests.len());
        Some(Place { id, source, leave, crowd: Arc::clone(self) })
    }
}

impl Inside {
    fn give_way(&mut self, source: Source) -> bool {
        let first = GIVE_WAY.into_iter().find_map(|phase| {
            let (_, id) = self.order.range((source, phase, 0)..=(source, phase, u64::MAX)).next()?;
            Some(*id)
        });
        let guest = first.and_then(|id| self.take(id));
        guest.inspect(|guest| guest.leave.notify_one()).is_some()
    }

    /// Takes it out. It is not there any more when it has given way to another.
    fn take(&mut self, id: u64) -> Option<Guest> {
        let guest = self.guests.remove(&id)?;
        self.order.remove(&(guest.source, guest.doing.phase, guest.turn));
        if let Some(count) = self.of_source.get_mut(&guest.source) {
            *count -= 1;
            if *count == 0 {
                self.of_source.remove(&guest.source);
            }
        }
        Some(guest)
    }
}

impl Place {
    /// Notes what it does from now on.
    pub(super) fn set(&self, phase: Phase) {
        let mut inside = self.crowd.inside();
        let inside = &mut *inside;
        let Some(guest) = inside.guests.get_mut(&self.id) else { return };
        inside.order.remove(&(self.source, guest.doing.phase, guest.turn));
        guest.doing = Doing { phase, since: Instant::now(), has_asked: true };
        guest.turn = inside.next;
        inside.order.insert((self.source, phase, guest.turn), self.id);
        inside.next += 1;
    }

    /// What it does. None when it has given way.
    pub(super) fn doing(&self) -> Option<Doing> {
        self.crowd.inside().guests.get(&self.id).map(|guest| guest.doing)
    }

    /// Waits until it is told to give way.
    pub(super) async fn told_to_leave(&self) {
        self.leave.notified().await;
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.crowd.limits
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.crowd.traffic
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.crowd.inside();
        inside.take(self.id);
        self.crowd.traffic.now_connected(inside.guests.len());
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::descriptors::Descriptors;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn crowd(descriptors: usize) -> (Arc<Crowd>, Arc<Traffic>) {
        let traffic = Arc::<Traffic>::default();
        (Crowd::new(Limits::with(Descriptors::of(descriptors)), Arc::clone(&traffic)), traffic)
    }

    #[tokio::test]
    async fn who_holds_half_a_request_gives_way_before_whose_body_comes_and_a_request_in_work_never() {
        let (crowd, traffic) = crowd(16);
        let places: Vec<Place> = (0..4).map(|_| crowd.admit(HERE).expect("room")).collect();
        for (place, phase) in places.iter().zip([Phase::Answering, Phase::Taking, Phase::Receiving, Phase::Waiting]) {
            place.set(phase);
        }
        let mut newer = Vec::new();
        for leaver in [3, 2, 1] {
            let place = crowd.admit(HERE).expect("in another's place");
            place.set(Phase::Answering);
            newer.push(place);
            places[leaver].told_to_leave().await;
            assert!(places[leaver].doing().is_none() && places[0].doing().is_some());
        }
        assert!(crowd.admit(HERE).is_none(), "all are in work");
        assert_eq!((traffic.refused(Refusal::Displaced), traffic.refused(Refusal::Crowded)), (3, 1));
        drop(newer.pop());
        assert!(crowd.admit(HERE).is_some(), "a place that was given back is free");
    }

    #[tokio::test]
    async fn the_one_that_waits_longest_gives_way_and_one_that_was_answered_waits_anew() {
        let (crowd, _) = crowd(12);
        let places: Vec<Place> = (0..3).map(|_| crowd.admit(HERE).expect("room")).collect();
        places[0].set(Phase::Answering);
        places[0].set(Phase::Waiting);
        let _newer = crowd.admit(HERE).expect("in another's place");
        assert!(places[1].doing().is_none() && places[0].doing().is_some() && places[2].doing().is_some());
    }

    #[tokio::test]
    async fn one_address_leaves_room_for_others_and_all_gives_way_to_nobody_but_its_own() {
        let (crowd, traffic) = crowd(256);
        let from = |last| IpAddr::from([192, 0, 2, last]);
        let flood: Vec<Place> = (0..1000).filter_map(|_| crowd.admit(from(1))).collect();
        assert_eq!(flood.iter().filter(|place| place.doing().is_some()).count(), crowd.limits.of_an_address);
        let honest = crowd.admit(from(2)).expect("room");
        let here: Vec<Place> = (0..1000).filter_map(|_| crowd.admit(HERE)).collect();
        assert_eq!(traffic.connections(), crowd.limits.connections);
        assert!(honest.doing().is_some());
        drop((flood, honest, here));
        assert_eq!(traffic.connections(), 0);
        assert!(crowd.inside().of_source.is_empty() && crowd.inside().order.is_empty());
    }
}
