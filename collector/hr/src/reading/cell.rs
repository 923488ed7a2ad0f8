//! Cells and rows, whatever file they come from.

use std::borrow::Cow;
use std::io;
use std::rc::Rc;

use jiff::civil::Date;

use super::refusal::Refusal;

/// How a workbook shows a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    Plain,
    Percent,
    Money,
    /// With a day.
    Date,
    /// With hours, and no day.
    Time,
    /// Filled up with zeros, between these texts.
    Padded {
        before: String,
        zeros: usize,
        after: String,
    },
}

/// What a cell holds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    /// Bytes that are no text in the file's encoding.
    Broken,
    Number {
        value: f64,
        shown: &'a Shown,
    },
    Yes(bool),
    Day(Date),
    /// An error that says "not available".
    NotAvailable,
    Error,
    /// A formula without a result.
    Unfinished,
    /// What one cell over several rows holds, in a row that is not its first.
    Merged(Rc<Cell<'a>>),
}

impl Cell<'_> {
    /// Whether nothing is seen in it.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Cell::Empty => true,
            Cell::Text(text) => super::text::is_blank(text),
            _ => false,
        }
    }

    /// Its text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A row.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// As Excel shows it.
    pub(crate) number: u32,
    pub(crate) hidden: bool,
    /// Whether a table of Excel says that it holds its totals.
    pub(crate) total: bool,
    /// Whether there is something in it beyond the columns that are read.
    pub(crate) outside: bool,
    pub(crate) cells: Vec<Cell<'a>>,
}

impl<'a> Row<'a> {
    pub(crate) fn cell(&self, column: usize) -> &Cell<'a> {
        self.cells.get(column).unwrap_or(&Cell::Empty)
    }

    pub(crate) fn is_blank(&self) -> bool {
        !self.outside && self.cells.iter().all(Cell::is_blank)
    }
}

/// Why reading ends before its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// As much as was wanted is read.
    Enough,
    Refused(Refusal),
    Broken(io::Error),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Rows that can be gone through more than once.
pub(crate) trait Grid {
    /// Hands each row over, in their order. Rows without cells may be missing.
    fn each(&self, take: &mut dyn FnMut(&Row<'_>) -> Result<(), Halt>) -> Result<(), Halt>;

    /// Bytes of the source that were read since it was opened.
    fn done(&self) -> u64;

    /// Columns that are hidden, numbered from 0.
    fn hidden(&self) -> &[usize];

    /// Days that dates of this grid are behind those of the calendar of 1900.
    fn epoch(&self) -> i64;
}
