use image::RgbImage;

use super::BoundingBox;
use super::resize::{Plane, Resizer, wipe};

/// Side of the template, pixels: a face is reduced to this.
const TEMPLATE: usize = 24;
/// How far a face may move between two frames, template pixels: a quarter of its side. A face that moves further is
/// lost, and detected anew in the same frame.
const REACH: usize = TEMPLATE / 4;
const SEARCH: usize = TEMPLATE + 2 * REACH;
const LANES: usize = 8;
/// Correlation under which the face is lost. Ours: faces of other people stay under it.
const LEAST_CORRELATION: f64 = 0.6;
/// Change of size that is tried at a frame.
const SCALE_STEP: f64 = 1.04;

/// Follows a face by normalised cross-correlation with how it looked when it was last detected.
pub(super) struct Tracker {
    bounds: BoundingBox,
    /// The template, less its mean, of length one.
    centred: Vec<f32>,
    search: Plane,
    patch: Plane,
}

impl Tracker {
    /// Takes the face at `bounds` for what is to be followed; `None` when there is nothing to see in it.
    pub(super) fn start(frame: &RgbImage, bounds: BoundingBox, resizer: &mut Resizer) -> Option<Self> {
        let mut template = Plane::new(TEMPLATE, TEMPLATE);
        resizer.resize(frame, &bounds.crop(1.0, 0.0), (TEMPLATE, TEMPLATE), &mut template);
        let mut centred = template.pixels.iter().map(|&p| f32::from(p)).collect::<Vec<_>>();
        let mean = centred.iter().sum::<f32>() / centred.len() as f32;
        centred.iter_mut().for_each(|v| *v -= mean);
        let length = centred.iter().map(|v| v * v).sum::<f32>().sqrt();
        if length < 1.0 {
            return None;
        }
        centred.iter_mut().for_each(|v| *v /= length);
        let (search, patch) = (Plane::new(SEARCH, SEARCH), Plane::new(TEMPLATE, TEMPLATE));
        Some(Self { bounds, centred, search, patch })
    }

    /// Where the face is now; `None` when it is lost. Its size is only looked for where nothing else will tell it.
    pub(super) fn follow(
        &mut self,
        frame: &RgbImage,
        resizer: &mut Resizer,
        size_is_told: bool,
    ) -> Option<BoundingBox> {
        let side = self.bounds.side();
        let around = self.bounds.crop(SEARCH as f64 / TEMPLATE as f64, 0.0);
        resizer.resize(frame, &around, (SEARCH, SEARCH), &mut self.search);
        let (correlation, (dx, dy)) = self.best_place();
        self.search.wipe();
        if correlation < LEAST_CORRELATION {
            return None;
        }
        let pixel = side / TEMPLATE as f64;
        let moved = self.bounds.moved((dx * pixel, dy * pixel), 1.0);
        if size_is_told {
            self.bounds = moved;
            return Some(moved);
        }
        let mut best = (self.look(frame, &moved, resizer), moved);
        for scale in [SCALE_STEP, SCALE_STEP.recip()] {
            let scaled = moved.moved((0.0, 0.0), scale);
            let correlation = self.look(frame, &scaled, resizer);
            if correlation > best.0 {
                best = (correlation, scaled);
            }
        }
        self.bounds = best.1;
        Some(self.bounds)
    }

    /// Correlation of the face at `bounds` with how the followed one looked.
    pub(super) fn resembles(&mut self, frame: &RgbImage, bounds: &BoundingBox, resizer: &mut Resizer) -> f64 {
        self.look(frame, bounds, resizer)
    }

    /// Says where the face is, where that is known better.
    pub(super) fn place(&mut self, bounds: BoundingBox) {
        self.bounds = bounds;
    }

    fn look(&mut self, frame: &RgbImage, bounds: &BoundingBox, resizer: &mut Resizer) -> f64 {
        resizer.resize(frame, &bounds.crop(1.0, 0.0), (TEMPLATE, TEMPLATE), &mut self.patch);
        let correlation = self.correlate(&self.patch.pixels, TEMPLATE);
        self.patch.wipe();
        correlation
    }

    /// Highest correlation within reach, and where, in template pixels from the old place, to fractions of a pixel.
    fn best_place(&self) -> (f64, (f64, f64)) {
        const PLACES: usize = 2 * REACH + 1;
        let mut map = [[0.0; PLACES]; PLACES];
        let mut best = (-1.0, (REACH, REACH));
        for (y, line) in map.iter_mut().enumerate() {
            for (x, slot) in line.iter_mut().enumerate() {
                *slot = self.correlate(&self.search.pixels[y * SEARCH + x..], SEARCH);
                if *slot > best.0 {
                    best = (*slot, (x, y));
                }
            }
        }
        let (correlation, (x, y)) = best;
        let inside = |place: usize| (1..PLACES - 1).contains(&place);
        let fine_x = if inside(x) { vertex(map[y][x - 1], correlation, map[y][x + 1]) } else { 0.0 };
        let fine_y = if inside(y) { vertex(map[y - 1][x], correlation, map[y + 1][x]) } else { 0.0 };
        (correlation, (x as f64 + fine_x - REACH as f64, y as f64 + fine_y - REACH as f64))
    }

    /// Normalised cross-correlation of the template with the pixels whose rows start `stride` apart.
    fn correlate(&self, pixels: &[u8], stride: usize) -> f64 {
        // Eight sums side by side, so that the compiler may use vectors: float addition has an order.
        let mut dots = [0.0f32; LANES];
        let (mut sum, mut squares) = (0u32, 0u32);
        for (row, template) in self.centred.chunks_exact(TEMPLATE).enumerate() {
            let line = &pixels[row * stride..row * stride + TEMPLATE];
            for (pixels, weights) in line.chunks_exact(LANES).zip(template.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    dots[lane] += weights[lane] * f32::from(pixels[lane]);
                }
            }
            sum += line.iter().map(|&p| u32::from(p)).sum::<u32>();
            squares += line.iter().map(|&p| u32::from(p) * u32::from(p)).sum::<u32>();
        }
        let dot = dots.iter().sum::<f32>();
        let count = (TEMPLATE * TEMPLATE) as f64;
        let length = (f64::from(squares) - f64::from(sum).powi(2) / count).max(0.0).sqrt();
        if length < 1.0 { 0.0 } else { f64::from(dot) / length }
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        wipe(&mut self.centred);
    }
}

/// Where the parabola through three neighbours is highest, from the middle one.
fn vertex(before: f64, at: f64, after: f64) -> f64 {
    let bend = before - 2.0 * at + after;
    if bend < 0.0 { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) } else { 0.0 }
}
