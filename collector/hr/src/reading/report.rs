//! What is told of a file: how it was read, what is wrong in it, and what else a person should hear. It never has a value of a cell.

use std::collections::HashMap;

use serde::Serialize;

use crate::rows::Table;

use super::answers::Question;
use super::limits;
use super::problem::{Problem, ProblemKind};
use super::refusal::Refusal;

/// How reading a file came out.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was read; there may be problems.
    Read,
    /// A person has to choose before anything is read.
    Ask(Vec<Question>),
    /// It cannot be read.
    Refused(Refusal),
}

/// What kind of remark.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldKind {
    /// The file is of another kind than its name says.
    NamedOtherwise,
    /// It has headings and no rows.
    NoRows,
    /// A column that no table has.
    ColumnNotUsed,
    /// A column that may be there and is not.
    ColumnNotThere,
    /// A hidden column was read.
    HiddenColumn,
    /// Hidden rows were read.
    HiddenRow,
    /// A hidden sheet was not read.
    HiddenSheet,
    /// Rows above the headings were left out.
    AboveHeadings,
    /// Totals were left out.
    Total,
    /// Rows that hold only a note were left out.
    Note,
    /// Headings that stand among the rows were left out.
    HeadingAgain,
    /// Rows that have nothing in the columns of the table were left out.
    Outside,
    /// Text in a column that is not used is not in the file's encoding.
    BrokenText,
    /// Rows say what another one said and count once.
    Repeated,
    /// Rows say what another one said, and all of them count because somebody chose so.
    Kept,
    /// So many rows that the last ones were not compared for being there twice.
    NotCompared,
    /// An end that lies in the year 9999 is open.
    OpenEnd,
    /// Cells have no value.
    NoValue,
    /// Numbers are taken as days of Excel.
    DayNumbers,
    /// Amounts of money are taken as points.
    Money,
    /// Leaves of one employee overlap.
    Overlap,
    /// Days of leave and its first and last day do not agree.
    DaysDiffer,
    /// Leave that was not granted is left out.
    Denied,
}

/// Something that a person should hear, though nothing is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Told {
    /// What.
    pub kind: ToldKind,
    /// The column's heading, or the name of a sheet.
    pub name: Option<String>,
    /// The first ten rows that are meant.
    pub rows: Vec<u32>,
    /// How many there are.
    pub count: u64,
}

impl Told {
    /// The remark in plain words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let name = self.name.as_deref().unwrap_or_default();
        let rows = match (&self.rows[..], self.count) {
            ([], _) => String::new(),
            ([row], 1) => format!("Row {row}"),
            (rows, count) => {
                let named = rows.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                match count > rows.len() as u64 {
                    true => format!("Rows {named} and {} more", count - rows.len() as u64),
                    false => format!("Rows {named}"),
                }
            }
        };
        match self.kind {
            ToldKind::NamedOtherwise => {
                "The file is of another kind than its name says. It was read as what it is.".to_owned()
            }
            ToldKind::NoRows => "The file has headings and no rows.".to_owned(),
            ToldKind::ColumnNotUsed => format!("Column {name} is not used and not kept."),
            ToldKind::ColumnNotThere => format!("There is no column {name}; its values are left open."),
            ToldKind::HiddenColumn => format!("Column {name} is hidden and was read."),
            ToldKind::HiddenRow => format!("{rows}: hidden, and read."),
            ToldKind::HiddenSheet => format!("Sheet {name} is hidden and was not read."),
            ToldKind::AboveHeadings => format!("{rows}: above the headings, left out."),
            ToldKind::Total => format!("{rows}: totals, left out."),
            ToldKind::Note => format!("{rows}: a note and no row of the table, left out."),
            ToldKind::HeadingAgain => format!("{rows}: headings again, left out."),
            ToldKind::Outside => format!("{rows}: nothing in the columns of the table, left out."),
            ToldKind::BrokenText => format!("{rows}: column {name} is not used, and its text is in another encoding."),
            ToldKind::Repeated => format!("{rows}: the same as a row before, counted once."),
            ToldKind::Kept => format!("{rows}: other rows say something of the same; all of them count."),
            ToldKind::NotCompared => {
                "There are too many rows to compare all of them; some may be in the file twice.".to_owned()
            }
            ToldKind::OpenEnd => format!("{rows}: {name} lies in the year 9999 and is taken as open."),
            ToldKind::NoValue => format!("{rows}: {name} has no value."),
            ToldKind::DayNumbers => format!("{name} holds plain numbers; they are taken as days of Excel."),
            ToldKind::Money => format!("{rows}: {name} is an amount of money; its number is taken."),
            ToldKind::Overlap => format!("{rows}: leave that overlaps another one of the same employee."),
            ToldKind::DaysDiffer => {
                format!("{rows}: {name} is not the number of days from first to last. It is taken as it stands.")
            }
            ToldKind::Denied => format!("{rows}: leave that was not granted, left out."),
        }
    }
}

/// How a file was read, and what is to be said of it.
#[derive(Clone, PartialEq, Default, Debug, Serialize)]
pub struct Report {
    /// Which table it is.
    pub table: Option<Table>,
    /// The encoding of its text; none for a workbook.
    pub encoding: Option<&'static str>,
    /// What stands between its fields; none for a workbook.
    pub delimiter: Option<char>,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// The row of its headings, as Excel shows it.
    pub heading_row: Option<u32>,
    /// How many rows were taken.
    pub rows_read: u64,
    /// What is wrong, by rows; the first thousand.
    pub problems: Vec<Problem>,
    /// How many problems there are beyond those.
    pub more: u64,
    /// What else a person should hear.
    pub told: Vec<Told>,
    /// What can be chosen, though it need not be.
    pub offers: Vec<Question>,
    /// Where in [`Self::told`] the remark of a kind and a name is.
    #[serde(skip)]
    places: HashMap<ToldKind, HashMap<String, usize>>,
}

impl Report {
    pub(crate) fn problem(&mut self, row: u32, column: Option<&str>, kind: ProblemKind) {
        match self.problems.len() < limits::PROBLEMS {
            true => self.problems.push(Problem { row, column: column.map(str::to_owned), kind }),
            false => self.more += 1,
        }
    }

    pub(crate) fn tell(&mut self, kind: ToldKind, name: Option<&str>, row: Option<u32>) {
        let named = self.places.entry(kind).or_default();
        let at = named.get(name.unwrap_or_default()).copied().unwrap_or_else(|| {
            named.insert(name.unwrap_or_default().to_owned(), self.told.len());
            self.told.push(Told { kind, name: name.map(str::to_owned), rows: Vec::new(), count: 0 });
            self.told.len() - 1
        });
        let told = &mut self.told[at];
        told.count += 1;
        if let Some(row) = row.filter(|row| told.rows.len() < limits::TOLD_ROWS && !told.rows.contains(row)) {
            told.rows.push(row);
        }
    }

    pub(crate) fn finish(&mut self) {
        self.problems.sort_by_key(|problem| problem.row);
        for told in &mut self.told {
            told.rows.sort_unstable();
        }
    }
}
