use std::ops::Range;

use super::error::Error;

/// More columns than any table of ours has.
const WIDEST: usize = 1000;
/// More people than any organisation has; their places have 32 bits.
const MOST: usize = 100_000_000;

/// Rows one after the other, all of the same width. Each value is a number, and still one with 32 bits.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    values: &'a [f64],
    width: usize,
}

impl<'a> Matrix<'a> {
    /// Of values that stand row by row. There may be none.
    pub fn new(values: &'a [f64], width: usize) -> Result<Self, Error> {
        let shaped =
            (1..=WIDEST).contains(&width) && values.len().is_multiple_of(width) && values.len() / width <= MOST;
        if !shaped {
            return Err(Error::Shape { values: values.len(), width });
        }
        match values.iter().position(|value| !(*value as f32).is_finite()) {
            Some(place) => Err(Error::NoNumber { row: place / width, column: place % width }),
            None => Ok(Self { values, width }),
        }
    }

    /// Of values that were looked at before, or follow from such.
    pub(super) fn known(values: &'a [f64], width: usize) -> Self {
        Self { values, width }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One of the rows.
    pub fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.width..][..self.width]
    }

    /// A column from above.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> + use<'a> {
        self.values.iter().skip(column).step_by(self.width).copied()
    }

    /// Some rows as trees compare them: with 32 bits, as scikit-learn has them, or ties would fall otherwise.
    pub(super) fn narrowed(&self, rows: Range<usize>) -> Vec<f32> {
        self.values[rows.start * self.width..rows.end * self.width].iter().map(|value| *value as f32).collect()
    }
}
