//! Heart: what the intervals between beats tell.
//!
//! Measures follow the Task Force of ESC and NASPE (1996) and, where that leaves a choice, NeuroKit2. Each is a
//! pure function over stretches of RR intervals in milliseconds that follow each other without a gap; the analyzer cuts
//! a sensor's beats into such stretches and says what may be reported of them.

mod analyzer;
mod beats;
mod clean;
mod contact;
mod early;
mod entropy;
mod frequency;
mod histogram;
mod rates;
mod respiration;
mod running;
mod spans;
mod tachogram;
mod time_domain;

pub use analyzer::HeartAnalyzer;
pub use clean::artefacts_of;
pub use entropy::sample_entropy;
pub use frequency::{FrequencyDomain, frequency_domain};
pub use histogram::{stress_index, triangular_index};
pub use respiration::respiration_rate;
pub use time_domain::{TimeDomain, time_domain};

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
