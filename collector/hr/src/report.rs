//! What was found in a table before anything of it is taken in: never a value of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What was found in a table.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TableReport {
    /// In which encoding its text is.
    pub(crate) encoding: Option<String>,
    /// What stands between its cells.
    pub(crate) delimiter: Option<String>,
    /// Which sheet was read, where it has several.
    pub(crate) sheet: Option<String>,
    /// Rows that would be taken in.
    pub(crate) rows: u64,
    /// Employees whom they are about.
    pub(crate) employees: u64,
    /// Of these, how many are not known here.
    pub(crate) strangers: u64,
    /// What is wrong, in the order of the file; the first 1,000.
    pub(crate) problems: Vec<TableProblem>,
    /// How many more there are.
    pub(crate) more_problems: u64,
    /// What was found out about the file, a sentence each.
    pub(crate) notes: Vec<String>,
    /// What has to be answered before anything is taken in.
    pub(crate) questions: Vec<TableQuestion>,
    /// What may be answered, and need not be.
    pub(crate) offers: Vec<TableQuestion>,
    /// Why it can't be read at all.
    pub(crate) refused: Option<String>,
}

/// Something that is wrong in a table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TableProblem {
    /// In which row, as a spreadsheet counts; the heading is 1.
    pub(crate) row: u32,
    /// In which column, by its heading; null where it is the whole row.
    pub(crate) column: Option<String>,
    /// What kind of problem, for programs.
    pub(crate) kind: String,
    /// What is wrong, and what to do.
    pub(crate) says: String,
}

/// Something that the file does not decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TableQuestion {
    /// What it is about, for programs.
    pub(crate) asked: String,
    /// The question.
    pub(crate) asks: String,
    /// The answers that there are; where there are none, each word is answered by itself.
    pub(crate) choices: Vec<TableChoice>,
    /// Columns of ours that are meant.
    pub(crate) columns: Vec<String>,
    /// Headings, words or signs of the file that are meant.
    pub(crate) words: Vec<String>,
}

/// An answer that there is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TableChoice {
    /// What it says.
    pub(crate) says: String,
    /// What is sent as `answers` where it is taken.
    #[schema(value_type = Object)]
    pub(crate) answers: Value,
}

impl TableReport {
    /// How many problems there are in all.
    pub(crate) fn count(&self) -> u64 {
        self.problems.len() as u64 + self.more_problems
    }

    /// Whether something of it may be taken in: nothing is left to be answered, and there is a row.
    pub(crate) fn is_ready(&self) -> bool {
        self.refused.is_none() && self.questions.is_empty() && self.rows > 0
    }
}
