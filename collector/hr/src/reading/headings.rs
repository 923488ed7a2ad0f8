//! Which row has the headings, of which table they are, and which column is which.
//!
//! A heading that is ours but for blanks, letters' size and signs between is taken. One that others use, or that is only alike, is
//! proposed and has to be confirmed by a person.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use strsim::normalized_damerau_levenshtein;

use crate::rows::Table;

use super::cell::{Cell, Grid, Halt, Row};
use super::schema::{self, Column};
use super::{dates, limits, numbers, text};

/// How like a heading is to ours, at least, to be proposed.
const ALIKE: f64 = 0.8;

/// How a column of ours is found in a file.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Match {
    None,
    /// By its name, or because a person said so.
    Sure(usize),
    /// To be confirmed.
    Proposed(usize),
    /// More than one column has this heading.
    Twice(Vec<usize>),
}

impl Match {
    pub(crate) const fn column(&self) -> Option<usize> {
        match self {
            Self::Sure(column) | Self::Proposed(column) => Some(*column),
            Self::None | Self::Twice(_) => None,
        }
    }
}

/// A row of headings, and how it fits a table.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Headings {
    pub(crate) row: u32,
    pub(crate) table: Table,
    /// The headings as a report repeats them.
    pub(crate) names: Vec<String>,
    /// For each column of the table.
    pub(crate) matches: Vec<Match>,
    /// Whether the row has more columns than are read.
    pub(crate) too_wide: bool,
    /// Its weight without what a person said.
    own: (usize, usize),
}

impl Headings {
    fn of(
        row: &Row<'_>,
        (names, squeezed): (&[String], &[String]),
        table: Table,
        answers: &BTreeMap<String, u32>,
    ) -> Self {
        let matches = matched(squeezed, schema::columns(table), answers);
        let too_wide = row.outside || row.cells.len() > limits::COLUMNS;
        Self { row: row.number, table, names: names.to_vec(), matches, too_wide, own: (0, 0) }
    }

    /// How many columns have the table's own headings, how many have any, and how many are missing.
    fn weight(&self) -> (usize, usize) {
        let sure = self.matches.iter().filter(|found| matches!(found, Match::Sure(_) | Match::Twice(_))).count();
        let any = self.matches.iter().filter(|found| **found != Match::None).count();
        (any, sure)
    }

    /// How well it fits. What a person said of columns fits each row; of two such, the one counts that has headings of its own.
    fn rank(&self) -> ((usize, usize), (usize, usize)) {
        (self.weight(), self.own)
    }

    /// Columns that a table needs and that are not there.
    pub(crate) fn missing(&self) -> Vec<String> {
        let each = schema::columns(self.table).iter().zip(&self.matches);
        each.filter(|(column, found)| column.needed && **found == Match::None)
            .map(|(column, _)| column.name.to_owned())
            .collect()
    }

    /// Whether all of the table that it needs is there.
    pub(crate) fn is_whole(&self) -> bool {
        self.missing().is_empty()
    }

    /// The heading of a column of the file.
    pub(crate) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// How many columns of the file have a heading, with those between.
    pub(crate) fn width(&self) -> usize {
        self.names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1)
    }
}

