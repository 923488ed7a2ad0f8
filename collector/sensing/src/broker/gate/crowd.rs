//! Who is connected, from where, and who gives way when there are too many.
//!
//! A connection is a stranger until it has proved to be an enrolled device. Where there is no room for a newcomer, a stranger of its own address gives way: first one that has not even
//! sent its CONNECT, then the one that has published most for nothing, then the one that came first. So whoever floods
//! displaces its own, and a device that works stays.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use attune_ground::Source;
use tokio::sync::Notify;

use super::bucket::{Bucket, Line};
use super::counts::Refusal;
use super::limits::{Limits, Share};

/// A connection that is let in.
#[derive(Debug)]
pub(crate) struct Guest {
    id: u64,
    source: Source,
    /// What the strangers of its address share.
    pub(crate) lines: Arc<Lines>,
    known: AtomicBool,
    published: AtomicU32,
    dismissal: OnceLock<Refusal>,
    leave: Notify,
}

/// What the strangers of one address wait in.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) packets: Line,
    pub(crate) bytes: Line,
}

impl Guest {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }

    /// Notes that it has sent a batch: of strangers, who sends most gives way first.
    pub(crate) fn has_published(&self) {
        self.published.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells it to leave.
    pub(crate) fn dismiss(&self, why: Refusal) {
        let _ = self.dismissal.set(why);
        self.leave.notify_one();
    }

    /// Waits until it is told to leave.
    pub(crate) async fn dismissed(&self) -> Refusal {
        self.leave.notified().await;
        self.dismissal.get().copied().unwrap_or(Refusal::Displaced)
    }
}

/// A guest's place, given back when dropped.
pub(crate) struct Place {
    pub(crate) guest: Arc<Guest>,
    crowd: Arc<Crowd>,
}

impl Place {
    /// Its CONNECT is complete.
    pub(crate) fn has_connected(&self) {
        self.crowd.connect(&self.guest);
    }

    /// It has proved to be a device that is enrolled.
    pub(crate) fn is_proved(&self) {
        self.crowd.know(&self.guest);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.remove(&self.guest);
    }
}

struct Address {
    arriving: BTreeMap<u64, Arc<Guest>>,
    strangers: BTreeMap<u64, Arc<Guest>>,
    known: usize,
    arrivals: Bucket,
    lines: Arc<Lines>,
}

impl Address {
    fn new(share: &Share) -> Self {
        let lines = Arc::new(Lines { packets: Line::new(share.packets), bytes: Line::new(share.bytes) });
        let (arriving, strangers) = Default::default();
        Self { arriving, strangers, known: 0, arrivals: Bucket::new(share.arrivals), lines }
    }

    fn unknown(&self) -> usize {
        self.arriving.len() + self.strangers.len()
    }

    /// Takes it out. It is not there any more when it has just given way to another.
    fn take(&mut self, id: u64) -> Option<Arc<Guest>> {
        self.arriving.remove(&id).or_else(|| self.strangers.remove(&id))
    }

    /// The one that gives way.
    fn give_way(&mut self) -> bool {
        let guest = self.arriving.pop_first().map(|(_, guest)| guest).or_else(|| {
            let most = |(id, guest): &(&u64, &Arc<Guest>)| (guest.published.load(Ordering::Relaxed), Reverse(**id));
            let id = *self.strangers.iter().max_by_key(most)?.0;
            self.strangers.remove(&id)
        });
        guest.inspect(|guest| guest.dismiss(Refusal::Displaced)).is_some()
    }
}

struct Inside {
    addresses: HashMap<Source, Address>,
    arrivals: Bucket,
    strangers: usize,
    known: usize,
    next: u64,
}

/// Everybody who is connected.
pub(crate) struct Crowd {
    limits: Limits,
    inside: Mutex<Inside>,
}

