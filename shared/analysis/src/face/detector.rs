use image::RgbImage;

use super::BoundingBox;
use super::detection::Detection;
use super::layouts::Layout;
use super::resize::{Plane, Resizer, wipe};
use crate::AnalysisError;
use crate::networks::{Network, Networks, Task};

const DEFAULT_SCORE: f64 = 0.5;
const DEFAULT_OVERLAP: f64 = 0.3;
/// A picture is enlarged this far at most when it is searched for small faces.
const LARGEST_ZOOM: f64 = 2.0;
/// Parts of one level, at most: a picture of 12 megapixels has about as many at its own resolution.
const MOST_TILES: usize = 300;
/// A face this near to the middle of a square is the one in its middle, as a share of the square's side.
const MIDDLE: f64 = 0.2;
/// Least score of a face that stands as it should not.
const LEAST_SURE: f64 = 0.1;
/// Faces over this share of a part's height are found in the level above.
const TILE_FACE: f64 = 0.4;

/// Finds faces in frames of any size.
pub struct Detector {
    network: Network,
    layout: Layout,
    score_threshold: f64,
    tile_threshold: f64,
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
        let score_threshold = number("score_threshold", DEFAULT_SCORE);
        Some(Self {
            layout: Layout::of(network.entry()),
            score_threshold,
            tile_threshold: number("tile_threshold", score_threshold),
            overlap_threshold: number("nms_iou", DEFAULT_OVERLAP),
            plane: Plane::new(width, height),
            input: vec![0.0; channels * width * height],
            network,
        })
    }

    /// Faces in `frame`, surest first. The frame is scaled into the upper left of the network's input, on black.
    ///
    /// # Errors
    /// When the network fails.
    pub fn find(&mut self, frame: &RgbImage, resizer: &mut Resizer) -> Result<Vec<Detection>, AnalysisError> {
        let Some(whole) = whole(frame) else { return Ok(Vec::new()) };
        let found = self.look(frame, &whole, self.score_threshold, resizer)?;
        Ok(suppress(found, self.overlap_threshold))
    }

    /// As [`Detector::find`], and small faces too: for still pictures, where time is no matter.
    ///
    /// Beside the whole, overlapping parts are looked at, each level twice as large as the one before, until a pixel of
    /// the picture has become [`LARGEST_ZOOM`] pixels or there would be over [`MOST_TILES`] parts. In a part only
    /// faces under [`TILE_FACE`] of its height count that do not touch its inner edges. It may ask for a higher score
    /// (`tile_threshold`), because so many parts are as many chances to be wrong.
    ///
    /// # Errors
    /// When the network fails.
    pub fn search(&mut self, frame: &RgbImage, resizer: &mut Resizer) -> Result<Vec<Detection>, AnalysisError> {
        let Some(whole) = whole(frame) else { return Ok(Vec::new()) };
        let mut found = self.look(frame, &whole, self.score_threshold, resizer)?;
        let (width, height) = (self.plane.width as f64, self.plane.height as f64);
        let mut scale = 2.0 * (width / whole.width).min(height / whole.height);
        while scale <= LARGEST_ZOOM {
            let tiles = tiles(&whole, (width / scale, height / scale));
            if tiles.len() > MOST_TILES {
                break;
            }
            for tile in tiles {
                let inside = self.look(frame, &tile, self.tile_threshold, resizer)?;
                let small = |d: &Detection| d.bounds.side() < TILE_FACE * tile.height;
                found.extend(inside.into_iter().filter(|d| small(d) && !cut(&d.bounds, &tile, &whole)));
            }
            scale *= 2.0;
        }
        Ok(suppress(found, self.overlap_threshold))
    }

    /// Everything over the threshold in a part of the frame, in pixels of the frame.
    fn look(
        &mut self,
        frame: &RgbImage,
        part: &BoundingBox,
        threshold: f64,
        resizer: &mut Resizer,
    ) -> Result<Vec<Detection>, AnalysisError> {
        let scale = (self.plane.width as f64 / part.width).min(self.plane.height as f64 / part.height);
        let size = [part.width, part.height].map(|side| ((side * scale).round_ties_even() as usize).max(1));
        resizer.resize(frame, part, (size[0], size[1]), &mut self.plane);
        let found = self.run(threshold);
        self.plane.wipe();
        let placed = |(x, y): (f64, f64)| (part.x + x / scale, part.y + y / scale);
        Ok(found?
            .into_iter()
            .map(|Detection { score, bounds, points }| {
                let (x, y) = placed((bounds.x, bounds.y));
                let bounds = BoundingBox { x, y, width: bounds.width / scale, height: bounds.height / scale };
                Detection { score, bounds, points: points.map(|points| points.map(placed)) }
            })
            .collect())
    }

    /// How sure the network is of the face in the middle of a square part, as it stands and turned by one, two and three quarters; 0
    /// where it is not sure at all.
    ///
    /// # Errors
    /// When the network fails.
    pub(super) fn turned(
        &mut self,
        frame: &RgbImage,
        part: &BoundingBox,
        resizer: &mut Resizer,
    ) -> Result<[f64; 4], AnalysisError> {
        let side = self.plane.width.min(self.plane.height);
        resizer.resize(frame, part, (side, side), &mut self.plane);
        let mut scores = Ok([0.0; 4]);
        for quarter in 0..4 {
            if quarter > 0 {
                self.plane.turn(side);
            }
            scores = scores.and_then(|mut scores| {
                scores[quarter] = middle(&self.run(LEAST_SURE)?, side as f64);
                Ok(scores)
            });
        }
        self.plane.wipe();
        scores
    }

    /// Everything over the threshold in the plane, in its pixels.
    fn run(&mut self, threshold: f64) -> Result<Vec<Detection>, AnalysisError> {
        for channel in self.input.chunks_exact_mut(self.plane.pixels.len().max(1)) {
            for (value, &pixel) in channel.iter_mut().zip(&self.plane.pixels) {
                *value = f32::from(pixel);
            }
        }
        let outputs = self.network.run(&self.input);
        wipe(&mut self.input);
        Ok(self.layout.read(&outputs?, (self.plane.width, self.plane.height), threshold))
    }
}

