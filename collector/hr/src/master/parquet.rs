//! The master table as Parquet: numbers are numbers, days are days, and what is not known is null.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{BoolType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::Type;
use attune_ground::columns::{column, texts};
use jiff::civil::Date;

use super::features::{EMPLOYEE, FEATURES, Kind, Of};
use super::row::Row;

/// Rows of a group, all of which are in memory with who writes and with who reads it.
const GROUP: usize = 16_384;

/// A file that is written row by row.
pub struct Columns<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Vec<Row>,
}

impl<W: Write + Send> Columns<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Where it is not written.
    pub fn begin(to: W) -> Result<Self, ParquetError> {
        let writer = SerializedFileWriter::new(to, Arc::new(schema()?), Arc::new(WriterProperties::builder().build()))?;
        Ok(Self { writer, rows: Vec::new() })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where it is not written.
    pub fn row(&mut self, row: Row) -> Result<(), ParquetError> {
        self.rows.push(row);
        if self.rows.len() == GROUP { self.write() } else { Ok(()) }
    }

    /// Ends the file. Without this it can't be read.
    ///
    /// # Errors
    /// Where it is not written.
    pub fn end(mut self) -> Result<W, ParquetError> {
        self.write()?;
        self.writer.into_inner()
    }

    fn write(&mut self) -> Result<(), ParquetError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        write_rows(&mut group, &self.rows)?;
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}

/// The columns. Names with spaces can't be said in the language of schemas.
fn schema() -> Result<Type, ParquetError> {
    let employee = Type::primitive_type_builder(EMPLOYEE, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let mut fields = vec![Arc::new(employee)];
    for feature in &FEATURES {
        let (physical, logical) = match feature.kind() {
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Count => (Physical::INT64, None),
            Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Word => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Truth => (Physical::BOOLEAN, None),
        };
        let field = Type::primitive_type_builder(feature.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(field));
    }
    Type::group_type_builder("master").with_fields(fields).build()
}

fn write_rows<W: Write + Send>(group: &mut SerializedRowGroupWriter<'_, W>, rows: &[Row]) -> Result<(), ParquetError> {
    texts(group, rows.iter().map(|row| Some(row.employee.0.clone())))?;
    for feature in &FEATURES {
        match feature.of {
            Of::Number(of) => column::<DoubleType, W>(group, rows.iter().map(of))?,
            Of::Count(of) => column::<Int64Type, W>(group, rows.iter().map(of))?,
            Of::Day(of) => column::<Int32Type, W>(group, rows.iter().map(|row| of(row).map(day_number)))?,
            Of::Word(of) => texts(group, rows.iter().map(|row| of(row).map(Cow::into_owned)))?,
            Of::Truth(of) => column::<BoolType, W>(group, rows.iter().map(of))?,
        }
    }
    Ok(())
}

/// Days since 1970-01-01.
fn day_number(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}
