use crate::sample::{MotionSample, Timestamp};

/// Cells a second.
pub(super) const RATE: usize = 50;
const CELL_MICROS: i64 = 1_000_000 / RATE as i64;
/// Between samples further apart nothing is known.
const MAX_GAP_MICROS: i64 = 250_000;
const STANDARD_GRAVITY: f64 = 9.806_65;
/// No wearable measures more: 100 g and 11,000 degrees a second.
const MAX_ACCELERATION: f64 = 981.0;
const MAX_ANGULAR_RATE: f64 = 200.0;

/// The mean of 20 ms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Cell {
    /// Cells since 1970.
    pub(super) index: i64,
    /// Acceleration with gravity, g.
    pub(super) acceleration: [f64; 3],
    /// Angular rate, rad/s; zero without a gyroscope.
    pub(super) gyroscope: [f64; 3],
}

impl Cell {
    /// Length of the acceleration, g.
    pub(super) fn magnitude(&self) -> f64 {
        self.acceleration.iter().map(|a| a * a).sum::<f64>().sqrt()
    }
}

/// The cell that an instant falls in.
pub(super) fn cell_of(at: Timestamp) -> i64 {
    at.0.div_euclid(CELL_MICROS)
}

/// Lays jittered samples of any rate on the grid: each cell holds the mean, over its 20 ms, of the straight lines
/// between the samples. That is interpolation for slow sensors and a filter against aliasing for fast ones.
#[derive(Default)]
pub(super) struct Grid {
    last: Option<(i64, [f64; 6])>,
    open: Option<OpenCell>,
}

#[derive(Clone, Copy)]
struct OpenCell {
    index: i64,
    covered: i64,
    sum: [f64; 6],
}

impl Grid {
    /// Takes a sample in and passes on the cells that it completes; says whether it was taken.
    pub(super) fn push(&mut self, sample: &MotionSample, mut done: impl FnMut(Cell)) -> bool {
        let Some(values) = values(sample) else { return false };
        let now = sample.at.0;
        let before = self.last;
        if before.is_some_and(|(then, _)| now <= then) {
            return false;
        }
        self.last = Some((now, values));
        let Some((then, old)) = before else { return true };
        if now.saturating_sub(then) > MAX_GAP_MICROS {
            self.flush(&mut done);
            return true;
        }
        let line = |middle: f64| std::array::from_fn(|i| old[i] + (values[i] - old[i]) * middle);
        self.lay(then, now, line, &mut done);
        true
    }

    /// Lays on the grid what lies between two instants; `mean` gives it at a share of the time between them.
    fn lay(&mut self, then: i64, now: i64, mean: impl Fn(f64) -> [f64; 6], done: &mut impl FnMut(Cell)) {
        let mut from = then;
        while from < now {
            let index = from.div_euclid(CELL_MICROS);
            let to = now.min(index.saturating_add(1).saturating_mul(CELL_MICROS));
            let middle = ((from - then) as f64 + (to - then) as f64) / 2.0 / (now - then) as f64;
            self.add(index, to - from, mean(middle), done);
            from = to;
        }
    }

    /// Passes on the cell that is under way, if enough of it is known.
    pub(super) fn finish(&mut self, mut done: impl FnMut(Cell)) {
        self.flush(&mut done);
    }

    /// The cells up to `end` that no sample has completed: as if the latest one held, unless what is known of them ends before.
    pub(super) fn until(&self, end: Timestamp) -> Vec<Cell> {
        let Some((at, values)) = self.last.filter(|&(at, _)| at < end.0) else { return Vec::new() };
        let mut copy = Self { last: self.last, open: self.open };
        let mut cells = Vec::new();
        if end.0.saturating_sub(at) <= MAX_GAP_MICROS {
            copy.lay(at, end.0, |_| values, &mut |cell| cells.push(cell));
        }
        copy.flush(&mut |cell| cells.push(cell));
        cells
    }

    /// Whether what is known goes on to `end`, when nothing more is told before it.
    pub(super) fn reaches(&self, end: Timestamp) -> bool {
        self.last.is_some_and(|(at, _)| end.0.saturating_sub(at) <= MAX_GAP_MICROS)
    }

