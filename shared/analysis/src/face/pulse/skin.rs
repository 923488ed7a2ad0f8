use std::ops::Range;

use image::RgbImage;

use crate::face::landmarks::Landmarks;

/// The outline is drawn in towards its centre, so that nothing of the background comes in.
const INSET: f64 = 0.9;
/// Eyes and mouth are left out with so much of their size around them.
const MARGIN: f64 = 0.3;
/// About so many rows and columns of the face are read.
const LINES: f64 = 96.0;
/// With fewer pixels of skin the noise of the camera is stronger than the pulse. Ours.
const LEAST_PIXELS: u32 = 400;
/// Values that a camera has not clipped.
const UNCLIPPED: std::ops::RangeInclusive<u8> = 10..=245;
/// Corners of the outline: the jaw, and the brows back.
const CORNERS: usize = 27;

/// Mean red, green and blue of the skin of a face, 0 to 255; none where there is too little of it.
///
/// Skin are the pixels between jaw and brows, less eyes and mouth, whose chrominance is within the bounds of Chai and
/// Ngan (1999), which hold for skin of every lightness.
pub(in crate::face) fn skin_colour(frame: &RgbImage, landmarks: &Landmarks) -> Option<[f64; 3]> {
    let outline = outline(landmarks)?;
    let holes = [36..42, 42..48, 48..60].map(|feature| hole(landmarks, feature));
    let ((left, right), (top, bottom)) = (range(outline.map(|p| p.0)), range(outline.map(|p| p.1)));
    let step = |from: f64, to: f64| (((to - from) / LINES) as usize).max(1);
    let (across, down) = (step(left, right), step(top, bottom));
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let bytes = frame.as_raw();
    // Casts saturate, so that what lies outside is cut to the picture.
    let rows = (top.ceil() as usize..height.min(bottom.ceil() as usize)).step_by(down);
    let mut sums = [0u64; 3];
    let mut count = 0u32;
    for row in rows {
        let y = row as f64;
        let mut crossings = [0.0; CORNERS];
        let crossed = cross(&outline, y, &mut crossings);
        for inside in crossings[..crossed].chunks_exact(2) {
            for column in (inside[0].ceil() as usize..width.min(inside[1].ceil() as usize)).step_by(across) {
                let x = column as f64;
                let pixel = &bytes[3 * (row * width + column)..][..3];
                let in_hole = |(xs, ys): &(Range<f64>, Range<f64>)| xs.contains(&x) && ys.contains(&y);
                if is_skin(pixel) && !holes.iter().any(in_hole) {
                    sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u64::from(value));
                    count += 1;
                }
            }
        }
    }
    (count >= LEAST_PIXELS).then(|| sums.map(|sum| sum as f64 / f64::from(count)))
}

fn outline(landmarks: &Landmarks) -> Option<[(f64, f64); CORNERS]> {
    let points = &landmarks.points;
    let (cx, cy) = landmarks.centre();
    let drawn_in = |(x, y): (f64, f64)| (cx + INSET * (x - cx), cy + INSET * (y - cy));
    let corners = std::array::from_fn(|i| drawn_in(points[if i < 17 { i } else { 43 - i }]));
    corners.iter().all(|(x, y)| x.is_finite() && y.is_finite()).then_some(corners)
}

fn hole(landmarks: &Landmarks, feature: Range<usize>) -> (Range<f64>, Range<f64>) {
    let points = &landmarks.points[feature];
    let wider = |values: (f64, f64)| {
        let margin = MARGIN * (values.1 - values.0);
        values.0 - margin..values.1 + margin
    };
    (wider(range(points.iter().map(|p| p.0))), wider(range(points.iter().map(|p| p.1))))
}

fn range(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)))
}

/// Where a row crosses the outline, from left to right; gives their number, which is even.
fn cross(outline: &[(f64, f64); CORNERS], y: f64, crossings: &mut [f64; CORNERS]) -> usize {
    let mut count = 0;
    for (i, &(x0, y0)) in outline.iter().enumerate() {
        let (x1, y1) = outline[(i + 1) % CORNERS];
        if (y0 <= y) != (y1 <= y) {
            crossings[count] = x0 + (y - y0) / (y1 - y0) * (x1 - x0);
            count += 1;
        }
    }
    crossings[..count].sort_unstable_by(f64::total_cmp);
    count
}

fn is_skin(pixel: &[u8]) -> bool {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
    // ITU-R BT.601 with 8 bits of fraction.
    let cb = 128 + ((-38 * r - 74 * g + 112 * b) >> 8);
    let cr = 128 + ((112 * r - 94 * g - 18 * b) >> 8);
    pixel.iter().all(|value| UNCLIPPED.contains(value)) && (77..=127).contains(&cb) && (133..=173).contains(&cr)
}
