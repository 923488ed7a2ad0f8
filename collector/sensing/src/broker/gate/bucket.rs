//! Token buckets: one that answers at once, and one before which tasks stand in line.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::limits::Rate;

/// A token bucket, full at first.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    level: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, level: rate.burst, at: Instant::now() }
    }

    fn refill(&mut self) {
        let now = Instant::now();
        let flowed = (now - self.at).as_secs_f64() * self.rate.per_second;
        (self.level, self.at) = ((self.level + flowed).min(self.rate.burst), now);
    }

    /// Takes so much if it is there.
    pub(crate) fn try_take(&mut self, amount: f64) -> bool {
        self.refill();
        let there = self.level >= amount;
        if there {
            self.level -= amount;
        }
        there
    }

    /// Takes so much, or says how long it takes to flow in. More than a burst counts as a burst.
    fn take(&mut self, amount: f64) -> Result<(), Duration> {
        let amount = amount.min(self.rate.burst);
        if self.try_take(amount) {
            return Ok(());
        }
        // A little more than that, lest rounding ask twice.
        Err(Duration::from_secs_f64((amount - self.level) / self.rate.per_second) + Duration::from_millis(1))
    }

    /// Waits until so much is there and takes it.
    pub(crate) async fn wait_for(&mut self, amount: f64) {
        while let Err(wait) = self.take(amount) {
            sleep(wait).await;
        }
    }

    /// Goes on with another rate.
    pub(crate) fn set_rate(&mut self, rate: Rate) {
        self.refill();
        self.rate = rate;
        self.level = self.level.min(rate.burst);
    }

    /// Whether it has filled up: nothing is forgotten with it.
    pub(crate) fn is_full(&mut self) -> bool {
        self.refill();
        self.level >= self.rate.burst
    }
}

/// A bucket that many share: who comes first is served first, and who leaves the line takes nothing along.
#[derive(Debug)]
pub(crate) struct Line(Mutex<Bucket>);

impl Line {
    pub(crate) fn new(rate: Rate) -> Self {
        Self(Mutex::new(Bucket::new(rate)))
    }

    pub(crate) async fn pass(&self, amount: f64) {
        self.0.lock().await.wait_for(amount).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let mut bucket = Bucket::new(Rate { per_second: 100.0, burst: 5.0 });
        assert!((0..5).all(|_| bucket.try_take(1.0)));
        assert!(!bucket.try_take(1.0));
        let started = Instant::now();
        for _ in 0..20 {
            bucket.wait_for(1.0).await;
        }
        assert!(started.elapsed() >= Duration::from_millis(190), "{:?}", started.elapsed());
        bucket.wait_for(1e9).await;
        assert!(started.elapsed() < Duration::from_secs(20), "more than a burst waits for a burst");
    }

    #[tokio::test]
    async fn who_leaves_the_line_takes_nothing_along() {
        let line = Line::new(Rate { per_second: 0.5, burst: 1.0 });
        line.pass(1.0).await;
        for _ in 0..100 {
            assert!(tokio::time::timeout(Duration::ZERO, line.pass(1.0)).await.is_err(), "left before its turn");
        }
        let started = Instant::now();
        line.pass(1.0).await;
        assert!(started.elapsed() < Duration::from_secs(20), "a hundred have left: {:?}", started.elapsed());
    }
}
