//! Messages that wait between broker and database, fair between devices and bounded for each.
//!
//! Each device has a line of its own and the lines are served in turn, so that one that sends without end is late with its
//! own messages and with nobody else's. Batches of devices that are not known share one line, and requests to be enrolled
//! another, so that neither keeps the other out. What comes for a full line is let go: nothing was acknowledged, so its device
//! sends it again. Who presses is noted, to be asked for less haste.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attune_protocol::batch::Batch;
use attune_protocol::ids::DeviceId;
use attune_protocol::topics::{self, Inbound as Topic};
use tokio::sync::Notify;

use super::Inbound;

/// The most messages and bytes of one transaction.
const GROUP: usize = 256;
const GROUP_BYTES: usize = 1 << 20;
/// The most bytes that the batches of a group say they take once they are inflated; one more may be over it. All of them are at once in
/// memory.
const GROUP_INFLATED: usize = 32 << 20;
/// The most messages in a device's line; it has four on their way at a time.
const LINE: usize = 16;
/// The most in a line that many share.
const SHARED_LINE: usize = 128;
/// The most bytes of all lines.
const MOST_BYTES: usize = 64 << 20;

/// Whose line a message stands in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Line {
    /// That of a device that is enrolled.
    Of(DeviceId),
    /// That of batches of all others.
    Unknown,
    /// That of all requests to be enrolled.
    Enrolments,
}

/// The lines. See the [module](self).
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    lines: HashMap<Line, VecDeque<Inbound>>,
    /// Lines that are not empty, the next to be served first.
    turns: VecDeque<Line>,
    bytes: usize,
    known: HashSet<DeviceId>,
    /// When the oldest message came of each group that was given out and is not settled yet, Unix milliseconds.
    settling: VecDeque<i64>,
    /// Devices that are to be asked for less haste.
    pressed: HashSet<DeviceId>,
    /// Whether whoever sends is.
    is_late: bool,
    closed: bool,
}

impl Queue {
    /// Puts a message into its line, and gives whether there was room.
    pub fn push(&self, message: Inbound) -> bool {
        let mut state = self.state();
        let line = match topics::parse(&message.topic) {
            Some(Topic::Batches(device)) if state.known.contains(&device) => Line::Of(device),
            Some(Topic::Enrolment(_)) => Line::Enrolments,
            _ => Line::Unknown,
        };
        let most = if matches!(line, Line::Of(_)) { LINE } else { SHARED_LINE };
        let waiting = state.lines.get(&line).map_or(0, VecDeque::len);
        let has_room = waiting < most && state.bytes + message.payload.len() <= MOST_BYTES;
        if let Line::Of(device) = line
            && (state.is_late || !has_room)
        {
            state.pressed.insert(device);
        }
        if state.closed || !has_room {
            return false;
        }
        if waiting == 0 {
            state.turns.push_back(line);
        }
        state.bytes += message.payload.len();
        state.lines.entry(line).or_default().push_back(message);
        drop(state);
        self.arrived.notify_one();
        true
    }

    /// Notes that a device is enrolled: it gets a line of its own.
    pub(super) fn vouch(&self, device: DeviceId) {
        self.state().known.insert(device);
    }

    /// Notes that what a device sent could not be settled: sent again at once, it could not be either.
    pub(super) fn press(&self, device: DeviceId) {
        self.state().pressed.insert(device);
    }

    /// The devices that are to be asked for less haste, once; from now on everybody who sends, or not.
    pub(super) fn pressed(&self, everybody: bool) -> HashSet<DeviceId> {
        let mut state = self.state();
        state.is_late = everybody;
        std::mem::take(&mut state.pressed)
    }

    /// How long the oldest message has waited that is not settled.
    #[must_use]
    pub fn lag(&self, now_millis: i64) -> Duration {
        let state = self.state();
        let waiting = state.lines.values().filter_map(|line| line.front()).map(|message| message.received_at);
        let oldest = waiting.chain(state.settling.iter().copied()).min();
        let lag = oldest.map_or(0, |oldest| now_millis.saturating_sub(oldest));
        Duration::from_millis(u64::try_from(lag).unwrap_or(0))
    }

