//! Pictures of a session: its scores over time, what each modality gave to them and what was seen.
//!
//! [`svg`] draws, [`png`] makes pixels of the same drawing. Neither does I/O. A window that is missing is a gap in every
//! line, never bridged and hatched; a score that is missing says why.

mod axis;
mod bands;
mod bins;
mod canvas;
mod layout;
mod picture;
mod raster;
pub(crate) mod routes;
mod scores;
mod theme;

pub use picture::{Picture, svg};
pub use raster::{PNG_WIDTHS, png};
pub use theme::Theme;

#[cfg(test)]
mod tests;