impl Crowd {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        let arrivals = Bucket::new(limits.arrivals);
        let inside = Inside { addresses: HashMap::new(), arrivals, strangers: 0, known: 0, next: 0 };
        Arc::new(Self { limits, inside: Mutex::new(inside) })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn share(&self, source: Source) -> &Share {
        if source == Source::Machine { &self.limits.machine } else { &self.limits.address }
    }

    /// Lets a newcomer in, if need be in another's place.
    pub(crate) fn admit(self: &Arc<Self>, from: IpAddr) -> Result<Place, Refusal> {
        let source = Source::from(from);
        let share = self.share(source);
        let mut inside = self.inside();
        let inside = &mut *inside;
        if !inside.addresses.contains_key(&source) {
            inside.forget_the_absent();
            if inside.addresses.len() >= Limits::ADDRESSES {
                return Err(Refusal::Crowded);
            }
        }
        let address = inside.addresses.entry(source).or_insert_with(|| Address::new(share));
        // Its own bucket first, so that one address does not empty that of all.
        if !address.arrivals.try_take(1.0) || !inside.arrivals.try_take(1.0) {
            return Err(Refusal::Hurried);
        }
        let full = address.unknown() >= share.strangers || address.unknown() + address.known >= share.connections;
        if full {
            if !address.give_way() {
                return Err(Refusal::Crowded);
            }
            inside.strangers -= 1;
        } else if inside.strangers >= self.limits.strangers
            || inside.strangers + inside.known >= self.limits.connections
        {
            let fullest = inside.addresses.values_mut().max_by_key(|address| address.unknown());
            if !fullest.is_some_and(Address::give_way) {
                return Err(Refusal::Crowded);
            }
            inside.strangers -= 1;
        }
        let address = inside.addresses.entry(source).or_insert_with(|| Address::new(share));
        let guest = Arc::new(Guest {
            id: inside.next,
            source,
            lines: Arc::clone(&address.lines),
            known: AtomicBool::new(false),
            published: AtomicU32::new(0),
            dismissal: OnceLock::new(),
            leave: Notify::new(),
        });
        address.arriving.insert(guest.id, Arc::clone(&guest));
        inside.next += 1;
        inside.strangers += 1;
        Ok(Place { guest, crowd: Arc::clone(self) })
    }

    /// Its CONNECT is complete.
    fn connect(&self, guest: &Guest) {
        if let Some(address) = self.inside().addresses.get_mut(&guest.source)
            && let Some(guest) = address.take(guest.id)
        {
            address.strangers.insert(guest.id, guest);
        }
    }

    /// A connection is known from now on.
    fn know(&self, guest: &Guest) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        if let Some(address) = inside.addresses.get_mut(&guest.source)
            && address.take(guest.id).is_some()
        {
            guest.known.store(true, Ordering::Relaxed);
            address.known += 1;
            inside.known += 1;
            inside.strangers -= 1;
        }
    }

    fn remove(&self, guest: &Guest) {
        let mut inside = self.inside();
        let inside = &mut *inside;
        let Some(address) = inside.addresses.get_mut(&guest.source) else { return };
        if guest.is_known() {
            address.known -= 1;
            inside.known -= 1;
        } else if address.take(guest.id).is_some() {
            inside.strangers -= 1;
        }
    }

    /// Connections, and how many of them are known.
    pub(crate) fn count(&self) -> (usize, usize) {
        let inside = self.inside();
        (inside.strangers + inside.known, inside.known)
    }
}

