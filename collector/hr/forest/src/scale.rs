use super::error::Error;
use super::matrix::Matrix;

/// Columns brought to the mean 0 and the deviation 1, over all of the rows (not one less), as scikit-learn's `StandardScaler` does.
#[derive(Clone, PartialEq, Debug)]
pub struct Scale {
    means: Vec<f64>,
    /// 1 for a constant column.
    deviations: Vec<f64>,
}

impl Scale {
    /// Of some rows.
    pub fn fit(rows: Matrix<'_>) -> Result<Self, Error> {
        if rows.is_empty() {
            return Err(Error::NoRows);
        }
        let (means, deviations) = (0..rows.width()).map(|column| of_column(rows, column)).unzip();
        Ok(Self { means, deviations })
    }

    /// Rows in units of the columns' deviations.
    pub fn apply(&self, rows: Matrix<'_>) -> Result<Vec<f64>, Error> {
        if rows.width() != self.means.len() {
            return Err(Error::Width { wanted: self.means.len(), found: rows.width() });
        }
        let scaled = |row| self.apply_to(rows.row(row)).collect::<Vec<_>>();
        Ok((0..rows.len()).flat_map(scaled).collect())
    }

    /// A row of as many columns.
    pub(super) fn apply_to(&self, row: &[f64]) -> impl Iterator<Item = f64> {
        row.iter().zip(&self.means).zip(&self.deviations).map(|((value, mean), deviation)| (value - mean) / deviation)
    }

    /// For each column.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// For each column: what one unit of it is.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }
}

/// Mean and deviation.
fn of_column(rows: Matrix<'_>, column: usize) -> (f64, f64) {
    let count = rows.len() as f64;
    let mean = rows.column(column).sum::<f64>() / count;
    let (mut squares, mut rest) = (0.0, 0.0);
    for value in rows.column(column) {
        squares += (value - mean) * (value - mean);
        rest += value - mean;
    }
    // What the mean was rounded by is taken out again.
    let variance = ((squares - rest * rest / count) / count).max(0.0);
    // No more than rounding makes of a constant column.
    let of_mean = count * mean * f64::EPSILON;
    let rounding = count * f64::EPSILON * variance + of_mean * of_mean;
    (mean, if variance <= rounding { 1.0 } else { variance.sqrt() })
}
