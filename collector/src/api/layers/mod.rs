//! What every request passes, whatever it asks for.

mod headers;
mod in_time;
mod noted;
mod rated;
mod shown;
mod watch;

#[cfg(test)]
mod tests;

pub(super) use headers::{Transport, with_headers};
pub(super) use in_time::{Allowance, in_time};
pub(super) use noted::noted;
pub(super) use rated::{AccountPace, Pace, rated};
pub(super) use shown::shown;
pub(super) use watch::{Watch, guarded};
