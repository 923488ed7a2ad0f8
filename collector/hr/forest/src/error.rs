/// Why there is no forest, or nothing that one says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is there.
    #[error("there are no rows")]
    NoRows,
    /// Too many people, columns, or none of these.
    #[error("a table of {values} values and {width} columns is none, or is too large")]
    Shape {
        /// How many values there are.
        values: usize,
        /// How many columns it is said to have.
        width: usize,
    },
    /// A value that cannot be compared: not a number, infinite, or so once it has 32 bits.
    #[error("the value in row {row}, column {column} is no number of 32 bits")]
    NoNumber {
        /// From 0 on.
        row: usize,
        /// From 0 on.
        column: usize,
    },
    /// Rows of another table.
    #[error("rows have {found} columns and not {wanted}")]
    Width {
        /// Of the forest.
        wanted: usize,
        /// Of the rows.
        found: usize,
    },
    /// A setting that means nothing, by its name.
    #[error("the setting {0} is out of bounds")]
    Setting(&'static str),
}
