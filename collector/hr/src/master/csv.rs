//! The master table as CSV, a line at a time. No cell of it is a formula.

use std::iter::once;

use attune_ground::holdings::csv_line;

use super::features::{EMPLOYEE, FEATURES};
use super::row::Row;

/// The names of the columns.
#[must_use]
pub fn heading() -> String {
    csv_line(once(EMPLOYEE).chain(FEATURES.iter().map(|feature| feature.name)))
}

/// A row; what is not known is empty.
#[must_use]
pub fn line(row: &Row) -> String {
    let cells: Vec<String> =
        FEATURES.iter().map(|feature| feature.value(row).map(|value| value.to_string()).unwrap_or_default()).collect();
    csv_line(once(row.employee.0.as_str()).chain(cells.iter().map(String::as_str)))
}
