//! How often somebody may ask: a bucket of tokens for each, that fills at a rate up to its size.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many may have a bucket that is not full. Beyond, those go who have taken least.
const MOST: usize = 1 << 16;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate {
    /// Tokens a second, above 0.
    pub per_second: f64,
    /// Tokens of a full one, at least 1.
    pub burst: u32,
}

impl Rate {
    /// For so many tokens to come.
    fn time_of(self, tokens: f64) -> Duration {
        // What takes longer than a day is no rate any more.
        Duration::from_secs_f64((tokens / self.per_second).clamp(0.0, 86_400.0))
    }
}

/// Buckets by whom they are for: an address, an account. They take bounded memory, however many ask.
#[derive(Debug)]
pub struct Rates<K> {
    /// When the bucket is full again; who is not here has a full one.
    full_at: Mutex<HashMap<K, Instant>>,
    most: usize,
}

impl<K> Default for Rates<K> {
    fn default() -> Self {
        Self { full_at: Mutex::default(), most: MOST }
    }
}

impl<K: Hash + Eq> Rates<K> {
    /// Takes a token out of a bucket.
    ///
    /// # Errors
    /// When it is empty; gives how long it takes until there is one.
    pub fn take(&self, key: K, rate: Rate) -> Result<(), Duration> {
        self.take_at(key, rate, Instant::now())
    }

    fn take_at(&self, key: K, rate: Rate, now: Instant) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let until = full_at.get(&key).map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        // With one token in it, it is full after the time of all others.
        let most = rate.time_of(f64::from(rate.burst.max(1)) - 1.0);
        if until > most {
            return Err(until - most);
        }
        if full_at.len() >= self.most && !full_at.contains_key(&key) {
            make_room(&mut full_at, self.most, now);
        }
        full_at.insert(key, now + until + rate.time_of(1.0));
        Ok(())
    }
}

/// Forgets full buckets, and of the others those that will be full first, until half the room is free.
fn make_room<K: Hash + Eq>(full_at: &mut HashMap<K, Instant>, most: usize, now: Instant) {
    full_at.retain(|_, full| *full > now);
    if let Some(beyond) = full_at.len().checked_sub(most / 2 + 1) {
        let mut times: Vec<Instant> = full_at.values().copied().collect();
        let (_, last, _) = times.select_nth_unstable(beyond);
        let last = *last;
        full_at.retain(|_, full| *full > last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 2.0, burst: 3 };

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate_and_says_how_long_to_wait() {
        let (rates, begun) = (Rates::default(), Instant::now());
        let at = |millis| begun + Duration::from_millis(millis);
        for _ in 0..3 {
            assert_eq!(rates.take_at("one", RATE, begun), Ok(()));
        }
        assert_eq!(rates.take_at("one", RATE, begun), Err(Duration::from_millis(500)));
        assert_eq!(rates.take_at("other", RATE, begun), Ok(()), "each has its own");
        assert_eq!(rates.take_at("one", RATE, at(400)), Err(Duration::from_millis(100)), "asking costs nothing");
        assert_eq!(rates.take_at("one", RATE, at(500)), Ok(()));
        assert!(rates.take_at("one", RATE, at(600)).is_err());
        for _ in 0..3 {
            assert_eq!(rates.take_at("one", RATE, at(60_000)), Ok(()), "it fills, and not beyond");
        }
        assert!(rates.take_at("one", RATE, at(60_000)).is_err());
    }

    #[test]
    fn however_many_ask_few_are_kept_and_those_stay_who_took_most() {
        let (rates, begun) = (Rates { most: 64, ..Rates::default() }, Instant::now());
        for _ in 0..3 {
            assert_eq!(rates.take_at(0, RATE, begun), Ok(()));
        }
        for other in 1..10_000 {
            assert_eq!(rates.take_at(other, RATE, begun), Ok(()));
            assert!(rates.full_at.lock().expect("whole").len() <= 64);
        }
        assert!(rates.take_at(0, RATE, begun).is_err(), "nobody gets a full bucket by bringing others");
        let later = begun + Duration::from_secs(60);
        assert_eq!(rates.take_at(0, RATE, later), Ok(()));
    }
}
