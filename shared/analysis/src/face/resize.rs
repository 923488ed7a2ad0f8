//! Any part of a picture to a gray plane of any size, bit for bit as the training scripts do it.
//!
//! Luma is ITU-R BT.601, and the filter a triangle that widens with the reduction: Pillow's `convert("L")` followed by
//! `resize(size, BILINEAR, box)`, with its rounding to 8 bits after each direction, rows first. (Pillow takes
//! columns first where a picture is flattened; nothing here does that.) Only the pixels under the part are
//! read. Beyond the picture's edge the nearest pixels go on.

use image::RgbImage;
use zeroize::optimization_barrier;

use super::BoundingBox;

const PRECISION: u32 = 22;
const HALF: i32 = 1 << (PRECISION - 1);

/// A gray picture, wiped when it is dropped or filled anew.
#[derive(Default)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Luma row by row, 0 to 255.
    pub pixels: Vec<u8>,
}

impl Plane {
    /// Black.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }

    /// Overwrites all pixels with black.
    pub fn wipe(&mut self) {
        wipe(&mut self.pixels);
    }

    /// Turns its upper left square by a quarter, clockwise.
    pub(super) fn turn(&mut self, side: usize) {
        let side = side.min(self.width).min(self.height);
        let at = |x: usize, y: usize| y * self.width + x;
        for y in 0..side / 2 {
            for x in y..side - 1 - y {
                let (far_x, far_y) = (side - 1 - x, side - 1 - y);
                // Each takes the place of the one before it on a circle.
                for (a, b) in [((x, y), (y, far_x)), ((y, far_x), (far_x, far_y)), ((far_x, far_y), (far_y, x))] {
                    self.pixels.swap(at(a.0, a.1), at(b.0, b.1));
                }
            }
        }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Overwrites pixels so that the compiler cannot leave it out.
pub(super) fn wipe<T: Copy + Default>(pixels: &mut [T]) {
    pixels.fill(T::default());
    optimization_barrier(pixels);
}

/// Pictures resized, with the memory that this takes.
#[derive(Default)]
pub struct Resizer {
    row: Vec<u8>,
    reduced: Vec<u8>,
    sums: Vec<i32>,
    horizontal: Taps,
    vertical: Taps,
}

impl Resizer {
    /// Fills the upper left `width` x `height` of `target` with `part` of `picture`.
    ///
    /// Sizes beyond those of the target are cut; a part that is empty or not finite leaves the target as it is.
    pub fn resize(
        &mut self,
        picture: &RgbImage,
        part: &BoundingBox,
        (width, height): (usize, usize),
        target: &mut Plane,
    ) {
        let (width, height) = (width.min(target.width), height.min(target.height));
        let (columns, rows) = (picture.width() as usize, picture.height() as usize);
        if columns == 0 || rows == 0 || !usable(part) {
            return;
        }
        self.horizontal.plan(part.x, part.width, columns, width);
        self.vertical.plan(part.y, part.height, rows, height);
        let (first_row, last_row) = self.vertical.range();
        let (first_column, last_column) = self.horizontal.range();

        grow(&mut self.row, last_column - first_column);
        grow(&mut self.reduced, width * (last_row - first_row));
        grow(&mut self.sums, width);
        let bytes = picture.as_raw();
        for (row, reduced) in (first_row..last_row).zip(self.reduced.chunks_exact_mut(width.max(1))) {
            let line = &bytes[3 * (row * columns + first_column)..3 * (row * columns + last_column)];
            for (luma, rgb) in self.row.iter_mut().zip(line.chunks_exact(3)) {
                *luma = to_luma(rgb);
            }
            for (pixel, (start, weights)) in reduced.iter_mut().zip(self.horizontal.iter()) {
                let taps = self.row[start - first_column..].iter().zip(weights);
                *pixel = rounded(taps.map(|(&pixel, weight)| i32::from(pixel) * weight).sum());
            }
        }
        for ((start, weights), line) in self.vertical.iter().zip(target.pixels.chunks_exact_mut(target.width.max(1))) {
            let sums = &mut self.sums[..width];
            sums.fill(0);
            let above = self.reduced[(start - first_row) * width..].chunks_exact(width.max(1));
            for (row, weight) in above.zip(weights) {
                for (sum, &pixel) in sums.iter_mut().zip(row) {
                    *sum += i32::from(pixel) * weight;
                }
            }
            for (pixel, &sum) in line.iter_mut().zip(sums.iter()) {
                *pixel = rounded(sum);
            }
        }
    }

    /// Overwrites what is left of the pictures.
    pub fn wipe(&mut self) {
        wipe(&mut self.row);
        wipe(&mut self.reduced);
        wipe(&mut self.sums);
    }
}

impl Drop for Resizer {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// ITU-R BT.601 in 16 bits of fraction, rounded.
pub(super) fn to_luma(rgb: &[u8]) -> u8 {
    let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(u32::from);
    ((19_595 * r + 38_470 * g + 7_471 * b + 0x8000) >> 16) as u8
}

fn usable(part: &BoundingBox) -> bool {
    let BoundingBox { x, y, width, height } = *part;
    let near = |v: f64| v.abs() < 1e6;
    near(x) && near(y) && near(width) && near(height) && width > 0.0 && height > 0.0
}

fn rounded(sum: i32) -> u8 {
    ((sum + HALF) >> PRECISION).clamp(0, 255) as u8
}

/// Makes room without leaving copies of pixels behind.
fn grow<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) {
    if buffer.len() < length {
        wipe(buffer);
        *buffer = vec![T::default(); length];
    }
}

/// Which source pixels make each target pixel, and with what weights.
#[derive(Default)]
struct Taps {
    starts: Vec<(usize, usize)>,
    weights: Vec<i32>,
    exact: Vec<f64>,
}

impl Taps {
    fn plan(&mut self, from: f64, length: f64, source: usize, target: usize) {
        self.starts.clear();
        self.weights.clear();
        let scale = length / target as f64;
        let support = scale.max(1.0);
        let narrow = support.recip();
        for place in 0..target {
            let centre = from + (place as f64 + 0.5) * scale;
            // Casts saturate, so that what lies outside is cut to the picture.
            let first = ((centre - support + 0.5) as usize).min(source - 1);
            let last = ((centre + support + 0.5) as usize).clamp(first + 1, source);
            let weight = |pixel: usize| (1.0 - ((pixel as f64 - centre + 0.5) * narrow).abs()).max(0.0);
            self.exact.clear();
            self.exact.extend((first..last).map(weight));
            let sum = self.exact.iter().sum::<f64>();
            self.starts.push((first, self.weights.len()));
            if sum > 0.0 {
                let fixed = |weight: &f64| (weight * sum.recip() * f64::from(1 << PRECISION)).round() as i32;
                self.weights.extend(self.exact.iter().map(fixed));
            } else {
                // Wholly beyond an edge: the pixel at that edge.
                let at_end = centre > 0.0;
                self.weights.extend((first..last).map(|pixel| {
                    let nearest = if at_end { last - 1 } else { first };
                    if pixel == nearest { 1 << PRECISION } else { 0 }
                }));
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[i32])> {
        let ends = self.starts.iter().skip(1).map(|&(_, at)| at).chain([self.weights.len()]);
        self.starts.iter().zip(ends).map(|(&(start, at), end)| (start, &self.weights[at..end]))
    }

    /// First source pixel, and the one after the last.
    fn range(&self) -> (usize, usize) {
        let first = self.iter().map(|(start, _)| start).min().unwrap_or(0);
        let last = self.iter().map(|(start, weights)| start + weights.len()).max().unwrap_or(first);
        (first, last)
    }
}

#[cfg(test)]
#[path = "resize_tests.rs"]
mod tests;
