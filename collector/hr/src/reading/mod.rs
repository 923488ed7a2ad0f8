//! Files of HR data: bytes of CSV or XLSX in, typed rows out, and a report of what is wrong with them.
//!
//! A file is gone through twice. The first time decides for all of it how it writes text, numbers and dates; where two ways fit, a
//! person is asked and nothing is read. The second time reads. A value that is wrong is a problem and no value; a row is never left out
//! without a word; and no report has a value of a cell in it.

mod answers;
mod build;
mod cell;
mod clashes;
mod columns;
mod csv;
mod dates;
mod headings;
mod ids;
mod limits;
mod numbers;
mod plan;
mod problem;
mod refusal;
mod report;
mod run;
mod schema;
mod sniff;
mod source;
mod survey;
mod text;
mod values;
mod words;
mod xlsx;

#[cfg(test)]
mod tests;

use std::io;

use crate::rows::{Activity, Employee, Leave, Onboarding, Review, Reward, Table, Tables, Vibe};

pub use answers::{Answers, Asked, Choice, Decimal, Order, Question, Repeats, Scale};
pub use problem::{Class, Problem, ProblemKind};
pub use refusal::Refusal;
pub use report::{Outcome, Report, Told, ToldKind};
pub use source::{Bytes, OnDisk, Source};

/// A row of one of the six tables.
#[derive(Clone, PartialEq, Debug)]
pub enum RowOf {
    /// Of activities.
    Activity(Activity),
    /// Of leave.
    Leave(Leave),
    /// Of starts.
    Onboarding(Onboarding),
    /// Of reviews.
    Performance(Review),
    /// Of awards.
    Rewards(Reward),
    /// Of the vibe meter.
    Vibe(Vibe),
}

impl RowOf {
    /// Of which table.
    pub(crate) const fn table(&self) -> Table {
        match self {
            Self::Activity(_) => Table::Activity,
            Self::Leave(_) => Table::Leave,
            Self::Onboarding(_) => Table::Onboarding,
            Self::Performance(_) => Table::Performance,
            Self::Rewards(_) => Table::Rewards,
            Self::Vibe(_) => Table::Vibe,
        }
    }

    /// Whose it is.
    pub(crate) fn employee(&mut self) -> &mut Employee {
        match self {
            Self::Activity(row) => &mut row.employee,
            Self::Leave(row) => &mut row.employee,
            Self::Onboarding(row) => &mut row.employee,
            Self::Performance(row) => &mut row.employee,
            Self::Rewards(row) => &mut row.employee,
            Self::Vibe(row) => &mut row.employee,
        }
    }

    /// Puts it into its table.
    pub fn put(self, tables: &mut Tables) {
        match self {
            Self::Activity(row) => tables.activity.push(row),
            Self::Leave(row) => tables.leave.push(row),
            Self::Onboarding(row) => tables.onboarding.push(row),
            Self::Performance(row) => tables.performance.push(row),
            Self::Rewards(row) => tables.rewards.push(row),
            Self::Vibe(row) => tables.vibe.push(row),
        }
    }
}

/// A file that is to be read.
#[derive(Clone, Copy)]
pub struct Upload<'a> {
    /// Which table it is said to be; none where its headings are to tell.
    pub table: Option<Table>,
    /// The file's name. What it is, is told from its bytes.
    pub name: &'a str,
    /// Its bytes.
    pub source: &'a dyn Source,
    /// What a person chose for it.
    pub answers: &'a Answers,
}

/// How a file came out whose rows were handed on.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Whether it was read.
    pub outcome: Outcome,
    /// What is to be said of it.
    pub report: Report,
}

/// A file in memory, read.
#[derive(Clone, PartialEq, Debug)]
pub struct Read {
    /// Whether it was read.
    pub outcome: Outcome,
    /// Its rows; only those of its table.
    pub rows: Tables,
    /// What is to be said of it.
    pub report: Report,
}

/// Reads a file, handing on row by row with the number that Excel shows for it. Rows are handed on only after the whole file was gone
/// through once; but for an error of the source, what begins to hand on ends as read. `progress` hears how many bytes of how many are
/// done.
///
/// # Errors
/// Where the source cannot be read. What was handed on before is to be dropped.
pub fn stream(
    upload: &Upload<'_>,
    sink: &mut dyn FnMut(u32, RowOf),
    progress: &mut dyn FnMut(u64, u64),
) -> io::Result<Reading> {
    run::run(upload, sink, progress)
}

/// Reads a file that lies in memory.
#[must_use]
pub fn read(table: Option<Table>, name: &str, bytes: &[u8], answers: &Answers) -> Read {
    let mut rows = Tables::default();
    let upload = Upload { table, name, source: &Bytes(bytes), answers };
    let reading = stream(&upload, &mut |_, row| row.put(&mut rows), &mut |_, _| {});
    match reading {
        Ok(Reading { outcome: Outcome::Read, report }) => Read { outcome: Outcome::Read, rows, report },
        Ok(Reading { outcome, report }) => Read { outcome, rows: Tables::default(), report },
        // Bytes in memory can be read; what cannot is damaged.
        Err(_) => {
            Read { outcome: Outcome::Refused(Refusal::Damaged), rows: Tables::default(), report: Report::default() }
        }
    }
}
