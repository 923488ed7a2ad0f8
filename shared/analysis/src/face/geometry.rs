/// An upright rectangle in pixels of a frame; it may reach over the frame's edge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BoundingBox {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl BoundingBox {
    /// The square of `side` about a centre.
    #[must_use]
    pub fn square((x, y): (f64, f64), side: f64) -> Self {
        Self { x: x - side / 2.0, y: y - side / 2.0, width: side, height: side }
    }

    /// Its middle.
    #[must_use]
    pub fn centre(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Its longer side.
    #[must_use]
    pub fn side(&self) -> f64 {
        self.width.max(self.height)
    }

    /// Intersection over union with another.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let shared = |a: f64, a_size: f64, b: f64, b_size: f64| ((a + a_size).min(b + b_size) - a.max(b)).max(0.0);
        let intersection =
            shared(self.x, self.width, other.x, other.width) * shared(self.y, self.height, other.y, other.height);
        let union = self.width * self.height + other.width * other.height - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }

    /// The square from which a network's crop is taken: `scale` times the longer side, its centre moved down by
    /// `shift_y` box heights.
    #[must_use]
    pub fn crop(&self, scale: f64, shift_y: f64) -> Self {
        let (x, y) = self.centre();
        Self::square((x, y + shift_y * self.height), scale * self.side())
    }

    /// Moved by `dx`, `dy` and enlarged by `scale` about its centre.
    #[must_use]
    pub(super) fn moved(&self, (dx, dy): (f64, f64), scale: f64) -> Self {
        let (width, height) = (self.width * scale, self.height * scale);
        let (x, y) = self.centre();
        Self { x: x + dx - width / 2.0, y: y + dy - height / 2.0, width, height }
    }
}
