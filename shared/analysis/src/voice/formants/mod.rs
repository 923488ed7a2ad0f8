//! Resonances of the vocal tract: linear prediction by Burg's method, with the settings of Praat's `To Formant (burg)`
//! (five formants up to 5500 Hz in 25 ms, pre-emphasis from 50 Hz).

mod burg;
mod roots;
mod tracker;

pub use tracker::Formant;
pub(super) use tracker::FormantTracker;

/// Formants that are told.
pub(super) const FORMANTS: usize = 3;
/// Poles of the model: two for each of five formants.
const ORDER: usize = 10;
