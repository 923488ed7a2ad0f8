use super::grid::{Cell, RATE};

/// Standard deviation under which a second is still, g (van Hees et al. 2014).
const STILL: f64 = 0.013;
/// Mean amplitude deviation from which a movement is as large as walking, g: the lower bound of moderate activity of
/// Vaha-Ypya et al. 2015.
const AS_LARGE_AS_WALKING: f64 = 0.091;
/// Length of the epochs of the mean amplitude deviation, cells: 5 s.
const EPOCH: usize = 5 * RATE;
/// Under this mean acceleration, g, the device was turned about, and no direction is that of gravity. Ours.
const LEAST_GRAVITY: f64 = 0.3;

/// The cells of a window; `None` where nothing is known.
pub(super) struct WindowCells<'a>(pub(super) &'a [Option<Cell>]);

impl WindowCells<'_> {
    pub(super) fn known(&self) -> impl Iterator<Item = &Cell> {
        self.0.iter().flatten()
    }

    /// Mean amplitude deviation: mean distance of the magnitude from its mean, over epochs of 5 s, g.
    pub(super) fn intensity(&self) -> Option<f64> {
        weighted(self.0.chunks(EPOCH).map(|epoch| (deviation(epoch), known(epoch))))
    }

    /// Euclidean norm minus one, negative values as zero: mean, g.
    pub(super) fn enmo(&self) -> Option<f64> {
        mean(self.known().map(|cell| (cell.magnitude() - 1.0).max(0.0)))
    }

    /// Angle between gravity and the device's z axis, degrees.
    pub(super) fn tilt(&self) -> Option<f64> {
        let [x, y, z] = [0, 1, 2].map(|axis| mean(self.known().map(|cell| cell.acceleration[axis])));
        let (x, y, z) = (x?, y?, z?);
        let length = (x * x + y * y + z * z).sqrt();
        (length >= LEAST_GRAVITY).then(|| (z / length).clamp(-1.0, 1.0).acos().to_degrees())
    }

    /// Mean norm of the derivative of acceleration, g/s.
    pub(super) fn jerk(&self) -> Option<f64> {
        mean(self.0.windows(2).filter_map(|pair| {
            let (a, b) = (pair[0]?, pair[1]?);
            let square = (0..3).map(|i| (b.acceleration[i] - a.acceleration[i]).powi(2)).sum::<f64>();
            Some(square.sqrt() * RATE as f64)
        }))
    }

    /// Share of seconds that are still.
    pub(super) fn stillness(&self) -> Option<f64> {
        self.share_of_seconds(is_still)
    }

    /// Share of seconds with movements that are smaller than walking, yet not stillness.
    pub(super) fn fidget(&self) -> Option<f64> {
        self.share_of_seconds(|second| !is_still(second) && deviation(second) < AS_LARGE_AS_WALKING)
    }

    /// The magnitudes of the longest time without a gap.
    pub(super) fn longest_run(&self) -> Vec<f64> {
        let run = self.0.split(Option::is_none).max_by_key(|run| run.len()).unwrap_or_default();
        run.iter().flatten().map(Cell::magnitude).collect()
    }

    fn share_of_seconds(&self, is: impl Fn(&[Option<Cell>]) -> bool) -> Option<f64> {
        let seconds = self.0.chunks(RATE).filter(|second| 10 * known(second) >= 9 * RATE);
        mean(seconds.map(|second| if is(second) { 1.0 } else { 0.0 }))
    }
}

/// By the root of the mean variance of the three axes, which is the same in every orientation.
fn is_still(second: &[Option<Cell>]) -> bool {
    let variance = |axis: usize| {
        let values = || second.iter().flatten().map(move |cell| cell.acceleration[axis]);
        let centre = mean(values()).unwrap_or_default();
        mean(values().map(|v| (v - centre).powi(2))).unwrap_or_default()
    };
    ((variance(0) + variance(1) + variance(2)) / 3.0).sqrt() < STILL
}

fn deviation(cells: &[Option<Cell>]) -> f64 {
    let magnitudes = || cells.iter().flatten().map(Cell::magnitude);
    let centre = mean(magnitudes()).unwrap_or_default();
    mean(magnitudes().map(|m| (m - centre).abs())).unwrap_or_default()
}

fn known(cells: &[Option<Cell>]) -> usize {
    cells.iter().flatten().count()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    weighted(values.map(|value| (value, 1)))
}

fn weighted(values: impl Iterator<Item = (f64, usize)>) -> Option<f64> {
    let (sum, all) = values.fold((0.0, 0), |(sum, all), (value, weight)| (sum + value * weight as f64, all + weight));
    (all > 0).then(|| sum / all as f64)
}
