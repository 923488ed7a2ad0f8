//! Where a head is turned: perspective n points on a stated model.

use super::landmarks::Landmarks;

type Vector = [f64; 3];
type Matrix = [Vector; 3];

/// Number of a landmark and its place on the anthropometric face of Martins and Batista (2008, University of Coimbra),
/// centimetres, in the axes of a camera that it looks at: x to the person's left, y down, z into the head.
const MODEL: [(usize, Vector); 13] = [
    (17, [-6.825_897, -6.760_612, -4.402_142]),
    (21, [-1.330_353, -7.122_144, -6.903_745]),
    (22, [1.330_353, -7.122_144, -6.903_745]),
    (26, [6.825_897, -6.760_612, -4.402_142]),
    (36, [-5.311_432, -5.485_328, -3.987_654]),
    (39, [-1.789_930, -5.393_625, -4.413_414]),
    (42, [1.789_930, -5.393_625, -4.413_414]),
    (45, [5.311_432, -5.485_328, -3.987_654]),
    (31, [-2.005_628, -1.409_845, -6.165_652]),
    (35, [2.005_628, -1.409_845, -6.165_652]),
    (48, [-2.774_015, 2.080_775, -5.048_531]),
    (54, [2.774_015, 2.080_775, -5.048_531]),
    (8, [0.0, 7.415_691, -4.070_434]),
];
const ITERATIONS: usize = 15;
/// A step that lowers the error by less than this share ends the search.
const ENOUGH: f64 = 1e-6;
/// Reprojection error, in distances of the eyes' outer corners, over which the points are no face. Ours.
const MOST_MISFIT: f64 = 0.2;

/// Where a head is turned, degrees, as its camera sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HeadPose {
    /// Positive when the person turns to their left.
    pub yaw: f64,
    /// Positive when the person looks up.
    pub pitch: f64,
    /// Positive when the head leans to its left.
    pub roll: f64,
}

impl HeadPose {
    /// The pose that reprojects the model onto the points with the least squared error: scaled orthographic projection
    /// (DeMenthon and Davis 1995) to begin with, then Levenberg-Marquardt on the perspective one.
    ///
    /// The camera is not calibrated: its focal length is taken to be the longer side of the frame, a field of view of
    /// 53 degrees. `None` when the points do not look like a face.
    #[must_use]
    pub fn of(landmarks: &Landmarks, frame_size: (u32, u32)) -> Option<Self> {
        let (width, height) = (f64::from(frame_size.0), f64::from(frame_size.1));
        let focal = width.max(height);
        let unit = landmarks.interocular();
        if focal <= 0.0 || !unit.is_finite() || unit <= 1.0 {
            return None;
        }
        // Image coordinates at a focal length of one.
        let target = |index: usize| {
            let (x, y) = landmarks.points[index];
            [(x - width / 2.0) / focal, (y - height / 2.0) / focal]
        };
        let targets = MODEL.map(|(index, _)| target(index));
        let placed = refine(begin(&targets)?, &targets)?;
        let misfit = (placed.error(&targets)? / MODEL.len() as f64).sqrt() * focal / unit;
        let pose = placed.angles();
        // Points in mirrored order fit the model seen from behind.
        (misfit <= MOST_MISFIT && pose.yaw.abs() < 90.0).then_some(pose)
    }
}

/// The model turned, then moved.
#[derive(Clone, Copy)]
struct Placed {
    rotation: Matrix,
    position: Vector,
}

impl Placed {
    /// Model points in the camera's axes; `None` when one is not before the camera.
    fn points(&self) -> Option<[Vector; MODEL.len()]> {
        let points = MODEL.map(|(_, point)| add(apply(&self.rotation, point), self.position));
        points.iter().all(|point| point[2] > 1e-6 && point.iter().all(|v| v.is_finite())).then_some(points)
    }

    /// Sum of squared distances between projections and targets.
    fn error(&self, targets: &[[f64; 2]; MODEL.len()]) -> Option<f64> {
        let points = self.points()?;
        let squares = points.iter().zip(targets).map(|([x, y, z], [u, v])| (x / z - u).powi(2) + (y / z - v).powi(2));
        Some(squares.sum())
    }

    fn moved(&self, step: &[f64; 6]) -> Self {
        let turn = rotation_by([step[0], step[1], step[2]]);
        let rotation = std::array::from_fn(|i| {
            std::array::from_fn(|j| (0..3).map(|k| turn[i][k] * self.rotation[k][j]).sum::<f64>())
        });
        Self { rotation, position: add(self.position, [step[3], step[4], step[5]]) }
    }

