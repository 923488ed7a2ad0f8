//! Acceleration and angular rate to features of movement.
//!
//! Samples of any rate, jitter and orientation are laid on a 50 Hz grid, where a gap of over 0.25 s stays a gap;
//! everything is computed from that grid, in g.

mod activity;
mod analyzer;
mod features;
mod grid;
mod spectrum;
mod steps;
mod stretches;
mod waiting;

pub use analyzer::MotionAnalyzer;
pub use stretches::{ActivityStretches, Stretch};
