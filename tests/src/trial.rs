//! How long a trial goes on: short where all tests run, long where somebody asks for it.
//!
//! `ATTUNE_TRIALS=50` has each trial that knows of it do fifty times as much. What is drawn comes from `ATTUNE_SEED`, which each says.

use crate::left_out::tell;

/// What was used where none is given.
const SEED: u64 = 20_260_105;

/// How many times as much as usual.
#[must_use]
pub fn times() -> usize {
    set("ATTUNE_TRIALS").unwrap_or(1).max(1)
}

/// Draws what a trial does, and says from which seed.
#[must_use]
pub fn random(trial: &str) -> fastrand::Rng {
    let seed = set("ATTUNE_SEED").unwrap_or(SEED);
    tell(&format!("{trial} with ATTUNE_SEED={seed}, ATTUNE_TRIALS={}", times()));
    fastrand::Rng::with_seed(seed)
}

fn set<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
