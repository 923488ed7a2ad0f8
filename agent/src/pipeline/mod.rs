//! From samples to records: for each modality a thread that captures and one that analyses, with a bounded ring
//! between them.
//!
//! Where time passes at a speed, a full ring loses its oldest samples, and the window says so; at full speed the
//! capture waits instead, so that nothing is lost and results do not depend on the machine.

mod analyse;
mod capture;
mod line;
pub mod lines;
mod pace;
#[cfg(test)]
mod tests;

pub use line::{Line, Output};
pub use pace::Pace;
