/// For which screen a chart is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Width {
    /// Wide ones, and paper.
    Wide,
    /// Telephones.
    Narrow,
}

impl Width {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    /// Width of the drawing, and what of it is left and right of the plot.
    pub(super) const fn sides(self, labels_at_ends: bool) -> (f64, f64, f64) {
        match (self, labels_at_ends) {
            (Self::Wide, true) => (960.0, 40.0, 150.0),
            (Self::Wide, false) => (960.0, 40.0, 12.0),
            (Self::Narrow, _) => (342.0, 40.0, 8.0),
        }
    }

    /// The most labels below it.
    pub(super) const fn most_ticks(self) -> usize {
        match self {
            Self::Wide => 9,
            Self::Narrow => 5,
        }
    }
}

/// Where instants and values stand on a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    pub(super) span: (i64, i64),
    pub(super) scale: (f64, f64),
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Plot {
    /// Where an instant stands; what is before or after stands at the edge.
    pub(super) fn x(&self, millis: i64) -> f64 {
        let (from, to) = self.span;
        let share = (millis.clamp(from, to) - from) as f64 / (to - from) as f64;
        self.left + share * (self.right - self.left)
    }

    /// Where a value stands; what is beyond the scale stands at its edge.
    pub(super) fn y(&self, value: f64) -> f64 {
        let (least, most) = self.scale;
        let share = (value.clamp(least, most) - least) / (most - least);
        self.bottom - share * (self.bottom - self.top)
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}
