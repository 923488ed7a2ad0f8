//! Which devices were told of another key of the collector, and how often in vain.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use attune_protocol::ids::DeviceId;

/// A device that was there and was told so often, and has not taken it, is of an earlier version, which says so each time, or is noted to
/// pin what it does not:
const MOST_IN_VAIN: u32 = 20;
/// from then on it is told again behind so long.
const RARELY: Duration = Duration::from_secs(10 * 60);

/// How often devices were told with an answer to what they had sent, since they took a key last, and when they were told last.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<DeviceId, (u32, Instant)>>);

impl Told {
    /// Whether a device is to be told now, which has just sent something, or may be away.
    pub(super) fn is_due(&self, device: DeviceId, is_there: bool, now: Instant) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if is_there { Some(all.entry(device).or_insert((0, now))) } else { all.get_mut(&device) };
        let Some((times, last)) = known else { return true };
        if *times >= MOST_IN_VAIN && now.saturating_duration_since(*last) < RARELY {
            return false;
        }
        *times = times.saturating_add(u32::from(is_there));
        *last = now;
        true
    }

    /// A device has taken the key that signs now.
    pub(super) fn forget(&self, device: DeviceId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&device);
    }

    /// There is no key before the one that signs now.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_told_in_vain_while_it_was_there_is_told_seldom_until_it_takes_a_key() {
        let (told, device, begin) = (Told::default(), DeviceId([3; 16]), Instant::now());
        assert!((0..100).all(|_| told.is_due(device, false, begin)), "it may be away");
        assert!((0..MOST_IN_VAIN).all(|_| told.is_due(device, true, begin)));
        let soon = begin + RARELY / 2;
        assert!(!told.is_due(device, true, soon) && !told.is_due(device, false, soon));
        assert!(told.is_due(DeviceId([4; 16]), true, soon), "another");
        let later = begin + RARELY;
        assert!(told.is_due(device, false, later) && !told.is_due(device, true, later + RARELY / 2));
        assert!(told.is_due(device, true, later + RARELY));
        told.forget(device);
        assert!(told.is_due(device, true, later + RARELY));
    }
}
