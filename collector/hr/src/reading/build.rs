//! The second time through a file: its rows, typed, and what is wrong in them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;

use crate::rows::{Activity, Employee, Leave, Onboarding, Review, Reward, Table, Vibe};

use super::RowOf;
use super::answers::Scale;
use super::cell::{Cell, Halt, Row};
use super::clashes;
use super::columns::Sort;
use super::dates::Day;
use super::ids;
use super::limits;
use super::plan::Plan;
use super::problem::ProblemKind;
use super::refusal::Refusal;
use super::report::{Report, ToldKind};
use super::schema::{self, Kind};
use super::survey::{confirmed, fits, is_denied};
use super::values::{self, said};
use super::words::{AWARDS, FEEDBACKS, JUDGEMENTS, LEAVES, ZONES};

/// Takes rows of a file and hands on those of the table.
pub(crate) struct Builder<'b> {
    plan: &'b Plan,
    report: &'b mut Report,
    sink: &'b mut dyn FnMut(u32, RowOf),
    /// Rows of tables in which one may clash with another.
    kept: Vec<(u32, RowOf)>,
    seen: HashSet<u64>,
}

impl<'b> Builder<'b> {
    pub(crate) fn new(plan: &'b Plan, report: &'b mut Report, sink: &'b mut dyn FnMut(u32, RowOf)) -> Self {
        Self { plan, report, sink, kept: Vec::new(), seen: HashSet::new() }
    }

