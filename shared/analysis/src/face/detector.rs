use image::RgbImage;

use super::BoundingBox;
use super::resize::{Plane, Resizer, wipe};
use crate::AnalysisError;
use crate::networks::{Network, Networks, Task};

/// Values of one row of the output: score, two corners, five points.
const ROW: usize = 15;
const DEFAULT_SCORE: f64 = 0.5;
const DEFAULT_OVERLAP: f64 = 0.3;

/// A face that was found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Detection {
    /// How sure the network is, in [0,1].
    pub score: f64,
    /// Where, in pixels of the frame.
    pub bounds: BoundingBox,
    /// The person's right eye, left eye, nose, right and left corner of the mouth, in pixels of the frame.
    pub points: [(f64, f64); 5],
}

impl Detection {
    /// Angle of the line from the right to the left eye, degrees: positive when the head leans to its left.
    #[must_use]
    pub fn roll(&self) -> Option<f64> {
        let [(rx, ry), (lx, ly), ..] = self.points;
        let apart = (lx - rx).hypot(ly - ry);
        (apart > 1.0).then(|| (ly - ry).atan2(lx - rx).to_degrees())
    }
}

/// Finds faces in frames of any size.
pub struct Detector {
    network: Network,
    score_threshold: f64,
    overlap_threshold: f64,
    plane: Plane,
    input: Vec<f32>,
}

impl Detector {
    /// With the network for [`Task::Detector`], if there is one.
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        let network = networks.get(Task::Detector)?.clone();
        let &[_, channels, height, width] = network.input_shape() else { return None };
        let number = |key, default| network.entry().number(key).unwrap_or(default);
        Some(Self {
            score_threshold: number("score_threshold", DEFAULT_SCORE),
            overlap_threshold: number("nms_iou", DEFAULT_OVERLAP),
            plane: Plane::new(width, height),
            input: vec![0.0; channels * width * height],
            network,
        })
    }

    /// Faces in `frame`, surest first. The frame is scaled into the upper left of the network's input, on black.
    ///
    /// # Errors
    /// When the network fails, or its output is not what a detector gives.
    pub fn find(&mut self, frame: &RgbImage, resizer: &mut Resizer) -> Result<Vec<Detection>, AnalysisError> {
        let (width, height) = (f64::from(frame.width()), f64::from(frame.height()));
        if width == 0.0 || height == 0.0 {
            return Ok(Vec::new());
        }
        let scale = (self.plane.width as f64 / width).min(self.plane.height as f64 / height);
        let whole = BoundingBox { x: 0.0, y: 0.0, width, height };
        let size = [width, height].map(|side| ((side * scale).round_ties_even() as usize).max(1));
        resizer.resize(frame, &whole, (size[0], size[1]), &mut self.plane);
        for channel in self.input.chunks_exact_mut(self.plane.pixels.len().max(1)) {
            for (value, &pixel) in channel.iter_mut().zip(&self.plane.pixels) {
                *value = f32::from(pixel);
            }
        }
        self.plane.wipe();
        let outputs = self.network.run(&self.input);
        wipe(&mut self.input);
        let outputs = outputs?;
        let rows = outputs.get("detections").unwrap_or_default();
        let found = rows.chunks_exact(ROW).filter_map(|row| self.read(row, scale)).collect();
        Ok(suppress(found, self.overlap_threshold))
    }

    fn read(&self, row: &[f32], scale: f64) -> Option<Detection> {
        let value = |i: usize| f64::from(row[i]) / scale;
        let score = f64::from(row[0]);
        let bounds = BoundingBox { x: value(1), y: value(2), width: value(3) - value(1), height: value(4) - value(2) };
        let usable = row.iter().all(|v| v.is_finite()) && bounds.width > 0.0 && bounds.height > 0.0;
        (score >= self.score_threshold && usable).then(|| Detection {
            score: score.min(1.0),
            bounds,
            points: std::array::from_fn(|i| (value(5 + 2 * i), value(6 + 2 * i))),
        })
    }
}

/// Greedy non-maximum suppression.
fn suppress(mut found: Vec<Detection>, threshold: f64) -> Vec<Detection> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for detection in found {
        if kept.iter().all(|better| better.bounds.overlap(&detection.bounds) < threshold) {
            kept.push(detection);
        }
    }
    kept
}
