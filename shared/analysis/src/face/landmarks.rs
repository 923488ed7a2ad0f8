use std::ops::Range;

use image::RgbImage;

use super::BoundingBox;
use super::crop::{CropNetwork, values};
use super::resize::Resizer;
use crate::AnalysisError;
use crate::networks::{Networks, Task};

/// Points of a face.
pub const POINTS: usize = 68;
const VALUES: usize = 2 * POINTS;
const RIGHT_EYE: Range<usize> = 36..42;
const LEFT_EYE: Range<usize> = 42..48;

/// Points of a face in the order of the 300-W annotation (Sagonas et al. 2013).
#[derive(Clone, PartialEq, Debug)]
pub struct Landmarks {
    /// In pixels of the frame.
    pub points: [(f64, f64); POINTS],
    /// How likely the person's right and left eye are open, in [0,1], where the network tells.
    pub eyes_open: Option<[f64; 2]>,
}

impl Landmarks {
    /// The mean of all points.
    #[must_use]
    pub fn centre(&self) -> (f64, f64) {
        middle(&self.points)
    }

    /// Root mean square distance of the points from their centre, pixels.
    #[must_use]
    pub fn spread(&self) -> f64 {
        let centre = self.centre();
        let squares = self.points.iter().map(|&point| distance(point, centre).powi(2));
        (squares.sum::<f64>() / POINTS as f64).sqrt()
    }

    /// Distance of the outer corners of the eyes, pixels.
    #[must_use]
    pub fn interocular(&self) -> f64 {
        distance(self.points[36], self.points[45])
    }

    /// Angle of the line from the right to the left eye, degrees: positive when the head leans to its left.
    #[must_use]
    pub fn roll(&self) -> Option<f64> {
        let [(rx, ry), (lx, ly)] = [RIGHT_EYE, LEFT_EYE].map(|eye| middle(&self.points[eye]));
        ((lx - rx).hypot(ly - ry) > 1.0).then(|| (ly - ry).atan2(lx - rx).to_degrees())
    }

    /// Height of the eyes over their width, the mean of both (Soukupova and Cech 2016); none where an eye has no width.
    #[must_use]
    pub fn eye_aspect_ratio(&self) -> Option<f64> {
        let ratio = |eye: Range<usize>| {
            let p = &self.points[eye];
            let width = distance(p[0], p[3]);
            (width > 1.0).then(|| (distance(p[1], p[5]) + distance(p[2], p[4])) / (2.0 * width))
        };
        Some((ratio(RIGHT_EYE)? + ratio(LEFT_EYE)?) / 2.0)
    }

    /// Distance of an eye's corners, pixels, the mean of both.
    #[must_use]
    pub fn eye_width(&self) -> f64 {
        (distance(self.points[36], self.points[39]) + distance(self.points[42], self.points[45])) / 2.0
    }

    /// Distance of the inner lips over the width of the mouth; none where the mouth has no width.
    #[must_use]
    pub fn mouth_opening(&self) -> Option<f64> {
        let width = distance(self.points[48], self.points[54]);
        (width > 1.0).then(|| distance(self.points[62], self.points[66]) / width)
    }
}

// Here, because a box knows nothing of points.
impl BoundingBox {
    /// Moved and enlarged as a face's points were from `then` to `now`.
    #[must_use]
    pub(super) fn with_points(&self, then: &Landmarks, now: &Landmarks) -> Self {
        let ((x0, y0), (x1, y1)) = (then.centre(), now.centre());
        let scale = now.spread() / then.spread();
        let (x, y) = self.centre();
        let (width, height) = (self.width * scale, self.height * scale);
        Self { x: x1 + (x - x0) * scale - width / 2.0, y: y1 + (y - y0) * scale - height / 2.0, width, height }
    }
}

/// Finds the points of a face whose box is known.
pub struct LandmarkReader(CropNetwork);

impl LandmarkReader {
    /// With the network for [`Task::Landmarks`], if there is one.
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        CropNetwork::new(networks, Task::Landmarks).map(Self)
    }

    /// The points of the face at `bounds`; `None` when the network gives no 68 points.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read(
        &mut self,
        frame: &RgbImage,
        bounds: &BoundingBox,
        resizer: &mut Resizer,
    ) -> Result<Option<Landmarks>, AnalysisError> {
        let part = self.0.part(bounds);
        let outputs = self.0.run(frame, &part, resizer)?;
        let Some(fractions) = outputs.get("points").and_then(values::<VALUES>) else { return Ok(None) };
        let place = |i: usize| (part.x + fractions[2 * i] * part.width, part.y + fractions[2 * i + 1] * part.height);
        let eyes_open = outputs.classes("eyes_open", &["right", "left"]).map(|open| open.map(|p| p.clamp(0.0, 1.0)));
        Ok(Some(Landmarks { points: std::array::from_fn(place), eyes_open }))
    }
}

fn middle(points: &[(f64, f64)]) -> (f64, f64) {
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    (x / points.len() as f64, y / points.len() as f64)
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::testing::{self, StandIn};

    #[test]
    fn points_come_back_in_pixels_of_the_frame_and_eyes_by_their_label() {
        let bias = (0..136).map(|i| if i % 2 == 0 { 0.25 } else { 0.75 }).collect();
        let points = StandIn { name: "points", shape: &[1, 136], slope: vec![0.0; 136], bias };
        let eyes = StandIn { name: "eyes_open", shape: &[1, 2], slope: vec![0.0; 2], bias: vec![0.9, 0.1] };
        let entry = "task = \"landmarks\"\ncrop_scale = 2.0\ninput = { name = \"face\", shape = [1, 1, 64, 64] }\n\
            outputs = [{ name = \"points\", shape = [1, 136] }, \
            { name = \"eyes_open\", shape = [1, 2], labels = [\"left\", \"right\"] }]";
        let onnx = testing::onnx("face", &[1, 1, 64, 64], &[points, eyes]);
        let networks = testing::load(&[("landmarks.onnx", onnx, entry.to_owned())]);
        let mut reader = LandmarkReader::new(&networks).unwrap();
        let bounds = BoundingBox { x: 40.0, y: 50.0, width: 20.0, height: 20.0 };
        let found = reader.read(&RgbImage::new(100, 100), &bounds, &mut Resizer::default()).unwrap().unwrap();
        assert_eq!(found.points[67], (40.0, 70.0));
        let [right, left] = found.eyes_open.unwrap();
        assert!((right - 0.1).abs() < 1e-6 && (left - 0.9).abs() < 1e-6);
    }
}
