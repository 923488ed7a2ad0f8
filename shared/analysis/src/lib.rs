//! Samples in, features and indicators out.
//!
//! One [`Analyzer`] for each modality turns samples into a [`Record`] for each ten-second window; [`indicators`] turns
//! the records of one window into scores that a person can read; [`text`] reads what people write. The agent and the collector's `POST /analyze` drive
//! the same analyzers, and get equal features for equal input; [`decode`] and [`tables`] read what people have. Opens no socket and no clock, and no files but models.

mod analyzer;
pub mod baseline;
mod coverage;
pub mod decode;
mod error;
pub mod face;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod heart;
pub mod indicators;
pub mod left_out;
pub mod motion;
pub mod networks;
pub mod sample;
pub mod tables;
pub mod text;
mod trust;
pub mod voice;
pub mod wearables;
mod wiping;

pub use analyzer::Analyzer;
pub use error::AnalysisError;
pub use wiping::Wiping;