impl Inside {
    /// Drops the addresses that nobody is connected from and whose bucket would be full again.
    fn forget_the_absent(&mut self) {
        if self.addresses.len() < Limits::ADDRESSES.min(2 * (self.strangers + self.known) + 256) {
            return;
        }
        self.addresses.retain(|_, address| address.unknown() + address.known > 0 || !address.arrivals.is_full());
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use attune_ground::descriptors::Descriptors;

    use super::super::limits::Rate;
    use super::*;

    fn from(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    /// With bounds for so many descriptors, and newcomers as fast as they like.
    fn crowd(descriptors: usize) -> Arc<Crowd> {
        let mut limits = Limits::with_descriptors(Descriptors::of(descriptors));
        let endless = Rate { per_second: 1e12, burst: 1e12 };
        (limits.arrivals, limits.machine.arrivals, limits.address.arrivals) = (endless, endless, endless);
        Crowd::new(limits)
    }

    #[tokio::test]
    async fn one_address_leaves_room_for_others() {
        let crowd = crowd(4096);
        let mut flood = Vec::new();
        for _ in 0..1000 {
            flood.extend(crowd.admit(from(1)).ok());
        }
        assert_eq!(crowd.count(), (crowd.limits.address.strangers, 0), "its own gave way");
        assert!(crowd.admit(from(2)).is_ok());
        assert!(crowd.admit(Ipv4Addr::LOCALHOST.into()).is_ok());
    }

    #[tokio::test]
    async fn new_connections_of_one_address_come_at_its_rate() {
        let mut limits = Limits::with_descriptors(Descriptors::of(4096));
        limits.address.arrivals = Rate { per_second: 0.01, burst: 200.0 };
        let crowd = Crowd::new(limits);
        let let_in = (0..5000).filter(|_| crowd.admit(from(1)).is_ok()).count();
        assert_eq!(let_in, 200);
        assert!(crowd.admit(from(2)).is_ok());
    }

    #[tokio::test]
    async fn silent_ones_give_way_before_connected_ones_and_known_ones_never() {
        let crowd = crowd(1024);
        let known = crowd.admit(from(1)).expect("room");
        known.has_connected();
        (0..9).for_each(|_| known.guest.has_published());
        known.is_proved();
        assert!(known.guest.is_known());
        let connected = crowd.admit(from(1)).expect("room");
        connected.has_connected();
        let mut silent = Vec::new();
        while silent.len() + 1 < crowd.limits.address.strangers {
            silent.push(crowd.admit(from(1)).expect("room"));
        }
        let newer = crowd.admit(from(1)).expect("in another's place");
        assert_eq!(silent[0].guest.dismissed().await, Refusal::Displaced);
        for place in [&known, &connected, &newer] {
            assert!(place.guest.dismissal.get().is_none());
        }
        silent.iter().for_each(Place::has_connected);
        newer.has_connected();
        (0..2).for_each(|_| silent[5].guest.has_published());
        silent[7].guest.has_published();
        for loud in [5, 7] {
            let place = crowd.admit(from(1)).expect("in another's place");
            place.has_connected();
            silent.push(place);
            assert_eq!(silent[loud].guest.dismissed().await, Refusal::Displaced, "who floods goes first");
        }
        assert!(known.guest.dismissal.get().is_none());
    }

    #[tokio::test]
    async fn a_full_house_takes_from_the_address_that_has_most() {
        let crowd = crowd(256);
        let mut guests = Vec::new();
        for last in 0..=255 {
            for _ in 0..crowd.limits.address.strangers {
                guests.extend(crowd.admit(from(last)).ok());
            }
        }
        assert_eq!(crowd.count().0, crowd.limits.strangers);
        assert!(crowd.admit(Ipv4Addr::LOCALHOST.into()).is_ok(), "a newcomer finds room");
    }

    #[tokio::test]
    async fn who_leaves_gives_everything_back() {
        let crowd = crowd(4096);
        for round in 0..300_u32 {
            for last in 0..=255 {
                let place = crowd.admit(Ipv4Addr::new(198, 51, round as u8, last).into());
                if let Ok(place) = &place {
                    place.has_connected();
                }
            }
        }
        assert_eq!(crowd.count(), (0, 0));
        crowd.inside().forget_the_absent();
        assert!(crowd.inside().addresses.len() <= 1024, "{}", crowd.inside().addresses.len());
    }
}
