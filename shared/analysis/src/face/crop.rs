use image::RgbImage;

use super::BoundingBox;
use super::resize::{Plane, Resizer, wipe};
use crate::AnalysisError;
use crate::networks::{Network, Networks, Outputs, Task};

/// A network that looks at a square crop about a face, with the memory that this takes.
pub(super) struct CropNetwork {
    network: Network,
    scale: f64,
    shift_y: f64,
    plane: Plane,
    input: Vec<f32>,
}

impl CropNetwork {
    /// The network for `task`, if there is one that takes pictures.
    pub(super) fn new(networks: &Networks, task: Task) -> Option<Self> {
        let network = networks.get(task)?.clone();
        let &[_, channels, height, width] = network.input_shape() else { return None };
        let number = |key, default| network.entry().number(key).unwrap_or(default);
        Some(Self {
            scale: number("crop_scale", 1.0),
            shift_y: number("crop_shift_y", 0.0),
            plane: Plane::new(width, height),
            input: vec![0.0; channels * width * height],
            network,
        })
    }

    /// The part of a frame that the network sees of the face at `bounds`.
    pub(super) fn part(&self, bounds: &BoundingBox) -> BoundingBox {
        bounds.crop(self.scale, self.shift_y)
    }

    /// A number of the network's entry.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.network.entry().number(key)
    }

    /// Runs the network on a part of the frame, in gray on every channel.
    pub(super) fn run(
        &mut self,
        frame: &RgbImage,
        part: &BoundingBox,
        resizer: &mut Resizer,
    ) -> Result<Outputs<'_>, AnalysisError> {
        let size = (self.plane.width, self.plane.height);
        resizer.resize(frame, part, size, &mut self.plane);
        for channel in self.input.chunks_exact_mut(self.plane.pixels.len().max(1)) {
            for (value, &pixel) in channel.iter_mut().zip(&self.plane.pixels) {
                *value = f32::from(pixel);
            }
        }
        self.plane.wipe();
        let outputs = self.network.run(&self.input);
        wipe(&mut self.input);
        outputs
    }
}

/// An output of exactly so many finite values.
pub(super) fn values<const N: usize>(output: &[f32]) -> Option<[f64; N]> {
    let array: [f32; N] = output.try_into().ok()?;
    array.iter().all(|v| v.is_finite()).then(|| array.map(f64::from))
}
