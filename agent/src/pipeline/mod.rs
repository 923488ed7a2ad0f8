//! From samples to records: for each modality a thread that captures and one that analyses, with a bounded ring
//! between them.
//!
//! Where time passes at a speed, a full ring loses its oldest samples, and their windows say so; at full speed the
//! capture waits instead, so that nothing is lost and results do not depend on the machine. Samples may come ten seconds
//! late and still go to their window; those that come later count as overload, and a source that is so slow skips what
//! would come too late. A window is closed when a sample stands so far behind it that none of its own can follow: live
//! microphones stamp sound late, and straps tell of beats behind later ones. A gap longer than any feature looks back is one
//! record.

mod analyse;
mod capture;
mod gap;
mod line;
pub mod lines;
mod pace;
mod reasons;
mod ring;
#[cfg(test)]
mod tests;
mod threads;

pub use line::{Line, Output};
pub use pace::Pace;
