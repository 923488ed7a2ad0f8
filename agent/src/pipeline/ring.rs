//! A bounded ring between the thread that captures and the one that analyses.
//!
//! Bounded in messages and in bytes. The channels that there are can neither be bounded in bytes nor lose their oldest,
//! and this one must know what it lost, and which end is gone.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use attune_analysis::left_out::LeftOut;
use attune_analysis::sample::Timestamp;
use attune_protocol::window::Window;

use crate::AgentError;
use crate::sensors::{Reason, Timed};

/// Memory that samples in a ring may take up. One message fits into an empty ring however large it is.
const MOST_BYTES: usize = 32 << 20;

/// What goes through the ring.
pub(super) enum Message<S> {
    /// Samples, and what the source left out before them.
    Samples(Vec<S>, LeftOut),
    /// The source will give nothing before an instant.
    Silence(Timestamp),
    /// Why the source gives nothing has changed.
    Reason(Reason),
    /// Why the source gives less than it could has changed.
    Fewer(Reason),
}

/// What comes out of it.
pub(super) enum Next<S> {
    Message(Message<S>),
    /// Nothing came in the time.
    Nothing,
    End(End),
}

/// How a source ended.
pub(super) enum End {
    /// There is no more.
    Done,
    /// It broke.
    Failed(AgentError),
    /// Its thread is gone.
    Gone,
}

/// What the ring lost of windows, in samples.
#[derive(Default)]
pub(super) struct Lost {
    /// Whether samples of the window were lost.
    pub(super) window: bool,
    /// How many samples, whatever their window.
    pub(super) samples: u64,
}

struct State<S> {
    waiting: VecDeque<(Message<S>, usize)>,
    bytes: usize,
    lost_windows: BTreeSet<Window>,
    lost_samples: u64,
    end: Option<End>,
    outlet_gone: bool,
}

struct Shared<S> {
    most: usize,
    state: Mutex<State<S>>,
    changed: Condvar,
}

/// Where messages go in.
pub(super) struct Inlet<S>(Arc<Shared<S>>);

/// Where they come out.
pub(super) struct Outlet<S>(Arc<Shared<S>>);

/// The outlet is gone, so that nobody takes anything any more.
pub(super) struct OutletGone;