/// The best score of a face about the middle of a square.
fn middle(found: &[Detection], side: f64) -> f64 {
    let central = |d: &&Detection| {
        let (x, y) = d.bounds.centre();
        (x - side / 2.0).abs().max((y - side / 2.0).abs()) < MIDDLE * side
    };
    found.iter().filter(central).map(|d| d.score).fold(0.0, f64::max)
}

fn whole(frame: &RgbImage) -> Option<BoundingBox> {
    let (width, height) = (f64::from(frame.width()), f64::from(frame.height()));
    (width > 0.0 && height > 0.0).then_some(BoundingBox { x: 0.0, y: 0.0, width, height })
}

/// Parts of one size that cover the whole and overlap by at least a quarter; sides beyond the whole are cut.
fn tiles(whole: &BoundingBox, (width, height): (f64, f64)) -> Vec<BoundingBox> {
    let starts = |whole: f64, side: f64| {
        let count = ((whole - side) / (0.75 * side)).max(0.0).ceil() as usize;
        (0..=count.min(MOST_TILES)).map(move |i| (whole - side).max(0.0) * i as f64 / count.max(1) as f64)
    };
    let (width, height) = (width.min(whole.width), height.min(whole.height));
    let rows = starts(whole.height, height);
    rows.flat_map(|y| starts(whole.width, width).map(move |x| BoundingBox { x, y, width, height })).collect()
}

/// Whether a face touches an edge of a part that is no edge of the whole.
fn cut(face: &BoundingBox, part: &BoundingBox, whole: &BoundingBox) -> bool {
    let inner = |edge: f64, of_whole: f64| (edge - of_whole).abs() > 0.5;
    inner(part.x, whole.x) && face.x <= part.x
        || inner(part.y, whole.y) && face.y <= part.y
        || inner(part.x + part.width, whole.width) && face.x + face.width >= part.x + part.width
        || inner(part.y + part.height, whole.height) && face.y + face.height >= part.y + part.height
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

#[cfg(test)]
#[path = "detector_tests.rs"]
mod tests;
