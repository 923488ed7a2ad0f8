//! The time line of a run: which recordings are laid on it and where, how far it was played, and what time it is.
//!
//! [`Sources`] names the files, a [`Schedule`] lays them, a [`Place`] says how far an earlier run came, and the
//! [`Clock`] gives the instant it is.

mod clock;
mod content;
mod identity;
mod place;
mod recording;
mod schedule;

pub use clock::Clock;
pub use identity::identity;
pub use place::Place;
pub use recording::Sources;
pub use schedule::{Schedule, Track};