    fn angles(&self) -> HeadPose {
        // The nose points against z, the line between the eyes along x.
        let [nx, ny, nz] = apply(&self.rotation, [0.0, 0.0, -1.0]);
        let [ex, ey, _] = apply(&self.rotation, [1.0, 0.0, 0.0]);
        HeadPose {
            yaw: nx.atan2(-nz).to_degrees(),
            pitch: (-ny).atan2(nx.hypot(nz)).to_degrees(),
            roll: ey.atan2(ex).to_degrees(),
        }
    }
}

/// Under scaled orthographic projection, image coordinates are affine in the model's.
fn begin(targets: &[[f64; 2]; MODEL.len()]) -> Option<Placed> {
    let count = MODEL.len() as f64;
    let centre = MODEL.iter().fold([0.0; 3], |sum, (_, point)| add(sum, *point)).map(|v| v / count);
    let image = targets.iter().fold([0.0; 2], |sum, [u, v]| [sum[0] + u, sum[1] + v]).map(|v| v / count);
    let mut normal = [[0.0; 3]; 3];
    let mut sides = [[0.0; 3]; 2];
    for ((_, point), target) in MODEL.iter().zip(targets) {
        let from_centre: Vector = std::array::from_fn(|i| point[i] - centre[i]);
        add_product(&mut normal, &from_centre);
        for ((side, target), image) in sides.iter_mut().zip(target).zip(image) {
            *side = add(*side, from_centre.map(|v| v * (target - image)));
        }
    }
    let first = solve(normal, sides[0])?;
    let second = solve(normal, sides[1])?;
    let scale = (length(first) * length(second)).sqrt();
    let x = scaled(first)?;
    let z = scaled(cross(x, second))?;
    let rotation = [x, cross(z, x), z];
    let depth = 1.0 / scale;
    let turned = apply(&rotation, centre);
    let position = [image[0] * depth - turned[0], image[1] * depth - turned[1], depth - turned[2]];
    Some(Placed { rotation, position })
}

fn refine(mut placed: Placed, targets: &[[f64; 2]; MODEL.len()]) -> Option<Placed> {
    let mut error = placed.error(targets)?;
    let mut damping = 1e-3;
    for _ in 0..ITERATIONS {
        let (mut normal, side) = linearised(&placed, targets)?;
        for (i, row) in normal.iter_mut().enumerate() {
            row[i] *= 1.0 + damping;
        }
        let step = solve(normal, side)?;
        let moved = placed.moved(&step);
        match moved.error(targets) {
            Some(lower) if lower < error => {
                let gain = (error - lower) / error;
                (placed, error) = (moved, lower);
                damping *= 0.1;
                if gain < ENOUGH {
                    break;
                }
            }
            _ => damping *= 10.0,
        }
    }
    Some(placed)
}

/// Normal equations of the reprojection error in a small turn (left of the rotation) and a small movement.
fn linearised(placed: &Placed, targets: &[[f64; 2]; MODEL.len()]) -> Option<([[f64; 6]; 6], [f64; 6])> {
    let mut normal = [[0.0; 6]; 6];
    let mut side = [0.0; 6];
    for (point, target) in placed.points()?.into_iter().zip(targets) {
        let [x, y, z] = point;
        let turned: Vector = std::array::from_fn(|i| point[i] - placed.position[i]);
        let (u, v) = (x / z, y / z);
        // Rows of the derivative of (u, v) by the point, times the point's by turn and movement.
        let gradients = [[1.0 / z, 0.0, -u / z], [0.0, 1.0 / z, -v / z]];
        for (gradient, residual) in gradients.into_iter().zip([target[0] - u, target[1] - v]) {
            let turn = cross(turned, gradient);
            let row = [turn[0], turn[1], turn[2], gradient[0], gradient[1], gradient[2]];
            add_product(&mut normal, &row);
            for (sum, value) in side.iter_mut().zip(row) {
                *sum += value * residual;
            }
        }
    }
    Some((normal, side))
}

/// Adds a vector's product with itself.
fn add_product<const N: usize>(matrix: &mut [[f64; N]; N], vector: &[f64; N]) {
    for (sums, &a) in matrix.iter_mut().zip(vector) {
        for (sum, &b) in sums.iter_mut().zip(vector) {
            *sum += a * b;
        }
    }
}

