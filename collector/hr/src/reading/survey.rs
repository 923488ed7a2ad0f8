//! The first time through a file: what all of its values together say of how each is written.

use std::collections::BTreeMap;

use super::answers::{Answers, Decimal};
use super::cell::{Cell, Halt, Row, Shown};
use super::columns::{Columns, Sort};
use super::dates::{self, Day, Written};
use super::ids::{self, Zeros};
use super::refusal::Refusal;
use super::schema::{self, Column, Kind};
use super::values::said;
use super::words::Found;
use super::{limits, numbers, text, words};

/// What was seen of the dates of a column.
#[derive(Clone, Default, Debug)]
pub(crate) struct OfDates {
    /// Texts that are plain numbers, and other texts that are dates.
    pub(crate) serials: u64,
    pub(crate) texts: u64,
    /// Texts with a day over 12, of which a program that takes days for months makes no date.
    pub(crate) texts_over_12: u64,
    /// Date cells, and those of them with a day up to 12.
    pub(crate) cells: u64,
    pub(crate) cells_up_to_12: u64,
    /// The first row with a date cell.
    pub(crate) first_cell: u32,
}

/// What was seen of scores.
#[derive(Clone, Default, Debug)]
pub(crate) struct OfScores {
    pub(crate) count: u64,
    /// Those that are not on the scale from 1 to 6.
    pub(crate) off: u64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    /// Rows that have a zone.
    pub(crate) zones: u64,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) rows: u64,
    pub(crate) numbers: numbers::Evidence,
    pub(crate) dates: dates::Evidence,
    /// For each column of the table.
    pub(crate) of_dates: Vec<OfDates>,
    pub(crate) scores: OfScores,
    pub(crate) zeros: Zeros,
    /// Others' words, as the file has them, and ours: by how they are folded.
    pub(crate) words: BTreeMap<String, (String, &'static str)>,
    /// Signs that stand where scores should.
    pub(crate) signs: Vec<String>,
    /// The first row of leave that was not granted.
    pub(crate) denied: Option<u32>,
}

impl Survey {
    pub(crate) fn new(columns: &Columns) -> Self {
        Self { of_dates: vec![OfDates::default(); columns.at.len()], ..Self::default() }
    }

    /// Takes a row in.
    pub(crate) fn see(&mut self, row: &Row<'_>, columns: &Columns, answers: &Answers) -> Result<(), Halt> {
        if row.number <= columns.heading_row || columns.sorted(row) != Sort::Row {
            return Ok(());
        }
        if columns.swallows(row) {
            return Err(Refusal::OpenQuote { row: row.number }.into());
        }
        self.rows += 1;
        for (index, column, at) in columns.used() {
            let cell = row.cell(at);
            match column.kind {
                Kind::Id => {
                    if let Ok(employee) = ids::read(cell) {
                        self.zeros.see(&employee, row.number)?;
                    }
                }
                Kind::Date { .. } => self.date(cell, row.number, index),
                Kind::Score => self.score(cell, row.number, index, answers),
                Kind::Word(_) => self.word(cell, column, answers),
                Kind::YesNo | Kind::Period => {}
                kind => self.number(cell, row.number, index, kind),
            }
        }
        if let Some(Ok(Some(status))) = columns.status.map(|at| said(row.cell(at)))
            && is_denied(&status)
        {
            self.denied.get_or_insert(row.number);
        }
        Ok(())
    }

    fn number(&mut self, cell: &Cell<'_>, row: u32, column: usize, kind: Kind) {
        let Ok(Some(said)) = said(cell) else { return };
        if let Ok(written) = numbers::Written::of(&said) {
            self.numbers.see(&written, row, column, &|value| fits(value, kind));
        }
    }