    /// The latest instant seen.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.last.map(|(at, _)| Timestamp(at))
    }

    fn add(&mut self, index: i64, micros: i64, mean: [f64; 6], done: &mut impl FnMut(Cell)) {
        if self.open.as_ref().is_some_and(|open| open.index != index) {
            self.flush(done);
        }
        let open = self.open.get_or_insert(OpenCell { index, covered: 0, sum: [0.0; 6] });
        open.covered += micros;
        for (sum, mean) in open.sum.iter_mut().zip(mean) {
            *sum += mean * micros as f64;
        }
        if open.covered == CELL_MICROS {
            self.flush(done);
        }
    }

    /// A cell of which less than half is known stays unknown.
    fn flush(&mut self, done: &mut impl FnMut(Cell)) {
        let Some(OpenCell { index, covered, sum }) = self.open.take() else { return };
        if 2 * covered >= CELL_MICROS {
            let [x, y, z, u, v, w] = sum.map(|sum| sum / covered as f64);
            done(Cell { index, acceleration: [x, y, z], gyroscope: [u, v, w] });
        }
    }
}

fn values(sample: &MotionSample) -> Option<[f64; 6]> {
    let [x, y, z] = sample.acceleration;
    let [u, v, w] = sample.gyroscope.unwrap_or_default();
    let within = |values: [f64; 3], limit: f64| values.iter().all(|v| v.abs() <= limit);
    let taken = within([x, y, z], MAX_ACCELERATION) && within([u, v, w], MAX_ANGULAR_RATE);
    taken.then(|| [x / STANDARD_GRAVITY, y / STANDARD_GRAVITY, z / STANDARD_GRAVITY, u, v, w])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(times: impl IntoIterator<Item = i64>, value: impl Fn(f64) -> f64) -> Vec<Cell> {
        let (mut grid, mut cells) = (Grid::default(), Vec::new());
        for at in times {
            let acceleration = [value(at as f64 / 1e6) * STANDARD_GRAVITY, 0.0, 0.0];
            grid.push(&MotionSample { at: Timestamp(at), acceleration, gyroscope: None }, |cell| cells.push(cell));
        }
        cells
    }

    #[test]
    fn a_straight_line_is_kept_at_any_rate_and_jitter() {
        for step in [5_000, 9_700, 20_000, 31_250, 40_000] {
            let cells = lay((0..200).map(|i| i * step + (i * i * 7919) % 3000), |t| 0.1 * t);
            assert!(cells.len() as i64 + 2 >= 199 * step / CELL_MICROS);
            for cell in &cells[1..] {
                let middle = (cell.index as f64 + 0.5) / RATE as f64;
                assert!((cell.acceleration[0] - 0.1 * middle).abs() < 1e-9, "{cell:?}");
            }
        }
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let cells = lay((0..50).chain(70..100).map(|i| i * 20_000), |_| 1.0);
        let indexes: Vec<_> = cells.iter().map(|cell| cell.index).collect();
        assert_eq!(indexes, (0..49).chain(70..99).collect::<Vec<_>>());
    }

    #[test]
    fn faster_movement_than_the_grid_can_hold_is_filtered_out() {
        let cells = lay((0..2000).map(|i| i * 5_000), |t| (std::f64::consts::TAU * 95.0 * t).sin());
        assert!(cells.iter().all(|cell| cell.acceleration[0].abs() < 0.15));
    }

    #[test]
    fn what_no_sensor_gives_is_left_out() {
        let mut grid = Grid::default();
        for value in [f64::NAN, f64::INFINITY, 1e300] {
            let at = Timestamp(0);
            assert!(!grid.push(&MotionSample { at, acceleration: [0.0, value, 0.0], gyroscope: None }, |_| ()));
            let gyroscope = Some([value, 0.0, 0.0]);
            assert!(!grid.push(&MotionSample { at, acceleration: [0.0; 3], gyroscope }, |_| ()));
        }
    }
}
