use attune_ground::GroundError;
use attune_ground::holdings::{Parcel, csv_line};

/// Begins a table as CSV.
pub(super) async fn begin<const N: usize>(
    parcel: &mut Parcel,
    name: &str,
    columns: [&str; N],
) -> Result<(), GroundError> {
    parcel.file(name).await?;
    parcel.put(csv_line(columns)).await
}

/// Adds a row to it.
pub(super) async fn row<const N: usize>(parcel: &mut Parcel, cells: &[String; N]) -> Result<(), GroundError> {
    parcel.put(csv_line(cells.iter().map(String::as_str))).await
}

/// A number, or nothing.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
