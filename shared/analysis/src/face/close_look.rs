use attune_protocol::registry::face::EXPRESSION_CLASSES;
use image::RgbImage;

use super::BoundingBox;
use super::crop::CropNetwork;
use super::resize::{Plane, Resizer, to_luma};
use crate::AnalysisError;
use crate::networks::labels::EXPRESSIONS;
use crate::networks::{Networks, Task};

const CLASSES: usize = EXPRESSION_CLASSES as usize;
/// Side of the plane on which the picture's quality is judged: the detail that landmarks and expression need.
const QUALITY_SIDE: usize = 96;
/// Variance of the Laplacian at which sharpness is one half. Ours.
const HALF_SHARP: f64 = 100.0;

/// What a face shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    /// Probabilities of angry, disgust, fear, happy, sad, surprise and neutral as FER+ labels them.
    pub ferplus: [f64; CLASSES],
    /// The same by the labels of FER2013, where the network has them.
    pub fer2013: Option<[f64; CLASSES]>,
    /// Valence and arousal in [-1,1], where the network has them.
    pub affect: Option<[f64; 2]>,
    /// Whether the likeliest of the FER+ classes reaches the entry's `abstain_below`: under it nothing is claimed.
    pub sure: bool,
}

/// Reads the expression of faces.
pub struct ExpressionReader {
    network: CropNetwork,
    abstain_below: f64,
}

impl ExpressionReader {
    /// With the network for [`Task::Expression`], if there is one.
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        let network = CropNetwork::new(networks, Task::Expression)?;
        Some(Self { abstain_below: network.number("abstain_below").unwrap_or(0.0), network })
    }

    /// The expression of the face at `bounds`; `None` when the network gives no seven classes.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read(
        &mut self,
        frame: &RgbImage,
        bounds: &BoundingBox,
        resizer: &mut Resizer,
    ) -> Result<Option<Expression>, AnalysisError> {
        self.read_crop(frame, &self.network.part(bounds), resizer)
    }

    /// As [`ExpressionReader::read`], of a part of the picture that is cut as the network's training pictures are.
    ///
    /// # Errors
    /// When the network fails.
    pub fn read_crop(
        &mut self,
        frame: &RgbImage,
        part: &BoundingBox,
        resizer: &mut Resizer,
    ) -> Result<Option<Expression>, AnalysisError> {
        let outputs = self.network.run(frame, part, resizer)?;
        let Some(ferplus) = outputs.classes("ferplus", &EXPRESSIONS) else { return Ok(None) };
        let affect =
            outputs.classes("affect", &["valence", "arousal"]).map(|affect| affect.map(|v| v.clamp(-1.0, 1.0)));
        let sure = ferplus.iter().any(|&probability| probability >= self.abstain_below);
        Ok(Some(Expression { ferplus, fer2013: outputs.classes("fer2013", &EXPRESSIONS), affect, sure }))
    }
}

/// How good a picture of a face is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct PictureQuality {
    /// Mean luma in [0,1].
    pub(super) brightness: f64,
    /// Standard deviation of luma in [0,0.5].
    pub(super) contrast: f64,
    /// Variance v of the Laplacian, as v / (v + 100).
    pub(super) sharpness: f64,
}

impl PictureQuality {
    pub(super) fn of_face(frame: &RgbImage, bounds: &BoundingBox, resizer: &mut Resizer) -> Self {
        let mut plane = Plane::new(QUALITY_SIDE, QUALITY_SIDE);
        resizer.resize(frame, &bounds.crop(1.0, 0.0), (QUALITY_SIDE, QUALITY_SIDE), &mut plane);
        let (mean, variance) = moments(plane.pixels.iter().map(|&p| f64::from(p)));
        let (_, edges) = moments(laplacian(&plane));
        Self { brightness: mean / 255.0, contrast: variance.sqrt() / 255.0, sharpness: edges / (edges + HALF_SHARP) }
    }

    /// Brightness and contrast of a whole frame, from every eighth pixel of every eighth row.
    pub(super) fn of_frame(frame: &RgbImage) -> (f64, f64) {
        let width = 3 * frame.width().max(1) as usize;
        let rows = frame.as_raw().chunks_exact(width).step_by(8);
        let luma = rows.flat_map(|row| row.chunks_exact(3).step_by(8)).map(|p| f64::from(to_luma(p)));
        let (mean, variance) = moments(luma);
        (mean / 255.0, variance.sqrt() / 255.0)
    }
}

fn laplacian(plane: &Plane) -> impl Iterator<Item = f64> {
    let at = |x: usize, y: usize| f64::from(plane.pixels[y * plane.width + x]);
    let inner = (1..plane.height - 1).flat_map(|y| (1..plane.width - 1).map(move |x| (x, y)));
    inner.map(move |(x, y)| at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y))
}

/// Mean and variance; zero of nothing.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (count, sum, squares) =
        values.fold((0.0, 0.0, 0.0), |(count, sum, squares), v| (count + 1.0, sum + v, squares + v * v));
    if count == 0.0 {
        return (0.0, 0.0);
    }
    let mean = sum / count;
    (mean, (squares / count - mean * mean).max(0.0))
}
