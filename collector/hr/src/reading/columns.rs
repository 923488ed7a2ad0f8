//! The columns of a file that are read, and which of its rows are rows of the table.

use crate::rows::Table;

use super::cell::{Cell, Row};
use super::headings::Headings;
use super::problem::ProblemKind;
use super::report::ToldKind;
use super::schema::{self, Column, Kind};
use super::{text, words};

/// Which column of the file is which of the table.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) table: Table,
    /// The row of the headings.
    pub(crate) heading_row: u32,
    /// For each column of the table.
    pub(crate) at: Vec<Option<usize>>,
    /// Where it is told what leave has come to.
    pub(crate) status: Option<usize>,
    names: Vec<String>,
    width: usize,
    /// The sign between fields, where there is one.
    delimiter: Option<char>,
}

/// What a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sort {
    Row,
    Blank,
    Left(ToldKind),
    Wrong(ProblemKind),
}

impl Columns {
    pub(crate) fn of(headings: &Headings, delimiter: Option<char>) -> Self {
        let at: Vec<Option<usize>> = headings.matches.iter().map(super::headings::Match::column).collect();
        let is_status = |(column, name): (usize, &String)| {
            let fits = schema::STATUS.contains(&text::squeezed(name).as_str()) && !at.contains(&Some(column));
            fits.then_some(column)
        };
        let status = match headings.table {
            Table::Leave => headings.names.iter().enumerate().find_map(is_status),
            _ => None,
        };
        Self {
            table: headings.table,
            heading_row: headings.row,
            status,
            at,
            names: headings.names.clone(),
            width: headings.width(),
            delimiter,
        }
    }

    /// The columns of the table, each with where it is in the file.
    pub(crate) fn used(&self) -> impl Iterator<Item = (usize, &'static Column, usize)> {
        let each = schema::columns(self.table).iter().enumerate().zip(&self.at);
        each.filter_map(|((index, column), at)| at.map(|at| (index, column, at)))
    }

    /// The heading of a column of the file.
    pub(crate) fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("", String::as_str)
    }

    /// The heading of a column of the table, as the file has it.
    pub(crate) fn heading(&self, index: usize) -> &str {
        let ours = schema::columns(self.table)[index].name;
        self.at[index].map_or(ours, |at| self.name(at))
    }

    /// Columns of the file that are not read: where, and their headings.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (usize, &str)> {
        let each = self.names.iter().enumerate().filter(|(_, name)| !name.is_empty());
        each.map(|(at, name)| (at, name.as_str()))
            .filter(move |(at, _)| !self.at.contains(&Some(*at)) && self.status != Some(*at))
    }

    /// What a row is.
    pub(crate) fn sorted(&self, row: &Row<'_>) -> Sort {
        if row.is_blank() {
            return Sort::Blank;
        }
        if row.total {
            return Sort::Left(ToldKind::Total);
        }
        let filled = self.used().filter(|(_, _, at)| !row.cell(*at).is_blank()).count();
        if filled == 0 {
            return Sort::Left(ToldKind::Outside);
        }
        let first = row.cells.iter().position(|cell| !cell.is_blank()).unwrap_or_default();
        if let Some(start) = row.cell(first).text() {
            // An id that is one word with a digit is neither a total nor a note nor a heading.
            let is_word = start.bytes().any(|byte| byte.is_ascii_digit()) && !start.trim().contains(' ');
            if !is_word && let Some(kind) = self.beside(row, first, start, filled) {
                return Sort::Left(kind);
            }
        }
        match self.delimiter {
            Some(_) if row.outside || row.cells.iter().skip(self.width).any(|cell| !cell.is_blank()) => {
                Sort::Wrong(ProblemKind::MoreFields)
            }
            Some(_) if self.used().any(|(_, _, at)| at >= row.cells.len()) => Sort::Wrong(ProblemKind::FewerFields),
            _ => Sort::Row,
        }
    }

    /// What stands among the rows and is none, told from its first text.
    fn beside(&self, row: &Row<'_>, first: usize, start: &str, filled: usize) -> Option<ToldKind> {
        let says =
            |column: &Column| matches!(column.kind, Kind::Date { .. } | Kind::Word(_) | Kind::YesNo | Kind::Period);
        let folded = text::folded(start);
        let only_sums = self.used().all(|(_, column, at)| at == first || !says(column) || row.cell(at).is_blank());
        if only_sums && words::is_total(&folded) {
            return Some(ToldKind::Total);
        }
        let only_one = row.cells.iter().filter(|cell| !cell.is_blank()).count() == 1;
        if only_one && (folded.contains(' ') || folded.ends_with(':')) {
            return Some(ToldKind::Note);
        }
        let is_heading = |column: &Column, at: usize| {
            row.cell(at).text().is_some_and(|cell| {
                let cell = text::squeezed(cell);
                [column.name, self.name(at)].iter().any(|name| text::squeezed(name) == cell)
                    || column.also.contains(&cell.as_str())
            })
        };
        let again = || self.used().filter(|(_, column, at)| is_heading(column, *at)).count() == filled;
        (filled > 1 && again()).then_some(ToldKind::HeadingAgain)
    }

    /// Whether a field in quotes holds what looks like a row of its own.
    pub(crate) fn swallows(&self, row: &Row<'_>) -> bool {
        let Some(delimiter) = self.delimiter.filter(|_| self.width > 3) else { return false };
        let is_row = |line: &str| line.matches(delimiter).count() + 1 == self.width;
        let holds = |text: &str| text.split(['\r', '\n']).skip(1).any(is_row);
        row.cells.iter().filter_map(Cell::text).any(|text| text.len() > self.width && holds(text))
    }
}
