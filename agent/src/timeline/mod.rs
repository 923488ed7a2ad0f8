//! The time line of a run: which recordings are laid on it and where, and how far it was played.
//!
//! [`Sources`] names the files, a [`Schedule`] lays them, and a [`Place`] says how far an earlier run came.

mod content;
mod identity;
mod place;
mod recording;
mod schedule;

pub use identity::identity;
pub use place::Place;
pub use recording::Sources;
pub use schedule::{Schedule, Track};