/// A ring of at most `most` messages.
pub(super) fn ring<S: Timed>(most: usize) -> (Inlet<S>, Outlet<S>) {
    let state = State {
        waiting: VecDeque::new(),
        bytes: 0,
        lost_windows: BTreeSet::new(),
        lost_samples: 0,
        end: None,
        outlet_gone: false,
    };
    let shared = Arc::new(Shared { most, state: Mutex::new(state), changed: Condvar::new() });
    (Inlet(shared.clone()), Outlet(shared))
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        // Each change of the state is whole before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<S>>, time: Duration) -> MutexGuard<'a, State<S>> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

impl<S: Timed> State<S> {
    fn has_room(&self, most: usize, bytes: usize) -> bool {
        self.waiting.is_empty() || (self.waiting.len() < most && self.bytes.saturating_add(bytes) <= MOST_BYTES)
    }

    fn put(&mut self, message: Message<S>, bytes: usize) {
        self.waiting.push_back((message, bytes));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn take(&mut self) -> Option<Message<S>> {
        let (message, bytes) = self.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(message)
    }

    /// Loses the oldest samples. What was said of them stays; where only such waits, the oldest of it goes.
    fn lose_oldest(&mut self) {
        let place = self.waiting.iter().position(|(message, _)| matches!(message, Message::Samples(..)));
        let Some((message, bytes)) = self.waiting.remove(place.unwrap_or(0)) else { return };
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Message::Samples(samples, _) = message {
            self.lose(samples.iter().map(Timed::at));
        }
    }

    fn lose(&mut self, times: impl Iterator<Item = Timestamp>) {
        for at in times {
            self.lost_windows.insert(at.window());
            self.lost_samples = self.lost_samples.saturating_add(1);
        }
    }
}

impl<S: Timed> Inlet<S> {
    /// Puts a message in if it finds room within `time`; gives it back otherwise.
    pub(super) fn offer(&self, message: Message<S>, time: Duration) -> Result<Option<Message<S>>, OutletGone> {
        let bytes = size(&message);
        let mut state = self.0.lock();
        if !state.outlet_gone && !state.has_room(self.0.most, bytes) {
            state = self.0.wait(state, time);
        }
        if state.outlet_gone {
            return Err(OutletGone);
        }
        if !state.has_room(self.0.most, bytes) {
            return Ok(Some(message));
        }
        state.put(message, bytes);
        self.0.changed.notify_all();
        Ok(None)
    }

    /// Puts a message in; the oldest ones are lost where there is no room.
    pub(super) fn press(&self, message: Message<S>) -> Result<(), OutletGone> {
        let bytes = size(&message);
        let mut state = self.0.lock();
        if state.outlet_gone {
            return Err(OutletGone);
        }
        while !state.has_room(self.0.most, bytes) {
            state.lose_oldest();
        }
        state.put(message, bytes);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Samples were skipped to keep up.
    pub(super) fn lose(&self, times: Vec<Timestamp>) {
        self.0.lock().lose(times.into_iter());
    }

    /// Nothing more comes.
    pub(super) fn end(self, end: End) {
        self.0.lock().end = Some(end);
    }
}

impl<S> Drop for Inlet<S> {
    fn drop(&mut self) {
        self.0.lock().end.get_or_insert(End::Gone);
        self.0.changed.notify_all();
    }
}

impl<S: Timed> Outlet<S> {
    /// The next message, if one comes within `time`.
    pub(super) fn take(&self, time: Duration) -> Next<S> {
        let mut state = self.0.lock();
        if state.waiting.is_empty() && state.end.is_none() {
            state = self.0.wait(state, time);
        }
        match state.take() {
            Some(message) => {
                self.0.changed.notify_all();
                Next::Message(message)
            }
            None => state.end.take().map_or(Next::Nothing, Next::End),
        }
    }

    /// What was lost since this was asked last, also of earlier windows.
    pub(super) fn lost(&self, window: Window) -> Lost {
        let mut state = self.0.lock();
        let later = state.lost_windows.split_off(&window.next());
        let until_now = std::mem::replace(&mut state.lost_windows, later);
        Lost { window: until_now.contains(&window), samples: std::mem::take(&mut state.lost_samples) }
    }
}

impl<S> Drop for Outlet<S> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.outlet_gone = true;
        state.waiting.clear();
        self.0.changed.notify_all();
    }
}

fn size<S: Timed>(message: &Message<S>) -> usize {
    match message {
        Message::Samples(samples, _) => samples.iter().map(Timed::bytes).sum(),
        Message::Silence(_) | Message::Reason(_) | Message::Fewer(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use attune_analysis::sample::AudioChunk;

    use super::*;

    fn sound(seconds: i64, samples: usize) -> Message<AudioChunk> {
        let at = Timestamp(seconds * 1_000_000);
        Message::Samples(
            vec![AudioChunk { at, sample_rate: 16_000, samples: vec![0.0; samples], clipped: Vec::new() }],
            LeftOut::default(),
        )
    }

    fn times(outlet: &Outlet<AudioChunk>) -> Vec<i64> {
        let next = || match outlet.take(Duration::ZERO) {
            Next::Message(Message::Samples(chunks, _)) => Some(chunks[0].at.0 / 1_000_000),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_ring_holds_no_more_bytes_than_it_may_and_says_of_which_windows_it_lost_some() {
        let (inlet, outlet) = ring(8);
        let third = MOST_BYTES / 4 / 3;
        for seconds in [1, 11, 21, 22, 31] {
            assert!(inlet.press(sound(seconds, third)).is_ok());
        }
        assert_eq!(times(&outlet), [21, 22, 31]);
        let lost = |window| {
            let lost = outlet.lost(Window(window));
            (lost.window, lost.samples)
        };
        assert_eq!((lost(0), lost(1), lost(2)), ((true, 2), (true, 0), (false, 0)));
    }

    #[test]
    fn one_message_fits_however_large_it_is_and_another_waits() {
        let (inlet, outlet) = ring(8);
        assert!(matches!(inlet.offer(sound(1, MOST_BYTES), Duration::ZERO), Ok(None)));
        assert!(matches!(inlet.offer(sound(2, 1), Duration::ZERO), Ok(Some(_))));
        assert_eq!(times(&outlet), [1]);
        assert!(matches!(inlet.offer(sound(2, 1), Duration::ZERO), Ok(None)));
    }

    #[test]
    fn each_end_learns_that_the_other_is_gone() {
        let (inlet, outlet) = ring::<AudioChunk>(8);
        drop(inlet);
        assert!(matches!(outlet.take(Duration::ZERO), Next::End(End::Gone)));
        let (inlet, outlet) = ring(1);
        assert!(inlet.press(sound(1, 1)).is_ok());
        drop(outlet);
        assert!(inlet.offer(sound(2, 1), Duration::ZERO).is_err() && inlet.press(sound(3, 1)).is_err());
    }
}
