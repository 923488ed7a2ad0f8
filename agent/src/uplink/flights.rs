use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use attune_protocol::batch::Item;
use attune_protocol::digest::Digest;
use attune_protocol::ids::Seq;

use super::link::jittered;

/// Doublings of the patience while nothing is acknowledged.
const MOST_DOUBLINGS: u32 = 5;
/// Batches whose names are remembered, beyond those that are on their way.
const REMEMBERED: usize = 32;

/// Batches that were sent and are not acknowledged whole.
#[derive(Debug)]
pub(super) struct Flights {
    flights: Vec<Flight>,
    most: usize,
    patience: Duration,
    in_vain: u32,
    /// While the collector asks for less haste: the most, and the shortest patience.
    slow: Option<(usize, Duration)>,
    /// Names of the batches that were sent last, by which an answer shows that it is to one of them.
    sent: VecDeque<Digest>,
}

#[derive(Debug)]
struct Flight {
    missing: BTreeSet<Seq>,
    until: Instant,
}

impl Flights {
    pub(super) fn new(most: usize, patience: Duration) -> Self {
        Self { flights: Vec::new(), most, patience, in_vain: 0, slow: None, sent: VecDeque::new() }
    }

    pub(super) fn has_room(&self) -> bool {
        self.flights.len() < self.slow.map_or(self.most, |(most, _)| most.min(self.most))
    }

    /// Keeps to fewer batches from now on, and waits for each for so long at least; or to neither.
    pub(super) fn slow_down(&mut self, slow: Option<(usize, Duration)>) {
        self.slow = slow;
    }

    pub(super) fn count(&self) -> usize {
        self.flights.len()
    }

    /// Items that are on their way and need not be sent now.
    pub(super) fn on_their_way(&self) -> BTreeSet<Seq> {
        self.flights.iter().flat_map(|f| f.missing.iter().copied()).collect()
    }

    pub(super) fn depart(&mut self, items: &[Item], now: Instant) {
        let patience = self.patience.saturating_mul(1 << self.in_vain.min(MOST_DOUBLINGS));
        let patience = jittered(self.slow.map_or(patience, |(_, shortest)| patience.max(shortest)));
        let missing = items.iter().map(|item| item.seq).collect();
        self.flights.push(Flight { missing, until: now + patience });
    }

    /// Remembers what a batch is called that departs.
    pub(super) fn name(&mut self, batch: Digest) {
        self.sent.truncate(self.most + REMEMBERED - 1);
        self.sent.push_front(batch);
    }

    /// Whether a batch of that name was sent lately.
    pub(super) fn has_sent(&self, batch: &Digest) -> bool {
        self.sent.contains(batch)
    }

    /// Some runs were acknowledged.
    pub(super) fn land(&mut self, runs: &[(Seq, Seq)]) {
        self.in_vain = 0;
        for flight in &mut self.flights {
            flight.missing.retain(|seq| !runs.iter().any(|(first, last)| (first..=last).contains(&seq)));
        }
        self.flights.retain(|flight| !flight.missing.is_empty());
    }

    /// Gives up waiting for what is overdue, so that it is sent again, and says whether anything was.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.flights.len();
        self.flights.retain(|flight| flight.until > now);
        let expired = self.flights.len() < before;
        if expired {
            self.in_vain = self.in_vain.saturating_add(1);
        }
        expired
    }

    /// The connection is new: what was under way may have been lost with the old one.
    pub(super) fn ground(&mut self) {
        self.flights.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn items(seqs: std::ops::Range<u64>) -> Vec<Item> {
        seqs.map(|n| Item { seq: Seq(n), bytes: Vec::new() }).collect()
    }

    #[test]
    fn a_batch_lands_when_every_item_of_it_is_acknowledged() {
        let mut flights = Flights::new(2, PATIENCE);
        flights.depart(&items(0..4), Instant::now());
        flights.depart(&items(4..6), Instant::now());
        assert!(!flights.has_room());
        flights.land(&[(Seq(0), Seq(2)), (Seq(4), Seq(9))]);
        assert_eq!(flights.on_their_way(), BTreeSet::from([Seq(3)]));
        assert!(flights.has_room());
        flights.land(&[(Seq(3), Seq(3))]);
        assert_eq!(flights.count(), 0);
    }

    #[test]
    fn a_batch_that_was_sent_lately_is_known_by_its_name() {
        let mut flights = Flights::new(2, PATIENCE);
        let name = |number: usize| Digest([number as u8; 16]);
        let all = REMEMBERED + 2;
        (0..=all).for_each(|number| flights.name(name(number)));
        assert!((1..=all).all(|number| flights.has_sent(&name(number))));
        assert!(!flights.has_sent(&name(0)) && !flights.has_sent(&name(all + 1)));
    }

    #[test]
    fn what_is_not_acknowledged_in_time_is_sent_again_with_growing_patience() {
        let mut flights = Flights::new(2, PATIENCE);
        let start = Instant::now();
        flights.depart(&items(0..4), start);
        assert!(!flights.expire(start + PATIENCE / 2));
        assert!(flights.expire(start + PATIENCE * 2));
        assert!(flights.on_their_way().is_empty());
        flights.depart(&items(0..4), start);
        assert!(!flights.expire(start + PATIENCE.mul_f64(1.4)), "twice as patient, less a quarter");
        flights.land(&[(Seq(0), Seq(0))]);
        flights.ground();
        flights.depart(&items(1..4), start);
        assert!(flights.expire(start + PATIENCE.mul_f64(1.3)), "an acknowledgement ends the growth");
    }

    #[test]
    fn while_less_haste_is_asked_for_fewer_are_on_their_way_and_each_is_waited_for_longer() {
        let (start, slow) = (Instant::now(), Duration::from_secs(100));
        let mut flights = Flights::new(2, PATIENCE);
        flights.slow_down(Some((1, slow)));
        flights.depart(&items(0..4), start);
        assert!(!flights.has_room());
        assert!(!flights.expire(start + slow.mul_f64(0.7)) && flights.expire(start + slow.mul_f64(1.3)));
        flights.slow_down(Some((9, PATIENCE)));
        flights.depart(&items(0..4), start);
        flights.slow_down(None);
        assert!(flights.has_room());
        flights.depart(&items(4..5), start);
        assert!(!flights.has_room(), "its own bound holds");
    }

    #[test]
    fn patience_grows_to_a_ceiling_and_a_new_connection_forgets_what_was_on_its_way() {
        let start = Instant::now();
        let mut flights = Flights::new(2, PATIENCE);
        for _ in 0..40 {
            flights.depart(&items(0..2), start);
            assert!(flights.expire(start + PATIENCE * 41), "thirty-two times as patient, and a quarter more");
        }
        flights.depart(&items(0..2), start);
        assert!(!flights.expire(start + PATIENCE * 23), "and a quarter less");
        flights.ground();
        assert_eq!((flights.count(), flights.on_their_way().len(), flights.has_room()), (0, 0, true));
        assert!(!flights.expire(start + PATIENCE * 99), "nothing is overdue");
    }
}
