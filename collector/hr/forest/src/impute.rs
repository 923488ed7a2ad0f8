//! Blanks filled with medians, as scikit-learn's `SimpleImputer(strategy="median", add_indicator=True)` does.
//!
//! The flags of blanks are for people and go into no forest: Elara's takes none, and with them the unusual pattern would be what the
//! organisation does not know of somebody. A page says of a filled value that it is not known.

use super::error::Error;

/// What blanks of each column are filled with.
#[derive(Clone, PartialEq, Debug)]
pub struct Medians(Vec<f64>);

/// Rows without blanks, and where there were some.
#[derive(Clone, PartialEq, Debug)]
pub struct Filled {
    /// Row by row.
    pub values: Vec<f64>,
    /// For each value whether it was blank.
    pub blank: Vec<bool>,
}

impl Medians {
    /// Of the values that are there; 0 for a column without any, which then tells nobody from another.
    pub fn fit(values: &[Option<f64>], width: usize) -> Result<Self, Error> {
        check(values, width)?;
        let column =
            |column: usize| -> Vec<f64> { values.iter().skip(column).step_by(width).copied().flatten().collect() };
        Ok(Self((0..width).map(|place| median(column(place)).unwrap_or(0.0)).collect()))
    }

    /// One for each column.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Fills rows of the same columns.
    pub fn fill(&self, values: &[Option<f64>]) -> Result<Filled, Error> {
        check(values, self.0.len())?;
        Ok(Filled {
            values: values.iter().zip(self.0.iter().cycle()).map(|(value, median)| value.unwrap_or(*median)).collect(),
            blank: values.iter().map(Option::is_none).collect(),
        })
    }
}

fn check(values: &[Option<f64>], width: usize) -> Result<(), Error> {
    if width == 0 || !values.len().is_multiple_of(width) {
        return Err(Error::Shape { values: values.len(), width });
    }
    match values.iter().position(|value| value.is_some_and(|value| !(value as f32).is_finite())) {
        Some(place) => Err(Error::NoNumber { row: place / width, column: place % width }),
        None => Ok(()),
    }
}

/// The middle one; between two the half way.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let high = *values.get(middle)?;
    Some(if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], high) } else { high })
}
