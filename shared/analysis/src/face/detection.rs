use super::BoundingBox;

/// A face that was found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Detection {
    /// How sure the network is, in [0,1].
    pub score: f64,
    /// Where, in pixels of the frame.
    pub bounds: BoundingBox,
    /// The person's right eye, left eye, nose, right and left corner of the mouth, in pixels of the frame, where the
    /// network tells them.
    pub points: Option<[(f64, f64); 5]>,
}

impl Detection {
    /// Angle of the line from the right to the left eye, degrees: positive when the head leans to its left.
    #[must_use]
    pub fn roll(&self) -> Option<f64> {
        let [(rx, ry), (lx, ly), ..] = self.points?;
        let apart = (lx - rx).hypot(ly - ry);
        (apart > 1.0).then(|| (ly - ry).atan2(lx - rx).to_degrees())
    }
}
