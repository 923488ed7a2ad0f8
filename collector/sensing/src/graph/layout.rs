//! Where things stand on the drawing, in its own units; one unit is a pixel at the drawing's own width.

use serde::Deserialize;
use utoipa::ToSchema;

/// How many scores are drawn.
pub(super) const SCORES: usize = 4;

/// For what width a picture is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// 960 pixels: labels stand beside the time lines.
    #[default]
    Wide,
    /// 330 pixels, as a telephone held upright has them: labels stand above the time lines.
    Narrow,
}

/// The measures of a layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    pub layout: Layout,
    /// Width of the drawing.
    pub width: f64,
    /// Left and right margin.
    pub margin: f64,
    /// Left edge of the time line.
    pub left: f64,
    /// Right edge of the time line; values of the grid stand to the right of it.
    pub right: f64,
    /// Where the first score's plot begins.
    pub top: f64,
    /// Height of one score's plot.
    pub score_height: f64,
    /// From the top of one score's plot to the top of the next.
    pub score_step: f64,
    /// From the last score's step to the plot of the contributions, and from its end to the first modality's coverage.
    before_contributions: f64,
    before_coverage: f64,
    /// Height of the contributions' plot.
    pub contributions_height: f64,
    /// Height of one modality's coverage.
    pub coverage_height: f64,
    /// From one modality's coverage to the next.
    pub coverage_step: f64,
    /// Below the last one.
    footer: f64,
    /// Sizes of what stands small beside the plots, and on the grid.
    pub small: f64,
    pub smallest: f64,
}

const WIDE: Measures = Measures {
    layout: Layout::Wide,
    width: 960.0,
    margin: 28.0,
    left: 204.0,
    right: 904.0,
    top: 96.0,
    score_height: 66.0,
    score_step: 90.0,
    before_contributions: 8.0,
    before_coverage: 40.0,
    contributions_height: 84.0,
    coverage_height: 12.0,
    coverage_step: 22.0,
    footer: 70.0,
    small: 11.0,
    smallest: 10.5,
};

const NARROW: Measures = Measures {
    layout: Layout::Narrow,
    width: 330.0,
    margin: 12.0,
    left: 12.0,
    right: 282.0, // "100 %" has room in any font
    top: 152.0,
    score_height: 62.0,
    score_step: 104.0,
    before_contributions: 46.0,
    before_coverage: 62.0,
    contributions_height: 72.0,
    coverage_height: 12.0,
    coverage_step: 40.0,
    footer: 66.0,
    small: 12.5,
    smallest: 12.0,
};

impl Layout {
    pub(super) const fn measures(self) -> &'static Measures {
        match self {
            Self::Wide => &WIDE,
            Self::Narrow => &NARROW,
        }
    }

    /// Width and height of its drawing.
    #[must_use]
    pub const fn size(self) -> (f64, f64) {
        let measures = self.measures();
        (measures.width, measures.height())
    }
}

impl Measures {
    pub(super) const fn is_narrow(&self) -> bool {
        matches!(self.layout, Layout::Narrow)
    }

    /// Top of the plot of a score.
    pub(super) const fn score(&self, place: usize) -> f64 {
        self.top + self.score_step * place as f64
    }

    /// Top of the contributions' plot.
    pub(super) const fn contributions(&self) -> f64 {
        self.score(SCORES) + self.before_contributions
    }

    /// Top of the first modality's coverage.
    pub(super) const fn coverage(&self) -> f64 {
        self.contributions() + self.contributions_height + self.before_coverage
    }

    /// End of all plots.
    pub(super) const fn bottom(&self) -> f64 {
        self.coverage() + self.coverage_step * 3.0 + self.coverage_height + 6.0
    }

    pub(super) const fn height(&self) -> f64 {
        self.bottom() + self.footer - 4.0
    }

    /// Width of the time line.
    pub(super) const fn plot(&self) -> f64 {
        self.right - self.left
    }
}
