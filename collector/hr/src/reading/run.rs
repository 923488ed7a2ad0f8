//! From a file to its rows: what it is, which table, how it is written, and then row by row.

use std::io::{self, Read};

use crate::rows::Table;

use super::answers::{Answers, Asked, Choice, Question};
use super::build::Builder;
use super::cell::{Grid, Halt, Row};
use super::columns::Columns;
use super::csv::Csv;
use super::headings::{self, Found, Headings, Match};
use super::refusal::Refusal;
use super::report::{Outcome, Report, ToldKind};
use super::survey::Survey;
use super::xlsx::{Rows, Sheet, Workbook};
use super::{Reading, RowOf, Upload, limits, plan, schema, sniff, text};

/// Rows between two tellings of progress.
const STEP: u64 = 4_096;

/// What there is to do with a file, and whom to tell.
struct Run<'r> {
    upload: &'r Upload<'r>,
    report: Report,
    sink: &'r mut dyn FnMut(u32, RowOf),
    progress: &'r mut dyn FnMut(u64, u64),
}

/// Nothing where the file was read; otherwise what is asked.
type Asking = Vec<Question>;

pub(crate) fn run(
    upload: &Upload<'_>,
    sink: &mut dyn FnMut(u32, RowOf),
    progress: &mut dyn FnMut(u64, u64),
) -> io::Result<Reading> {
    let mut run = Run { upload, report: Report::default(), sink, progress };
    let outcome = match run.file() {
        Ok(asked) if asked.is_empty() => Outcome::Read,
        Ok(asked) => Outcome::Ask(asked),
        Err(Halt::Refused(refusal)) => Outcome::Refused(refusal),
        Err(Halt::Broken(error)) => return Err(error),
        Err(Halt::Enough) => Outcome::Refused(Refusal::Damaged),
    };
    let mut report = run.report;
    report.finish();
    Ok(Reading { outcome, report })
}

