//! Why a file is not read at all, and what to do about it.

use serde::Serialize;

use crate::rows::Table;

use super::schema;

/// Why a file is not read at all. Nothing of it is taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Refusal {
    /// It has no bytes, or nothing but blanks.
    Empty,
    /// A web page.
    Html,
    /// XML that is no workbook we read.
    Xml,
    /// Excel 97-2003.
    OldExcel,
    /// OpenDocument.
    OpenDocument,
    /// Excel's binary workbook.
    BinaryExcel,
    /// Another office file or archive.
    OtherArchive,
    /// PDF, picture or other bytes that are no table.
    Binary,
    /// Protected with a password.
    Password,
    /// Cut off, or not as its format says.
    Damaged,
    /// Declares entities.
    Entities,
    /// Unpacks to far more than it may.
    Bomb,
    /// More bytes than a workbook may have.
    TooLarge,
    /// More rows than a file may have.
    TooManyRows,
    /// More columns than a table may have.
    TooManyColumns,
    /// A row that is longer than any can be.
    RowTooLong {
        /// Which.
        row: u32,
    },
    /// A quote that is not closed, so that it is not sure where rows end.
    OpenQuote {
        /// Where it opens.
        row: u32,
    },
    /// No row has the headings of a table.
    NoHeadings,
    /// Needed columns are not there.
    Missing {
        /// Their headings.
        columns: Vec<String>,
    },
    /// Another table than it was said to be.
    LooksLike {
        /// Which it looks like.
        table: Table,
    },
    /// Dates with the day first and dates with the month first.
    DateClash {
        /// A row with the day first.
        day_first: u32,
        /// A row with the month first.
        month_first: u32,
    },
    /// Numbers with decimal commas and numbers with decimal points.
    DecimalClash {
        /// A row with a point.
        point: u32,
        /// A row with a comma.
        comma: u32,
    },
    /// More employees than a file may have.
    TooManyEmployees,
}

impl Refusal {
    /// What is wrong and what to do, in plain words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let fixed = match self {
            Self::Empty => "The file is empty. Choose the file that has the rows.",
            Self::Html => "This is a web page (HTML), not an Excel file. Open it in Excel and save it as .xlsx or CSV.",
            Self::Xml => "This is an XML file. Open it in Excel and save it as .xlsx or CSV.",
            Self::OldExcel => "This is an Excel 97-2003 file. Save it as .xlsx.",
            Self::OpenDocument => "This is an OpenDocument file. Save it as .xlsx or CSV.",
            Self::BinaryExcel => "This is a binary Excel file (.xlsb). Save it as .xlsx.",
            Self::OtherArchive => "This is an archive or another office file, not a table. Choose a .xlsx or CSV file.",
            Self::Binary => "This file is no table of text. Choose a .xlsx or CSV file.",
            Self::Password => "The file is protected with a password. Save it without one.",
            Self::Damaged => "The file is damaged, perhaps cut off. Send it again, or save it anew in Excel.",
            Self::Entities => {
                "The file is not a plain Excel file: it declares XML entities. Open it in Excel and save it anew."
            }
            Self::Bomb => "The file unpacks to far more than it may. Copy the rows into a new file and save that.",
            Self::TooLarge => "The workbook is too large. Save the sheet as CSV.",
            Self::TooManyRows => "The file has too many rows. Split it.",
            Self::TooManyColumns => "The file has more than 1,000 columns. Keep only those of the table.",
            Self::NoHeadings => {
                "No row has the headings of one of the six tables. The first row has to name the columns."
            }
            Self::TooManyEmployees => "The file has too many employees. Split it.",
            Self::RowTooLong { row } => {
                return format!("Row {row} is too long to be a row. Look whether its line ends are right.");
            }
            Self::OpenQuote { row } => {
                return format!(
                    "Row {row} has a quote that is not closed, so it is not sure where the rows end. Close or remove it."
                );
            }
            Self::Missing { columns } => return format!("These columns are missing: {}.", columns.join(", ")),
            Self::LooksLike { table } => {
                return format!(
                    "This looks like the {} table. Choose that one, or another file.",
                    schema::called(*table)
                );
            }
            Self::DateClash { day_first, month_first } => {
                return format!(
                    "There are dates with the day first (row {day_first}) and with the month first (row {month_first}), so \
                     that others can be either. Write all of them in one way, best as 2024-12-31."
                );
            }
            Self::DecimalClash { point, comma } => {
                return format!(
                    "There are numbers with a decimal point (row {point}) and with a decimal comma (row {comma}). Write all \
                     of them in one way."
                );
            }
        };
        fixed.to_owned()
    }
}
