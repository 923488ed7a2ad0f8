//! Where things stand on the drawing, in its own units; one unit is a pixel at the drawing's own width.

/// Width of the drawing.
pub(super) const WIDTH: f64 = 960.0;
/// Left and right margin.
pub(super) const MARGIN: f64 = 28.0;
/// Left edge of the time line; labels stand to the left of it.
pub(super) const LEFT: f64 = 204.0;
/// Right edge of the time line; values of the grid stand to the right of it.
pub(super) const RIGHT: f64 = 904.0;
/// Where the first score begins.
pub(super) const TOP: f64 = 96.0;
/// Height of one score's plot.
pub(super) const SCORE_HEIGHT: f64 = 66.0;
/// From the top of one score to the top of the next.
pub(super) const SCORE_STEP: f64 = 90.0;
/// Height of the contributions' plot.
pub(super) const CONTRIBUTIONS_HEIGHT: f64 = 84.0;
/// Height of one modality's coverage.
pub(super) const COVERAGE_HEIGHT: f64 = 12.0;
/// From one modality's coverage to the next.
pub(super) const COVERAGE_STEP: f64 = 22.0;