    /// Takes nothing more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_one();
    }

    /// Waits for messages and gives some, one of each line in turn; none once it is closed and empty.
    pub(super) async fn group(&self) -> Vec<Inbound> {
        loop {
            {
                let mut state = self.state();
                let group = state.take();
                let oldest = group.iter().map(|message| message.received_at).min();
                state.settling.extend(oldest);
                if !group.is_empty() || state.closed {
                    return group;
                }
            }
            self.arrived.notified().await;
        }
    }

    /// The group that was given out first is settled.
    pub(super) fn has_settled(&self) {
        self.state().settling.pop_front();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Vec<Inbound> {
        let (mut group, mut bytes, mut inflated) = (Vec::new(), 0, 0);
        while group.len() < GROUP && bytes < GROUP_BYTES && inflated < GROUP_INFLATED {
            let Some(line) = self.turns.pop_front() else { break };
            let Some(waiting) = self.lines.get_mut(&line) else { continue };
            if let Some(message) = waiting.pop_front() {
                bytes += message.payload.len();
                // What is no batch is not inflated.
                inflated += Batch::claimed_inflated(&message.payload).unwrap_or(0);
                group.push(message);
            }
            if waiting.is_empty() {
                self.lines.remove(&line);
            } else {
                self.turns.push_back(line);
            }
        }
        self.bytes -= bytes;
        group
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::batch::{Item, MAX_INFLATED};
    use attune_protocol::ids::{Epoch, Seq};
    use attune_protocol::sign::KeyPair;

    use super::*;

    fn message(device: DeviceId, number: u8, bytes: usize) -> Inbound {
        Inbound { topic: topics::batches_of(device), payload: vec![number; bytes], received_at: 0 }
    }

    #[tokio::test]
    async fn a_device_that_floods_waits_for_itself_and_not_others_for_it() {
        let (queue, loud, quiet) = (Queue::default(), DeviceId([1; 16]), DeviceId([2; 16]));
        [loud, quiet].into_iter().for_each(|device| queue.vouch(device));
        let taken = (0..200).filter(|&n| queue.push(message(loud, n, 100 << 10))).count();
        assert_eq!(taken, LINE);
        assert!(queue.push(message(quiet, 7, 10)), "its line is its own");
        let group = queue.group().await;
        assert_eq!(group[1].payload[0], 7, "it is served in turn");
        assert!(group.len() < LINE, "a group is bounded by its bytes");
    }

    #[tokio::test]
    async fn who_fills_their_line_is_noted_once_and_while_it_is_late_everybody_known_who_sends() {
        let (queue, loud, quiet) = (Queue::default(), DeviceId([1; 16]), DeviceId([2; 16]));
        [loud, quiet].into_iter().for_each(|device| queue.vouch(device));
        for n in 0..=LINE {
            assert!(queue.pressed(false).is_empty());
            queue.push(message(loud, n as u8, 10));
        }
        assert_eq!(queue.pressed(false), HashSet::from([loud]));
        queue.push(message(quiet, 0, 10));
        assert!(queue.pressed(true).is_empty(), "once, and the quiet one has room");
        queue.push(message(quiet, 1, 10));
        queue.push(message(DeviceId([3; 16]), 1, 10));
        assert_eq!(queue.pressed(false), HashSet::from([quiet]), "who is not known is told nothing");
        queue.press(loud);
        assert_eq!(queue.pressed(false), HashSet::from([loud]));
    }

    #[tokio::test]
    async fn a_message_is_late_from_when_it_came_until_it_is_settled() {
        let (queue, lag) = (Queue::default(), |queue: &Queue, now| queue.lag(now).as_millis());
        assert_eq!(lag(&queue, 5000), 0);
        let at = |received_at| Inbound { received_at, ..message(DeviceId([1; 16]), 0, 10) };
        queue.push(at(1000));
        assert_eq!(lag(&queue, 5000), 4000, "it waits");
        assert_eq!(queue.group().await.len(), 1);
        queue.push(at(3000));
        assert_eq!(queue.group().await.len(), 1);
        assert_eq!(lag(&queue, 5000), 4000, "it is being settled while the next is made ready");
        queue.has_settled();
        assert_eq!(lag(&queue, 5000), 2000, "it was");
        assert_eq!(lag(&queue, 2000), 0, "a clock that was set back");
        queue.has_settled();
        assert_eq!(lag(&queue, 5000), 0);
    }

    #[tokio::test]
    async fn a_group_is_bounded_by_what_its_batches_say_they_take_once_they_are_inflated() {
        let (queue, key) = (Queue::default(), KeyPair::from_secret(&[7; 32]));
        // A megabyte of nothing, which is small on its way.
        let items = vec![Item { seq: Seq(0), bytes: vec![0; MAX_INFLATED] }];
        let device = DeviceId([1; 16]);
        let batch = Batch { device, epoch: Epoch(1), enrolment: 1, sent_at_millis: 0, items }.encode(&key);
        let payload = batch.expect("it fits");
        assert!(payload.len() < GROUP_BYTES / 100, "{}", payload.len());
        for n in 0..100 {
            let device = DeviceId([n; 16]);
            queue.vouch(device);
            assert!(queue.push(Inbound { payload: payload.clone(), ..message(device, 0, 0) }));
        }
        // Each takes somewhat more, for where its items stand.
        for expected in [32, 32, 32, 4] {
            assert_eq!(queue.group().await.len(), expected);
        }
    }

    #[tokio::test]
    async fn those_who_are_not_known_share_one_line() {
        let queue = Queue::default();
        let honest = DeviceId([9; 16]);
        queue.vouch(honest);
        let strangers = (0..1000_u16).map(|n| DeviceId([n as u8; 16])).filter(|device| *device != honest);
        let taken = strangers.filter(|&device| queue.push(message(device, 0, 10))).count();
        assert_eq!(taken, SHARED_LINE);
        assert!(queue.push(message(honest, 5, 10)));
        assert!(queue.group().await[..2].iter().any(|message| message.payload[0] == 5));
    }

    #[tokio::test]
    async fn requests_to_be_enrolled_keep_no_batch_waiting_nor_the_reverse() {
        let request =
            |n: u8| Inbound { topic: topics::enrolment_of(DeviceId([n; 16])), ..message(DeviceId([n; 16]), n, 10) };
        for flood in [request as fn(u8) -> Inbound, |n: u8| message(DeviceId([n; 16]), n, 10)] {
            let queue = Queue::default();
            assert_eq!((0..200).filter(|_| queue.push(flood(1))).count(), SHARED_LINE);
            assert_ne!(queue.push(request(2)), queue.push(message(DeviceId([2; 16]), 2, 10)), "one line is full");
            assert!(
                queue.group().await[..2].iter().any(|message| message.payload[0] == 2),
                "the other is served in turn"
            );
        }
    }

    #[tokio::test]
    async fn what_has_come_before_the_end_is_still_given() {
        let queue = Queue::default();
        assert!(queue.push(message(DeviceId([1; 16]), 0, 10)));
        queue.close();
        assert!(!queue.push(message(DeviceId([1; 16]), 0, 10)));
        assert_eq!(queue.group().await.len(), 1);
        assert!(queue.group().await.is_empty());
    }

    #[tokio::test]
    async fn a_group_and_all_that_waits_are_bounded_and_what_was_taken_makes_room() {
        let queue = Queue::default();
        let device = |n: u16| DeviceId([[n as u8; 8], [(n >> 8) as u8; 8]].concat().try_into().expect("16 bytes"));
        (0..600).for_each(|n| queue.vouch(device(n)));
        assert!((0..300).all(|n| queue.push(message(device(n), 0, 10))));
        assert_eq!((queue.group().await.len(), queue.group().await.len()), (GROUP, 300 - GROUP));
        for _ in 0..2 {
            let taken = (0..600).filter(|&n| queue.push(message(device(n), 0, 1 << 20))).count();
            assert_eq!(taken, MOST_BYTES >> 20, "as much as all lines may hold");
            for _ in 0..taken {
                assert_eq!(queue.group().await.len(), 1, "a group ends with the message that fills it");
            }
        }
    }
}