    fn date(&mut self, cell: &Cell<'_>, row: u32, index: usize) {
        let of = &mut self.of_dates[index];
        if let Cell::Number { value, shown: Shown::Date } = cell {
            if of.cells == 0 {
                of.first_cell = row;
            }
            of.cells += 1;
            // The calendar of 1904 moves a day, too, but no writer has both it and text for dates.
            let is_low = matches!(dates::serial(*value, 0), Ok(Day::Of(date)) if date.day() <= 12);
            of.cells_up_to_12 += u64::from(is_low);
            return;
        }
        let Ok(Some(said)) = said(cell) else { return };
        match dates::written(&said) {
            Written::Not(_) => {}
            Written::Serial(_) => of.serials += 1,
            written => {
                of.texts += 1;
                let over = |a: i8, b: i8| (a > 12) != (b > 12);
                let is_over = matches!(written, Written::Long(a, b, _) | Written::Short(a, b, _) if over(a, b));
                of.texts_over_12 += u64::from(is_over);
                self.dates.see(written, row, index);
            }
        }
    }

    fn score(&mut self, cell: &Cell<'_>, row: u32, index: usize, answers: &Answers) {
        let value = match cell {
            Cell::Number { value, shown: Shown::Plain } => Some(*value),
            _ => match said(cell) {
                Ok(Some(text)) => self.said_score(&text, row, index, answers),
                _ => None,
            },
        };
        let Some(value) = value else { return };
        let scores = &mut self.scores;
        (scores.least, scores.most) = match scores.count {
            0 => (value, value),
            _ => (scores.least.min(value), scores.most.max(value)),
        };
        scores.count += 1;
        scores.off += u64::from(!fits(value, Kind::Score));
    }

    fn said_score(&mut self, text: &str, row: u32, index: usize, answers: &Answers) -> Option<f64> {
        let is_sign = !text.is_ascii() && !text.chars().any(char::is_alphanumeric);
        let Ok(written) = numbers::Written::of(text) else {
            let folded = text.to_lowercase();
            let is_new = !answers.words.contains_key(&folded) && !self.signs.contains(&folded);
            if is_sign && is_new && self.signs.len() < limits::WORDS && text.chars().count() <= 16 {
                self.signs.push(folded);
            }
            return None;
        };
        self.numbers.see(&written, row, index, &|value| fits(value, Kind::Score));
        let decimal = match written.signs() {
            Some(numbers::Signs::Decimals(sign)) => sign,
            Some(numbers::Signs::Thousands(sign)) => numbers::opposite(sign),
            Some(numbers::Signs::None | numbers::Signs::Either(_)) | None => Decimal::Point,
        };
        written.value(decimal).ok()
    }

    fn word(&mut self, cell: &Cell<'_>, column: &Column, answers: &Answers) {
        let Kind::Word(words) = column.kind else { return };
        let Ok(Some(said)) = said(cell) else { return };
        self.scores.zones += 1;
        if self.words.len() >= limits::WORDS {
            return;
        }
        let folded = said.to_lowercase();
        // What was answered takes no place of what is still to be asked.
        if let Found::Others(which) = words.find(&folded)
            && !answers.words.contains_key(&folded)
        {
            self.words.entry(folded).or_insert_with(|| (text::heading(&said), words.ours[which]));
        }
    }
}

/// Whether leave with this status was not granted.
pub(crate) fn is_denied(status: &str) -> bool {
    schema::DENIED.contains(&status.to_lowercase().as_str())
}

/// Whether a column of this kind can have a value.
pub(crate) fn fits(value: f64, kind: Kind) -> bool {
    let whole = value.fract() == 0.0;
    match kind {
        Kind::Count => whole && (0.0..=f64::from(u32::MAX)).contains(&value),
        Kind::Hours => (0.0..=24.0).contains(&value),
        Kind::Days => value > 0.0 && value <= 366.0,
        Kind::Points => value >= 0.0,
        Kind::Rating => whole && (1.0..=4.0).contains(&value),
        Kind::Score => whole && (1.0..=6.0).contains(&value),
        Kind::Id | Kind::Date { .. } | Kind::Word(_) | Kind::YesNo | Kind::Period => true,
    }
}

/// Which of ours a word of the file is, because a person said so.
pub(crate) fn confirmed(answers: &Answers, words: &words::Words, folded: &str) -> Option<usize> {
    let said = answers.words.get(folded)?;
    words.ours.iter().position(|ours| ours.eq_ignore_ascii_case(said))
}
