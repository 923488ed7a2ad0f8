//! Whether a face stands as faces do. What the networks read from one that stands on its head or lies on its side is not told
//! from it, and the detector lays its points as on an upright one; but it is surer of it when it is turned upright.

use image::RgbImage;

use super::BoundingBox;
use super::detector::Detector;
use super::resize::Resizer;
use crate::sample::Timestamp;

/// What is looked at, sides of the face.
const AROUND: f64 = 2.5;
/// Seconds from one look to the next while the face is followed: who turns a camera is lost, and looked at when found again.
const LOOK_SECONDS: f64 = 30.0;
/// A turned face is surer by this, at least. Ours.
const SURER: f64 = 0.01;

/// How the followed face was found to stand.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Stand {
    turned: bool,
    last_look: Option<Timestamp>,
}

impl Stand {
    /// Looks again, when it is time to.
    pub(super) fn look(
        &mut self,
        detector: &mut Detector,
        (frame, at): (&RgbImage, Timestamp),
        bounds: &BoundingBox,
        resizer: &mut Resizer,
    ) {
        if self.last_look.is_some_and(|then| at.seconds_since(then) < LOOK_SECONDS) {
            return;
        }
        let part = BoundingBox::square(bounds.centre(), AROUND * bounds.side());
        // A network that fails leaves it as it was.
        if let Ok([upright, turned @ ..]) = detector.turned(frame, &part, resizer) {
            self.turned = turned.into_iter().any(|score| score > upright + SURER);
            self.last_look = Some(at);
        }
    }

    /// Whether the face stands on its head or lies on its side.
    pub(super) fn is_turned(&self) -> bool {
        self.turned
    }
}