    /// Takes a row.
    pub(crate) fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let plan = self.plan;
        let columns = &plan.columns;
        if row.number <= columns.heading_row {
            if row.number < columns.heading_row && !row.is_blank() {
                self.report.tell(ToldKind::AboveHeadings, None, Some(row.number));
            }
            return Ok(());
        }
        match columns.sorted(row) {
            Sort::Blank => return Ok(()),
            Sort::Left(kind) => {
                self.report.tell(kind, None, Some(row.number));
                return Ok(());
            }
            Sort::Wrong(kind) => {
                self.report.problem(row.number, None, kind);
                return Ok(());
            }
            Sort::Row => {}
        }
        if row.hidden {
            self.report.tell(ToldKind::HiddenRow, None, Some(row.number));
        }
        if row.cells.contains(&Cell::Broken) {
            for (_, name) in columns.unused().filter(|(at, _)| *row.cell(*at) == Cell::Broken) {
                self.report.tell(ToldKind::BrokenText, Some(name), Some(row.number));
            }
        }
        let is_denied =
            columns.status.is_some_and(|at| matches!(said(row.cell(at)), Ok(Some(status)) if is_denied(&status)));
        if plan.denied_left_out && is_denied {
            self.report.tell(ToldKind::Denied, None, Some(row.number));
            return Ok(());
        }
        let Some(employee) = self.employee(row) else { return Ok(()) };
        match self.built(row, employee) {
            Some(built) => self.hand_on(row.number, built),
            None => Ok(()),
        }
    }

    /// Hands on what was kept, and tells what clashes.
    pub(crate) fn finish(mut self) {
        let table = self.plan.columns.table;
        let kept = std::mem::take(&mut self.kept);
        let kept = match table {
            Table::Leave => {
                for row in clashes::overlaps(&kept) {
                    self.report.tell(ToldKind::Overlap, None, Some(row));
                }
                kept
            }
            Table::Onboarding | Table::Performance => {
                let index = usize::from(table == Table::Performance);
                clashes::told(kept, self.plan, self.plan.columns.heading(index), self.report)
            }
            Table::Activity | Table::Rewards | Table::Vibe => kept,
        };
        for (number, row) in kept {
            self.report.rows_read += 1;
            (self.sink)(number, row);
        }
    }

    fn hand_on(&mut self, number: u32, row: RowOf) -> Result<(), Halt> {
        let table = self.plan.columns.table;
        let once = matches!(table, Table::Onboarding | Table::Performance);
        if !once && !self.plan.keeps_repeats() && self.is_again(&row) {
            self.report.tell(ToldKind::Repeated, None, Some(number));
            return Ok(());
        }
        if once || table == Table::Leave {
            if self.kept.len() >= limits::KEPT {
                return Err(Refusal::TooManyRows.into());
            }
            self.kept.push((number, row));
            return Ok(());
        }
        self.report.rows_read += 1;
        (self.sink)(number, row);
        Ok(())
    }

    /// Whether a row with a date says what another one has said.
    fn is_again(&mut self, row: &RowOf) -> bool {
        let mut hasher = DefaultHasher::new();
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        let has_date = match row {
            RowOf::Activity(row) => {
                (&row.employee, row.date, row.messages, row.mails, row.meetings, bits(row.hours)).hash(&mut hasher);
                row.date.is_some()
            }
            RowOf::Leave(row) => {
                (&row.employee, row.kind, bits(row.days), row.start, row.end).hash(&mut hasher);
                row.start.is_some()
            }
            RowOf::Rewards(row) => {
                (&row.employee, row.award, row.date, bits(row.points)).hash(&mut hasher);
                row.date.is_some()
            }
            RowOf::Vibe(row) => {
                (&row.employee, row.date, bits(row.score), row.zone).hash(&mut hasher);
                row.date.is_some()
            }
            RowOf::Onboarding(_) | RowOf::Performance(_) => false,
        };
        if !has_date {
            return false;
        }
        if self.seen.len() >= limits::REPEATS {
            self.report.tell(ToldKind::NotCompared, None, None);
            return false;
        }
        !self.seen.insert(hasher.finish())
    }

    fn employee(&mut self, row: &Row<'_>) -> Option<Employee> {
        let at = self.plan.columns.at[0]?;
        let read = ids::read(row.cell(at)).and_then(|employee| match &self.plan.zeros {
            Some(zeros) => zeros.restored(employee),
            None => Ok(employee),
        });
        match read {
            Ok(employee) => Some(employee),
            Err(kind) => {
                // Whatever is wrong with it, without an id there is no row.
                self.problem(row, 0, kind);
                None
            }
        }
    }

    fn problem(&mut self, row: &Row<'_>, index: usize, kind: ProblemKind) {
        self.report.problem(row.number, Some(self.plan.columns.heading(index)), kind);
    }

    fn tell(&mut self, row: &Row<'_>, index: usize, kind: ToldKind) {
        self.report.tell(kind, Some(self.plan.columns.heading(index)), Some(row.number));
    }

    /// What a cell is read as; what is wrong or missing is told.
    fn read<T>(
        &mut self,
        row: &Row<'_>,
        index: usize,
        read: impl FnOnce(&Plan, &Cell<'_>) -> Result<Option<T>, ProblemKind>,
    ) -> Option<T> {
        let plan = self.plan;
        let at = plan.columns.at[index]?;
        match read(plan, row.cell(at)) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.tell(row, index, ToldKind::NoValue);
                None
            }
            Err(kind) => {
                self.problem(row, index, kind);
                None
            }
        }
    }

    fn built(&mut self, row: &Row<'_>, employee: Employee) -> Option<RowOf> {
        Some(match self.plan.columns.table {
            Table::Activity => RowOf::Activity(Activity {
                employee,
                date: self.date(row, 1),
                messages: self.count(row, 2),
                mails: self.count(row, 3),
                meetings: self.count(row, 4),
                hours: self.number(row, 5),
            }),
            Table::Leave => RowOf::Leave(self.leave(row, employee)?),
            Table::Onboarding => RowOf::Onboarding(Onboarding {
                employee,
                joined: self.date(row, 1),
                feedback: self.word(row, 2).map(|which| FEEDBACKS[which]),
                mentor: self.read(row, 3, |_, cell| values::yes_or_no(cell)),
                trained: self.read(row, 4, |_, cell| values::yes_or_no(cell)),
            }),
            Table::Performance => RowOf::Performance(Review {
                employee,
                period: self.read(row, 1, |_, cell| values::period(cell)),
                rating: self.number(row, 2).map(|value| value as u8),
                judgement: self.word(row, 3).map(|which| JUDGEMENTS[which]),
                promotion: self.read(row, 4, |_, cell| values::yes_or_no(cell)),
            }),
            Table::Rewards => RowOf::Rewards(Reward {
                employee,
                award: self.word(row, 1).map(|which| AWARDS[which]),
                date: self.date(row, 2),
                points: self.number(row, 3),
            }),
            Table::Vibe => RowOf::Vibe(Vibe {
                employee,
                date: self.date(row, 1),
                score: self.read(row, 2, score),
                zone: self.word(row, 3).map(|which| ZONES[which]),
            }),
        })
    }

    fn leave(&mut self, row: &Row<'_>, employee: Employee) -> Option<Leave> {
        let kind = self.word(row, 1).map(|which| LEAVES[which]);
        let days = self.read(row, 2, |plan, cell| plain_number(plan, cell, Kind::Days));
        let days = days.map(|(value, _)| value);
        if days.is_some_and(|days| days <= 0.0) {
            self.problem(row, 2, ProblemKind::NoDays);
            return None;
        }
        let days = days.filter(|days| {
            let fits = fits(*days, Kind::Days);
            if !fits {
                self.problem(row, 2, ProblemKind::TooLarge);
            }
            fits
        });
        let (start, end) = (self.date(row, 3), self.date(row, 4));
        if let (Some(start), Some(end)) = (start, end) {
            if end < start {
                self.problem(row, 4, ProblemKind::EndBeforeStart);
                return None;
            }
            let length = f64::from((end - start).get_days()) + 1.0;
            if days.is_some_and(|days| days > length) {
                self.tell(row, 2, ToldKind::DaysDiffer);
            }
        }
        Some(Leave { employee, kind, days, start, end })
    }

    fn date(&mut self, row: &Row<'_>, index: usize) -> Option<Date> {
        let (day, is_number) = self.read(row, index, |plan, cell| values::date(cell, plan.dates[index]))?;
        let open_end = matches!(schema::columns(self.plan.columns.table)[index].kind, Kind::Date { open_end: true });
        match day {
            Day::Of(date) => {
                if is_number {
                    self.tell(row, index, ToldKind::DayNumbers);
                }
                Some(date)
            }
            Day::Open => {
                match open_end {
                    true => self.tell(row, index, ToldKind::OpenEnd),
                    false => self.problem(row, index, ProblemKind::Placeholder),
                }
                None
            }
        }
    }

    /// A number within what its column can have.
    fn number(&mut self, row: &Row<'_>, index: usize) -> Option<f64> {
        let kind = schema::columns(self.plan.columns.table)[index].kind;
        let (value, is_money) = self.read(row, index, |plan, cell| {
            let found = plain_number(plan, cell, kind)?;
            match found.filter(|(value, _)| !fits(*value, kind)) {
                Some((value, _)) => Err(unfit(value, kind)),
                None => Ok(found),
            }
        })?;
        if is_money {
            self.tell(row, index, ToldKind::Money);
        }
        // There is one 0.
        Some(value + 0.0)
    }

    fn count(&mut self, row: &Row<'_>, index: usize) -> Option<u32> {
        self.number(row, index).map(|value| value as u32)
    }

    fn word(&mut self, row: &Row<'_>, index: usize) -> Option<usize> {
        let Kind::Word(words) = schema::columns(self.plan.columns.table)[index].kind else { return None };
        self.read(row, index, |plan, cell| values::word(cell, words, &|folded| confirmed(&plan.answers, words, folded)))
    }
}

