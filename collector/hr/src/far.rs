//! Rows of a table of a day that lies far behind all others. Most likely it was mistyped; whoever gives the table is told.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::master::{Days, References};
use crate::reading::RowOf;
use crate::report::{TableProblem, TableReport};
use crate::rows::Table;

/// Problems that a report has, and rows that are told of here.
const MOST: usize = 1_000;

/// The newest rows of a table, with the numbers that Excel shows for them.
#[derive(Default, Debug)]
pub(crate) struct Latest {
    newest: BTreeSet<(Date, u32)>,
    /// How many rows are of each day.
    days: Days,
}

impl Latest {
    /// One more row.
    pub(crate) fn see(&mut self, number: u32, row: &RowOf) {
        let day = match row {
            RowOf::Activity(_) | RowOf::Performance(_) => None,
            RowOf::Leave(row) => row.end,
            RowOf::Onboarding(row) => row.joined,
            RowOf::Rewards(row) => row.date,
            RowOf::Vibe(row) => row.date,
        };
        let Some(day) = day else { return };
        self.days.see_one(row.table(), day);
        // Of millions few are among the newest.
        if self.newest.len() < MOST || self.newest.first().is_some_and(|first| *first < (day, number)) {
            self.newest.insert((day, number));
        }
        if self.newest.len() > MOST {
            self.newest.pop_first();
        }
    }

    /// Tells of rows of a day behind the one from which the age of all rows of the table is counted, which was given on this day.
    pub(crate) fn tell(&self, report: &mut TableReport, table: Table, given: Option<Date>) {
        let mut day_given = References::default();
        if let Some(given) = given {
            day_given.set(table, given);
        }
        let days = &self.days;
        let Some(reference) = days.references(&day_given).day(table) else { return };
        let far: Vec<u32> =
            self.newest.iter().rev().take_while(|(day, _)| *day > reference).map(|(_, row)| *row).collect();
        // Of more than are held here it is told how many they are.
        report.more_problems += days.later(table, reference).saturating_sub(far.len() as u64);
        report.problems.extend(far.into_iter().map(|row| TableProblem {
            row,
            column: column(table).map(str::to_owned),
            kind: "far_day".to_owned(),
            says: "The day lies over a year behind all others, or behind the day on which the table was given. Correct it if it is \
                   mistyped. The row is taken in, and the age of the others is not counted from it."
                .to_owned(),
        }));
        report.problems.sort_by_key(|problem| problem.row);
        report.more_problems += report.problems.len().saturating_sub(MOST) as u64;
        report.problems.truncate(MOST);
    }
}

/// What the column is called by whose days rows of a table lose weight.
const fn column(table: Table) -> Option<&'static str> {
    match table {
        Table::Activity | Table::Performance => None,
        Table::Leave => Some("Leave_End_Date"),
        Table::Onboarding => Some("Joining_Date"),
        Table::Rewards => Some("Award_Date"),
        Table::Vibe => Some("Response_Date"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::rows::{Employee, Reward};

    #[test]
    fn of_far_rows_as_many_are_told_as_a_report_holds_and_all_are_counted() {
        let mut latest = Latest::default();
        let years = std::iter::repeat_n(2024, 150_000).chain(std::iter::repeat_n(2098, 1_200));
        for (number, year) in (2..).zip(years) {
            let reward =
                Reward { employee: Employee("E1".into()), award: None, date: Some(date(year, 6, 13)), points: None };
            latest.see(number, &RowOf::Rewards(reward));
        }
        let mut report = TableReport::default();
        latest.tell(&mut report, Table::Rewards, Some(date(2026, 1, 1)));
        assert_eq!((report.problems.len(), report.count()), (1_000, 1_200));
        assert!(report.problems.is_sorted_by_key(|problem| problem.row), "in the order of the file");
    }
}
