use std::num::NonZero;
use std::thread;

/// More bring nothing to what is done here.
const MOST: usize = 64;

/// As many threads as work side by side on this machine.
pub fn threads() -> usize {
    within(thread::available_parallelism().map_or(1, NonZero::get))
}

/// So many threads, within bounds.
pub(super) fn within(threads: usize) -> usize {
    threads.clamp(1, MOST)
}