fn plain_number(plan: &Plan, cell: &Cell<'_>, kind: Kind) -> Result<Option<(f64, bool)>, ProblemKind> {
    values::number(cell, plan.decimal, matches!(kind, Kind::Hours))
}

/// Why a value cannot be in a column.
fn unfit(value: f64, kind: Kind) -> ProblemKind {
    match kind {
        Kind::Rating | Kind::Score => ProblemKind::OffScale,
        _ if value < 0.0 => ProblemKind::BelowZero,
        Kind::Hours => ProblemKind::OverDay,
        Kind::Count if value.fract() != 0.0 => ProblemKind::NotWhole,
        _ => ProblemKind::TooLarge,
    }
}

/// A score, laid over 1 to 6 where it is on another scale.
fn score(plan: &Plan, cell: &Cell<'_>) -> Result<Option<f64>, ProblemKind> {
    let read = plain_number(plan, cell, Kind::Score);
    let value = match read {
        Ok(None) => return Ok(None),
        Ok(Some((value, _))) => value,
        Err(kind) => {
            let Ok(Some(sign)) = said(cell) else { return Err(kind) };
            let meant = plan.answers.words.get(&sign.to_lowercase()).and_then(|meant| meant.parse::<u8>().ok());
            return meant.filter(|meant| (1..=6).contains(meant)).map(|meant| Some(f64::from(meant))).ok_or(kind);
        }
    };
    let (least, most) = plan.scale.ends();
    let whole = plan.scale != Scale::OneToSix || value.fract() == 0.0;
    if !whole || !(least..=most).contains(&value) {
        return Err(ProblemKind::OffScale);
    }
    Ok(Some(1.0 + 5.0 * (value - least) / (most - least)))
}
