//! The matrix as rows of a table.

use attune_protocol::policy::{Audience, Data, Decision, Matrix, Purpose, Rule};

/// One row: what an audience may be given of one kind, for the uses that one rule decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Who.
    pub audience: Audience,
    /// What.
    pub data: Data,
    /// What for; in the order of [`Purpose::ALL`].
    pub purposes: Vec<Purpose>,
    /// By which rule, and so whether at all.
    pub rule: &'static Rule,
}

impl Row {
    /// What it is for, in words.
    #[must_use]
    pub fn uses(&self) -> String {
        match self.purposes.len() {
            every if every == Purpose::ALL.len() => "whatever it is for".to_owned(),
            many if many > MOST_NAMED && self.rule.decision == Decision::Forbidden => "any other use".to_owned(),
            _ => self.purposes.iter().map(|purpose| purpose.words()).collect::<Vec<_>>().join(", "),
        }
    }
}

/// Uses that are named one by one where they are refused. Of more the rest is known: no kind has two rules that refuse as many.
const MOST_NAMED: usize = 5;

/// The matrix in force, each cell in one row: by audience, then kind, what is given before what is not.
#[must_use]
pub fn rows(matrix: Matrix) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for cell in matrix.cells() {
        let of_it = |row: &&mut Row| (row.audience, row.data, row.rule) == (cell.audience, cell.data, cell.rule);
        match rows.iter_mut().find(of_it) {
            Some(row) => row.purposes.push(cell.purpose),
            None => rows.push(Row {
                audience: cell.audience,
                data: cell.data,
                purposes: vec![cell.purpose],
                rule: cell.rule,
            }),
        }
    }
    let place = |data: Data| Data::ALL.into_iter().position(|known| known == data);
    rows.sort_by_key(|row| (row.audience, place(row.data), row.rule.decision));
    rows
}

/// Rows that differ only in what they are of, as one: what, what for, and by which rule.
pub(super) fn together<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<(String, String, &'static Rule)> {
    let mut all: Vec<(String, String, &Rule)> = Vec::new();
    for row in rows {
        let uses = row.uses();
        match all.iter_mut().find(|(_, of, rule)| *of == uses && *rule == row.rule) {
            Some((what, ..)) => *what = format!("{what}; {}", row.data.words()),
            None => all.push((row.data.words().to_owned(), uses, row.rule)),
        }
    }
    all
}

/// What an audience is given, as lines of a cell of a table: how freely, what, what for, and by which rule.
pub(super) fn given(rows: &[Row], audience: Audience, which: impl Fn(Decision) -> bool) -> String {
    let mut told: Vec<&Row> = rows.iter().filter(|row| row.audience == audience && which(row.rule.decision)).collect();
    told.sort_by_key(|row| row.rule.decision);
    let line = |(what, uses, rule): (String, String, &Rule)| {
        format!("*{}*: {what} (for {uses}) [{}]", rule.decision.words(), rule.id)
    };
    let lines: Vec<String> = together(told).into_iter().map(line).collect();
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("<br>") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use attune_protocol::policy::Profile;

    use super::*;

    #[test]
    fn every_cell_stands_in_one_row_and_what_is_given_before_what_is_not() {
        for profile in Profile::ALL {
            let matrix = Matrix::of(profile);
            let rows = rows(matrix);
            let told = rows
                .iter()
                .flat_map(|row| row.purposes.iter().map(|purpose| (row.audience, *purpose, row.data, row.rule.id)));
            let told: BTreeSet<_> = told.collect();
            let cells: BTreeSet<_> =
                matrix.cells().map(|cell| (cell.audience, cell.purpose, cell.data, cell.rule.id)).collect();
            assert_eq!(told, cells, "{profile}");
            for pair in
                rows.windows(2).filter(|pair| (pair[0].audience, pair[0].data) == (pair[1].audience, pair[1].data))
            {
                assert!(pair[0].rule.decision <= pair[1].rule.decision, "{pair:?}");
            }
            let other = rows.iter().filter(|row| row.uses() == "any other use");
            let of: Vec<_> = other.map(|row| (row.audience, row.data)).collect();
            assert_eq!(of.iter().collect::<BTreeSet<_>>().len(), of.len(), "only one can be the rest: {profile}");
        }
    }
}