fn matched(squeezed: &[String], columns: &[Column], answers: &BTreeMap<String, u32>) -> Vec<Match> {
    let mut taken = vec![false; squeezed.len()];
    let mut found = vec![Match::None; columns.len()];
    for (found, column) in found.iter_mut().zip(columns) {
        let said = answers.get(column.name).and_then(|number| usize::try_from(*number).ok()?.checked_sub(1));
        if let Some(said) = said.filter(|said| *said < squeezed.len()) {
            taken[said] = true;
            *found = Match::Sure(said);
        }
    }
    let ours: Vec<String> = columns.iter().map(|column| text::squeezed(column.name)).collect();
    let is_wide = squeezed.iter().filter(|name| !name.is_empty()).count() > limits::ALIKE;
    for rule in [Rule::Same, Rule::Others, Rule::Alike] {
        for (at, column) in columns.iter().enumerate().filter(|(at, _)| found[*at] == Match::None).collect::<Vec<_>>() {
            let fits = |name: &str| match rule {
                Rule::Same => name == ours[at],
                Rule::Others => column.also.contains(&name),
                Rule::Alike => !is_wide && is_alike(name, &ours[at]),
            };
            let fitting: Vec<usize> = (0..squeezed.len()).filter(|at| !taken[*at] && fits(&squeezed[*at])).collect();
            for at in &fitting {
                taken[*at] = true;
            }
            found[at] = match (&fitting[..], rule) {
                ([], _) => Match::None,
                ([only], Rule::Same) => Match::Sure(*only),
                ([only], _) => Match::Proposed(*only),
                _ => Match::Twice(fitting),
            };
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Same,
    Others,
    Alike,
}

fn is_alike(name: &str, ours: &str) -> bool {
    let near = name.len().abs_diff(ours.len()) <= 4 && name.len() >= 4;
    near && normalized_damerau_levenshtein(name, ours) >= ALIKE
}

/// How many columns of any table a row of squeezed headings names.
pub(crate) fn known(squeezed: &[String]) -> usize {
    let none = BTreeMap::new();
    let of =
        |table| matched(squeezed, schema::columns(table), &none).iter().filter(|found| **found != Match::None).count();
    Table::ALL.into_iter().map(of).max().unwrap_or_default()
}

/// What was found among the first rows.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The best row for each table.
    best: Vec<Headings>,
    /// Whether there is any row that is not blank.
    pub(crate) has_rows: bool,
}

impl Found {
    /// The best row of a table.
    pub(crate) fn of(&self, table: Table) -> Option<&Headings> {
        self.best.iter().find(|headings| headings.table == table)
    }

    /// Tables whose needed columns are all there, the best first; those that fit as well as the first.
    pub(crate) fn whole(&self) -> Vec<&Headings> {
        let mut whole: Vec<&Headings> = self.best.iter().filter(|headings| headings.is_whole()).collect();
        whole.sort_by_key(|headings| Reverse(headings.weight().1));
        let most = whole.first().map_or(0, |headings| headings.weight().1);
        whole.retain(|headings| headings.weight().1 == most);
        whole
    }

    /// The table of which most columns are there, with more than its id.
    pub(crate) fn likeliest(&self) -> Option<&Headings> {
        self.best.iter().filter(|headings| headings.weight().0 > 1).max_by_key(|headings| headings.weight())
    }
}

/// Looks among the first rows.
pub(crate) fn find(grid: &dyn Grid, answers: &BTreeMap<String, u32>) -> Result<Found, Halt> {
    let mut found = Found::default();
    let mut looked = 0;
    let ended = grid.each(&mut |row| {
        if row.is_blank() {
            return Ok(());
        }
        found.has_rows = true;
        looked += 1;
        if looked > limits::HEAD {
            return Err(Halt::Enough);
        }
        let names = names(row);
        let squeezed: Vec<String> = names.iter().map(|name| text::squeezed(name)).collect();
        let several = names.iter().filter(|name| !name.is_empty()).count();
        // What a person said of columns is of the row of headings, and not of every row.
        let can_be_meant = several >= answers.len().max(2) && !holds_values(row);
        for table in Table::ALL {
            let plain = Headings::of(row, (&names, &squeezed), table, &BTreeMap::new());
            let own = plain.weight();
            let headings = match own.0 > 0 || can_be_meant {
                true => Headings::of(row, (&names, &squeezed), table, answers),
                false => plain,
            };
            let headings = Headings { own, ..headings };
            let known = found.best.iter().position(|known| known.table == table);
            match known {
                Some(at) if headings.rank() > found.best[at].rank() => found.best[at] = headings,
                None if headings.weight().0 > 0 => found.best.push(headings),
                _ => {}
            }
        }
        Ok(())
    });
    match ended {
        Ok(()) | Err(Halt::Enough) => Ok(found),
        Err(halt) => Err(halt),
    }
}

/// Whether a row has numbers or dates. Where a file has no headings, its first row would be lost as such, and reports would repeat it.
fn holds_values(row: &Row<'_>) -> bool {
    row.cells.iter().any(|cell| match cell {
        Cell::Number { .. } | Cell::Day(_) | Cell::Yes(_) => true,
        Cell::Text(text) => {
            numbers::Written::of(text).is_ok() || !matches!(dates::written(text), dates::Written::Not(_))
        }
        _ => false,
    })
}

/// The texts of a row, as headings.
pub(crate) fn names(row: &Row<'_>) -> Vec<String> {
    row.cells.iter().map(|cell| cell.text().map(text::heading).unwrap_or_default()).collect()
}
