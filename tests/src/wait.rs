//! Waiting for what another process does.

use std::time::{Duration, Instant};

use crate::trial;

/// How long anything may take on a machine that is busy with all other tests.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within [`PATIENCE`], times as much as a trial goes on for.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let (started, patience) = (Instant::now(), PATIENCE * trial::times() as u32);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < patience, "waited {} s for {what}", patience.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
