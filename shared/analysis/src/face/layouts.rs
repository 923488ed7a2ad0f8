//! The outputs of detectors, ours and others', to faces in pixels of the network's input.

use super::BoundingBox;
use super::detection::Detection;
use crate::networks::fit::{ULTRAFACE, ULTRAFACE_BOXES, YUNET, YUNET_STRIDES};
use crate::networks::{Entry, Outputs};

/// How a detector lays out what it found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layout {
    /// Rows of score, two corners and five points, in pixels.
    Rows,
    /// Class and objectness scores, centre-coded boxes and five points for the cells of three strides, as YuNet gives
    /// them (Wu et al. 2023, <https://doi.org/10.1007/s11633-023-1423-y>).
    Yunet,
    /// Scores of background and face, and offsets from the boxes that cells start from, as UltraFace gives them
    /// (<https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB>); no points.
    Ultraface,
}

impl Layout {
    /// Of an entry that was checked when it was loaded.
    pub(super) fn of(entry: &Entry) -> Self {
        match entry.layout.as_deref() {
            Some(YUNET) => Self::Yunet,
            Some(ULTRAFACE) => Self::Ultraface,
            _ => Self::Rows,
        }
    }

    /// Everything that scores at least `threshold` and makes sense, in pixels of an input `width` x `height`.
    pub(super) fn read(self, outputs: &Outputs<'_>, (width, height): (usize, usize), threshold: f64) -> Vec<Detection> {
        let mut found = Vec::new();
        let mut take = |score: f64, corners: [f64; 4], points: Option<[(f64, f64); 5]>| {
            let [x1, y1, x2, y2] = corners;
            let bounds = BoundingBox { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
            let usable = corners.iter().all(|v| v.is_finite()) && bounds.width > 0.0 && bounds.height > 0.0;
            let known = points.is_none_or(|points| points.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
            if score >= threshold && usable && known {
                found.push(Detection { score: score.min(1.0), bounds, points });
            }
        };
        match self {
            Self::Rows => {
                for row in values(outputs, "detections").as_chunks::<15>().0 {
                    let value = |i: usize| f64::from(row[i]);
                    let points = std::array::from_fn(|i| (value(5 + 2 * i), value(6 + 2 * i)));
                    take(value(0), [value(1), value(2), value(3), value(4)], Some(points));
                }
            }
            Self::Ultraface => {
                let scores = values(outputs, "scores").as_chunks::<2>().0;
                let coded = values(outputs, "boxes").as_chunks::<4>().0;
                for ((&[_, score], coded), (x, y, side)) in scores.iter().zip(coded).zip(first_boxes(width, height)) {
                    let [dx, dy, wider, higher] = coded.map(f64::from);
                    let (x, y) = (x + 0.1 * dx * side, y + 0.1 * dy * side);
                    let half = [wider, higher].map(|size| (0.2 * size).exp() * side / 2.0);
                    take(f64::from(score), [x - half[0], y - half[1], x + half[0], y + half[1]], None);
                }
            }
            Self::Yunet => {
                for stride in YUNET_STRIDES {
                    let [class, object, boxes, points] =
                        ["cls", "obj", "bbox", "kps"].map(|kind| values(outputs, &format!("{kind}_{stride}")));
                    let columns = (width / stride).max(1);
                    let cells = class.iter().zip(object).zip(boxes.as_chunks::<4>().0).zip(points.as_chunks::<10>().0);
                    for (cell, (((&class, &object), coded), points)) in cells.enumerate() {
                        let score = f64::from((class * object).clamp(0.0, 1.0)).sqrt();
                        if score < threshold {
                            continue;
                        }
                        let corner = ((cell % columns) as f64, (cell / columns) as f64);
                        let pixels = |offset: f32, from: f64| (f64::from(offset) + from) * stride as f64;
                        let (x, y) = (pixels(coded[0], corner.0), pixels(coded[1], corner.1));
                        let half = [coded[2], coded[3]].map(|size| f64::from(size).exp() * stride as f64 / 2.0);
                        let points = std::array::from_fn(|i| {
                            (pixels(points[2 * i], corner.0), pixels(points[2 * i + 1], corner.1))
                        });
                        take(score, [x - half[0], y - half[1], x + half[0], y + half[1]], Some(points));
                    }
                }
            }
        }
        found
    }
}

/// Centres and sides, in pixels, of the boxes that UltraFace's cells start from.
fn first_boxes(width: usize, height: usize) -> impl Iterator<Item = (f64, f64, f64)> {
    ULTRAFACE_BOXES.into_iter().flat_map(move |(stride, sides)| {
        let centre = move |cell: usize, whole: usize| ((cell as f64 + 0.5) * stride as f64).min(whole as f64);
        let cells = (0..height.div_ceil(stride)).flat_map(move |y| (0..width.div_ceil(stride)).map(move |x| (x, y)));
        cells.flat_map(move |(x, y)| sides.iter().map(move |&side| (centre(x, width), centre(y, height), side)))
    })
}

fn values<'a>(outputs: &'a Outputs<'_>, role: &str) -> &'a [f32] {
    outputs.get(role).unwrap_or_default()
}
