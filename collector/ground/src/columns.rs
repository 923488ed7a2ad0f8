//! Columns of Parquet, written by hand: what subjects that hand out tables share.

use std::io::Write;

use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedRowGroupWriter;

/// The next column of a group, of text.
///
/// # Errors
/// Where it is not written.
pub fn texts<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<String>>,
) -> Result<(), ParquetError> {
    column::<ByteArrayType, W>(group, values.map(|value| value.map(|text| ByteArray::from(text.into_bytes()))))
}

/// The next column of a group; what is none is null.
///
/// # Errors
/// Where it is not written, also for want of such a column in the schema.
pub fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut known, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        known.extend(value);
    }
    let more = || ParquetError::General("more columns than the schema has".to_owned());
    let mut column = group.next_column()?.ok_or_else(more)?;
    column.typed::<T>().write_batch(&known, Some(&levels), None)?;
    column.close()
}
