//! Drawings: a canvas of SVG in two themes, a time line, and pixels of the same drawing.
//!
//! None does I/O or reads a clock; fonts stand in this program.

mod axis;
mod canvas;
mod raster;
mod theme;

pub use axis::{Axis, utc};
pub use canvas::{Canvas, Px};
pub use raster::{PNG_WIDTHS, png};
pub use theme::Theme;