impl Run<'_> {
    fn bytes(&self, most: u64) -> Result<Vec<u8>, Halt> {
        let mut bytes = Vec::new();
        let source = self.upload.source.open().map_err(Halt::Broken)?;
        source.take(most).read_to_end(&mut bytes).map_err(Halt::Broken)?;
        Ok(bytes)
    }

    fn file(&mut self) -> Result<Asking, Halt> {
        let name = self.upload.name.to_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        match sniff::told(&self.bytes(sniff::HEAD)?)? {
            sniff::Kind::Text(mark) => {
                if ends(&[".xlsx", ".xlsm", ".xls", ".ods"]) {
                    self.report.tell(ToldKind::NamedOtherwise, None, None);
                }
                self.text(&Csv::open(self.upload.source, mark)?)
            }
            sniff::Kind::Archive => {
                if self.upload.source.size() > limits::WORKBOOK {
                    return Err(Refusal::TooLarge.into());
                }
                if !ends(&[".xlsx", ".xlsm"]) {
                    self.report.tell(ToldKind::NamedOtherwise, None, None);
                }
                let workbook = Workbook::open(self.bytes(limits::WORKBOOK)?)?;
                self.workbook(&workbook)
            }
            sniff::Kind::Container => Err(sniff::container(&self.bytes(limits::WORKBOOK)?).into()),
        }
    }

    fn text(&mut self, csv: &Csv<'_>) -> Result<Asking, Halt> {
        let delimiter = char::from(csv.delimiter);
        self.report.delimiter = Some(delimiter);
        let found = headings::find(csv, &self.upload.answers.columns)?;
        let headings = match self.chosen(&found)? {
            Ok(headings) => headings,
            Err(question) => return Ok(vec![question]),
        };
        let survey = self.survey(csv, &headings, Some(delimiter))?;
        csv.decide();
        self.report.encoding = Some(csv.encoding());
        self.rows(csv, &headings, survey)
    }

    fn workbook(&mut self, workbook: &Workbook) -> Result<Asking, Halt> {
        let answers = self.upload.answers;
        let mut looked = Vec::new();
        for sheet in &workbook.sheets {
            let rows = Rows::of(workbook, sheet)?;
            let found = headings::find(&rows, &answers.columns)?;
            looked.push((sheet, rows, found));
        }
        let said = looked.iter().position(|(sheet, ..)| answers.sheet.as_ref() == Some(&sheet.name));
        let fitting = |hidden: bool| -> Vec<usize> {
            let fits =
                |(_, (sheet, _, found)): &(usize, &(&Sheet, _, Found))| sheet.hidden == hidden && self.fits(found);
            looked.iter().enumerate().filter(fits).map(|(at, _)| at).collect()
        };
        let (shown, hidden) = (fitting(false), fitting(true));
        let at = match (said, &shown[..], &hidden[..]) {
            (Some(at), ..) | (None, &[at], _) => at,
            (None, [], []) => looked.iter().position(|(sheet, _, found)| !sheet.hidden && found.has_rows).unwrap_or(0),
            (None, [], some) | (None, some, _) => {
                return Ok(vec![which_sheet(some.iter().map(|at| looked[*at].0))]);
            }
        };
        for (_, (sheet, ..)) in looked.iter().enumerate().filter(|(other, (sheet, ..))| *other != at && sheet.hidden) {
            self.report.tell(ToldKind::HiddenSheet, Some(&text::heading(&sheet.name)), None);
        }
        let (sheet, rows, found) = &looked[at];
        self.report.sheet = Some(text::heading(&sheet.name));
        let headings = match self.chosen(found)? {
            Ok(headings) => headings,
            Err(question) => return Ok(vec![question]),
        };
        let survey = self.survey(rows, &headings, None)?;
        self.rows(rows, &headings, survey)
    }

    /// Which table it was said to be.
    fn table(&self) -> Option<Table> {
        self.upload.answers.table.or(self.upload.table)
    }

    fn fits(&self, found: &Found) -> bool {
        match self.table() {
            Some(table) => found.of(table).is_some_and(Headings::is_whole),
            None => !found.whole().is_empty(),
        }
    }

    /// The row of headings, if it is of the table; a question where it can be of several.
    fn chosen(&self, found: &Found) -> Result<Result<Headings, Question>, Halt> {
        if !found.has_rows {
            return Err(Refusal::Empty.into());
        }
        let whole = found.whole();
        let headings = match (self.table(), &whole[..]) {
            (Some(table), _) => match (found.of(table), &whole[..]) {
                (Some(headings), _) if headings.is_whole() => headings,
                (_, [other, ..]) => return Err(Refusal::LooksLike { table: other.table }.into()),
                (Some(headings), []) => return Err(lacking(headings)),
                (None, []) => return Err(Refusal::NoHeadings.into()),
            },
            (None, &[only]) => only,
            (None, []) => return Err(found.likeliest().map_or(Halt::Refused(Refusal::NoHeadings), lacking)),
            (None, several) => return Ok(Err(which_table(several))),
        };
        match headings.too_wide {
            true => Err(Refusal::TooManyColumns.into()),
            false => Ok(Ok(headings.clone())),
        }
    }

    fn survey(
        &mut self,
        grid: &dyn Grid,
        headings: &Headings,
        delimiter: Option<char>,
    ) -> Result<(Columns, Survey), Halt> {
        self.report.table = Some(headings.table);
        self.report.heading_row = Some(headings.row);
        let columns = Columns::of(headings, delimiter);
        let mut survey = Survey::new(&columns);
        let answers = self.upload.answers;
        let size = self.upload.source.size();
        each(grid, 0, size, &mut *self.progress, &mut |row| survey.see(row, &columns, answers))?;
        Ok((columns, survey))
    }

    fn rows(
        &mut self,
        grid: &dyn Grid,
        headings: &Headings,
        (columns, survey): (Columns, Survey),
    ) -> Result<Asking, Halt> {
        let has_rows = survey.rows > 0;
        let plan = match plan::decide(headings, columns, survey, self.upload.answers, grid.epoch())? {
            Ok(plan) => plan,
            Err(questions) => return Ok(questions),
        };
        self.remark(grid, headings, &plan.columns, has_rows);
        let size = self.upload.source.size();
        let mut builder = Builder::new(&plan, &mut self.report, &mut *self.sink);
        each(grid, size, size, &mut *self.progress, &mut |row| builder.take(row))?;
        builder.finish();
        Ok(Vec::new())
    }

    /// What is to be said of columns and rows as a whole.
    fn remark(&mut self, grid: &dyn Grid, headings: &Headings, columns: &Columns, has_rows: bool) {
        for (_, name) in columns.unused() {
            self.report.tell(ToldKind::ColumnNotUsed, Some(name), None);
        }
        let each = schema::columns(headings.table).iter().zip(&headings.matches);
        for (column, _) in each.filter(|(_, found)| **found == Match::None) {
            self.report.tell(ToldKind::ColumnNotThere, Some(column.name), None);
        }
        for (_, _, at) in columns.used().filter(|(_, _, at)| grid.hidden().contains(at)) {
            self.report.tell(ToldKind::HiddenColumn, Some(columns.name(at)), None);
        }
        if !has_rows {
            self.report.tell(ToldKind::NoRows, None, None);
        }
    }
}

/// Goes through all rows, telling how far it is: `before` bytes were gone through before, and twice `size` are to be.
fn each(
    grid: &dyn Grid,
    before: u64,
    size: u64,
    progress: &mut dyn FnMut(u64, u64),
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let start = grid.done();
    let mut rows = 0_u64;
    grid.each(&mut |row| {
        rows += 1;
        if rows.is_multiple_of(STEP) {
            progress(before + (grid.done() - start).min(size), size * 2);
        }
        take(row)
    })?;
    progress(before + size, size * 2);
    Ok(())
}

fn lacking(headings: &Headings) -> Halt {
    Refusal::Missing { columns: headings.missing() }.into()
}

fn which_table(several: &[&Headings]) -> Question {
    let to = |headings: &&Headings| Choice {
        text: schema::called(headings.table).to_owned(),
        answers: Answers { table: Some(headings.table), ..Answers::default() },
    };
    Question {
        asked: Asked::Table,
        text: "The headings fit more than one table: which is it?".to_owned(),
        choices: several.iter().map(to).collect(),
        columns: Vec::new(),
        words: Vec::new(),
    }
}

fn which_sheet<'s>(sheets: impl Iterator<Item = &'s Sheet>) -> Question {
    let choices: Vec<Choice> = sheets
        .map(|sheet| Choice {
            text: sheet.name.clone(),
            answers: Answers { sheet: Some(sheet.name.clone()), ..Answers::default() },
        })
        .collect();
    Question {
        asked: Asked::Sheet,
        text: "Which sheet has the rows?".to_owned(),
        words: choices.iter().map(|choice| choice.text.clone()).collect(),
        choices,
        columns: Vec::new(),
    }
}