/// Solves a linear system by Gaussian elimination with pivots; `None` when it is singular.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut side: [f64; N]) -> Option<[f64; N]> {
    for pivot in 0..N {
        let best = (pivot..N).max_by(|&a, &b| matrix[a][pivot].abs().total_cmp(&matrix[b][pivot].abs()))?;
        matrix.swap(pivot, best);
        side.swap(pivot, best);
        let head = matrix[pivot][pivot];
        if head.abs() <= 1e-30 {
            return None;
        }
        let (pivot_row, pivot_side) = (matrix[pivot], side[pivot]);
        for (row, slot) in matrix.iter_mut().zip(&mut side).skip(pivot + 1) {
            let factor = row[pivot] / head;
            for (value, above) in row.iter_mut().zip(pivot_row).skip(pivot) {
                *value -= factor * above;
            }
            *slot -= factor * pivot_side;
        }
    }
    for row in (0..N).rev() {
        let known = (row + 1..N).map(|column| matrix[row][column] * side[column]).sum::<f64>();
        side[row] = (side[row] - known) / matrix[row][row];
    }
    side.iter().all(|v| v.is_finite()).then_some(side)
}

/// Rodrigues' formula.
fn rotation_by(axis: Vector) -> Matrix {
    let angle = length(axis);
    if angle < 1e-12 {
        return [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    }
    let [x, y, z] = axis.map(|v| v / angle);
    let (sine, cosine) = angle.sin_cos();
    let rest = 1.0 - cosine;
    [
        [cosine + x * x * rest, x * y * rest - z * sine, x * z * rest + y * sine],
        [y * x * rest + z * sine, cosine + y * y * rest, y * z * rest - x * sine],
        [z * x * rest - y * sine, z * y * rest + x * sine, cosine + z * z * rest],
    ]
}

fn apply(matrix: &Matrix, v: Vector) -> Vector {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn add(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn length(v: Vector) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn scaled(v: Vector) -> Option<Vector> {
    let length = length(v);
    (length > 1e-12).then(|| v.map(|x| x / length))
}

/// Landmarks of the model as a camera sees it, for tests; points that the model lacks are made up between its own.
#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// Of a head at `position` (centimetres) turned by `turn` (axis times radians in the camera's axes).
    pub(in crate::face) fn seen(turn: Vector, position: Vector, (width, height): (u32, u32)) -> Landmarks {
        let placed = Placed { rotation: rotation_by(turn), position };
        let (width, height) = (f64::from(width), f64::from(height));
        let project = |point: Vector| {
            let [x, y, z] = add(apply(&placed.rotation, point), placed.position);
            let focal = width.max(height);
            (x / z * focal + width / 2.0, y / z * focal + height / 2.0)
        };
        // An oval of the jaw and the brows; eyes 3.5 wide and 1 high; a mouth half as high as wide.
        let jaw = |i: usize| {
            let angle = (i as f64 / 16.0 - 0.5) * std::f64::consts::PI;
            [7.5 * angle.sin(), -5.0 + 12.4 * angle.cos(), -1.0 - 3.0 * angle.cos()]
        };
        let mut points: [Vector; 68] = std::array::from_fn(|i| match i {
            0..=16 => jaw(i),
            17..=26 => [-6.8 + 13.6 * (i - 17) as f64 / 9.0, -6.9, -5.5],
            27..=30 => [0.0, -5.0 + (i - 27) as f64, -7.0],
            31..=35 => [-2.0 + (i - 31) as f64, -1.4, -6.2],
            _ => [0.0, 2.0, -5.5],
        });
        for (index, point) in MODEL {
            points[index] = point;
        }
        for eye in [36, 42] {
            let (first, last) = (points[eye], points[eye + 3]);
            let along = |share: f64, y: f64| {
                let place: Vector = std::array::from_fn(|k| first[k] + share * (last[k] - first[k]));
                [place[0], place[1] + y, place[2]]
            };
            points[eye + 1] = along(1.0 / 3.0, -0.5);
            points[eye + 2] = along(2.0 / 3.0, -0.5);
            points[eye + 4] = along(2.0 / 3.0, 0.5);
            points[eye + 5] = along(1.0 / 3.0, 0.5);
        }
        (points[62], points[66]) = ([0.0, 1.5, -5.5], [0.0, 2.5, -5.5]);
        Landmarks { points: points.map(project), eyes_open: None }
    }
}

#[cfg(test)]
#[path = "pose_tests.rs"]
mod tests;
