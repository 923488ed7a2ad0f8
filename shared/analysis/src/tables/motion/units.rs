//! Whether accelerations can be of the unit that they should have: whatever moves, on average it is held against gravity.

use crate::tables::TableError;

/// Rows over which movement averages out, half a second at 50 Hz.
const TOGETHER: usize = 25;
/// Fewer runs of them say little.
const FEW: usize = 2;
/// What of gravity is left, m/s2, when a sensor is turned and swung: from half to twice of it.
const NEAR: std::ops::RangeInclusive<f64> = 4.9..=19.6;

/// Mean accelerations over short runs of rows.
#[derive(Default)]
pub(super) struct Gravity {
    sum: [f64; 3],
    rows: usize,
    means: Vec<f64>,
}

impl Gravity {
    pub(super) fn push(&mut self, acceleration: [f64; 3]) {
        self.sum.iter_mut().zip(acceleration).for_each(|(sum, axis)| *sum += axis);
        self.rows += 1;
        if self.rows == TOGETHER {
            let square = self.sum.iter().map(|sum| (sum / TOGETHER as f64).powi(2)).sum::<f64>();
            self.means.push(square.sqrt());
            (self.sum, self.rows) = ([0.0; 3], 0);
        }
    }

    /// Fails when 9.8 m/s2 are nowhere near.
    pub(super) fn check(mut self) -> Result<(), TableError> {
        self.means.sort_by(f64::total_cmp);
        let middle = self.means.get(self.means.len() / 2).copied().filter(|_| self.means.len() >= FEW);
        if middle.is_none_or(|middle| NEAR.contains(&middle)) {
            return Ok(());
        }
        let middle = middle.unwrap_or_default();
        Err(TableError::Content(format!(
            "its accelerations are about {middle:.2} on average, where gravity makes 9.8 m/s2: they are of another unit, or \
             without gravity, and are not taken. Call columns in g ax_g,ay_g,az_g, and export acceleration with gravity"
        )))
    }
}
