//! Pictures of a session: its scores over time, what each modality gave to them and what was seen.
//!
//! [`svg`] draws, [`png`] makes pixels of the same drawing. Neither does I/O. A window that is missing is a gap in every
//! line, never bridged and hatched; a score that is missing says why.

mod bands;
mod bins;
mod layout;
mod picture;
pub(crate) mod routes;
mod scores;

pub use layout::Layout;
pub use picture::{Picture, png, svg};

#[cfg(test)]
mod tests;
