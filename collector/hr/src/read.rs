//! The one place that asks `reading`: an upload as somebody answered for it, to its rows and what is to be told of it.

use std::io::{self, Read as Bytes};

use attune_ground::GroundError;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::HrError;
use crate::far::Latest;
use crate::packed::Packed;
use crate::reading::{self, Answers, Outcome, Question, Reading, Report, RowOf};
use crate::report::{TableChoice, TableProblem, TableQuestion, TableReport};
use crate::rows::Table;
use crate::uploads::Source;

/// An upload that was read.
#[derive(Debug)]
pub(crate) struct Read {
    /// Which table it is, where that could be told.
    pub(crate) table: Option<Table>,
    /// What was found.
    pub(crate) report: TableReport,
    /// Its rows; none where it can't be read, or leaves something open.
    pub(crate) rows: Option<Packed>,
}

impl reading::Source for Source {
    fn open(&self) -> io::Result<Box<dyn Bytes + '_>> {
        Ok(Box::new(self.stream()))
    }

    fn size(&self) -> u64 {
        self.size()
    }
}

/// Reads an upload that was given on a day, on a thread that may wait; `progress` hears how many bytes are done.
///
/// # Errors
/// Where its bytes can't be had.
pub(crate) fn read(
    (table, name): (Option<Table>, &str),
    source: &Source,
    answers: &Value,
    given_on: Option<Date>,
    progress: impl Fn(u64),
) -> Result<Read, HrError> {
    let answers = given(answers).unwrap_or_default();
    let upload = reading::Upload { table, name, source, answers: &answers };
    let (mut latest, mut kept) = (Latest::default(), Kept::default());
    let mut take = |number: u32, row: RowOf| {
        latest.see(number, &row);
        kept.take(row);
    };
    let done = reading::stream(&upload, &mut take, &mut |done, _| progress(done));
    let Reading { outcome, report } = done.map_err(|_| HrError::Unread)?;
    let table = report.table.or(table);
    let mut told = told(report);
    let rows = match (outcome, table) {
        (Outcome::Read, Some(table)) => {
            latest.tell(&mut told, table, given_on);
            Some(kept.packed(table)?)
        }
        (Outcome::Read, None) => None,
        (Outcome::Ask(questions), _) => {
            told.questions = questions.into_iter().map(question).collect();
            None
        }
        (Outcome::Refused(refusal), _) => {
            told.refused = Some(refusal.sentence());
            None
        }
    };
    told.rows = rows.as_ref().map_or(0, Packed::len);
    Ok(Read { table, report: told, rows })
}

/// Rows as they come; which table they are of is known with the first.
#[derive(Default)]
struct Kept(Option<Result<Packed, GroundError>>);

impl Kept {
    fn take(&mut self, row: RowOf) {
        let kept = self.0.get_or_insert_with(|| Packed::new(row.table()));
        if let Ok(packed) = kept
            && let Err(error) = packed.take(row)
        {
            *kept = Err(error);
        }
    }

    fn packed(self, table: Table) -> Result<Packed, GroundError> {
        self.0.unwrap_or_else(|| Packed::new(table))
    }
}

fn told(report: Report) -> TableReport {
    let Report { encoding, delimiter, sheet, problems, more, told, offers, .. } = report;
    let problem = |problem: reading::Problem| TableProblem {
        row: problem.row,
        column: problem.column,
        kind: name(&problem.kind),
        says: problem.kind.sentence().to_owned(),
    };
    TableReport {
        encoding: encoding.map(str::to_owned),
        delimiter: delimiter.map(|sign| if sign == '\t' { "tab".to_owned() } else { sign.to_string() }),
        sheet,
        problems: problems.into_iter().map(problem).collect(),
        more_problems: more,
        notes: told.iter().map(reading::Told::sentence).collect(),
        offers: offers.into_iter().map(question).collect(),
        ..TableReport::default()
    }
}

fn question(of: Question) -> TableQuestion {
    let Question { asked, text, choices, columns, words } = of;
    let choice = |choice: reading::Choice| TableChoice { says: choice.text, answers: said(&choice.answers) };
    TableQuestion {
        asked: name(&asked),
        asks: text,
        choices: choices.into_iter().map(choice).collect(),
        columns,
        words,
    }
}

/// As programs have it.
fn name(of: &impl Serialize) -> String {
    json!(of).as_str().unwrap_or_default().to_owned()
}

/// Answers, and over them what somebody says besides; null where nothing is answered.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn laid(before: &Value, more: &Value) -> Result<Value, String> {
    Ok(said(&given(before)?.with(&given(more)?)))
}

fn given(answers: &Value) -> Result<Answers, String> {
    match answers {
        Value::Null => Ok(Answers::default()),
        answers => serde_json::from_value(answers.clone()).map_err(|error| format!("answers do not read: {error}")),
    }
}

/// What is answered, and nothing of what is not.
fn said(answers: &Answers) -> Value {
    let Value::Object(mut all) = json!(answers) else { return Value::Null };
    all.retain(|_, one| !one.is_null() && one.as_object().is_none_or(|one| !one.is_empty()));
    if all.is_empty() { Value::Null } else { Value::Object(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_before_and_over_them_what_is_said_now() {
        let day_first = json!({"dates": "day_first"});
        assert_eq!(laid(&Value::Null, &Value::Null), Ok(Value::Null));
        assert_eq!(laid(&Value::Null, &json!({})), Ok(Value::Null), "nothing is answered");
        assert_eq!(laid(&day_first, &Value::Null), Ok(day_first.clone()));
        let both =
            laid(&day_first, &json!({"dates": "month_first", "table": "leave", "words": {"krank": "Sick Leave"}}));
        assert_eq!(both, Ok(json!({"dates": "month_first", "table": "leave", "words": {"krank": "Sick Leave"}})));
        let wrong = laid(&Value::Null, &json!({"dates": "sideways"})).expect_err("no answer");
        assert!(wrong.starts_with("answers do not read"), "{wrong}");
        assert!(laid(&Value::Null, &json!({"mood": 1})).is_err(), "there is no such question");
    }
}
