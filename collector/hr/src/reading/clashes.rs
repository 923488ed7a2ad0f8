//! Rows that say different things of what can only be once, and leave that overlaps.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::rows::{Employee, Period};

use super::RowOf;
use super::answers::{Answers, Asked, Choice, Question, Repeats};
use super::plan::Plan;
use super::problem::ProblemKind;
use super::report::{Report, ToldKind};

/// What there can only be once of: an employee's start, and their review of a period.
fn key(row: &RowOf) -> Option<(&Employee, Option<Period>)> {
    match row {
        RowOf::Onboarding(row) => Some((&row.employee, None)),
        RowOf::Performance(row) => row.period.map(|period| (&row.employee, Some(period))),
        RowOf::Activity(_) | RowOf::Leave(_) | RowOf::Rewards(_) | RowOf::Vibe(_) => None,
    }
}

/// What becomes of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Counts,
    Again,
    Clashes,
}

/// The rows that count. Those that clash do not, unless a person has said that all do.
pub(crate) fn told(kept: Vec<(u32, RowOf)>, plan: &Plan, heading: &str, report: &mut Report) -> Vec<(u32, RowOf)> {
    let fates = fates(&kept);
    let mut counting = Vec::with_capacity(kept.len());
    let mut clash = false;
    for ((number, row), fate) in kept.into_iter().zip(fates) {
        match fate {
            Fate::Counts => counting.push((number, row)),
            Fate::Again | Fate::Clashes if plan.keeps_repeats() => {
                report.tell(ToldKind::Kept, None, Some(number));
                counting.push((number, row));
            }
            Fate::Again => report.tell(ToldKind::Repeated, None, Some(number)),
            Fate::Clashes => {
                clash = true;
                report.problem(number, Some(heading), ProblemKind::Clash);
            }
        }
    }
    if clash && plan.answers.repeats.is_none() {
        report.offers.push(offer());
    }
    counting
}

fn fates(kept: &[(u32, RowOf)]) -> Vec<Fate> {
    let mut by_key: HashMap<(&Employee, Option<Period>), Vec<usize>> = HashMap::new();
    for (at, (_, row)) in kept.iter().enumerate() {
        if let Some(key) = key(row) {
            by_key.entry(key).or_default().push(at);
        }
    }
    let mut fates = vec![Fate::Counts; kept.len()];
    for rows in by_key.values().filter(|rows| rows.len() > 1) {
        let same = rows.iter().all(|at| kept[*at].1 == kept[rows[0]].1);
        for (nth, at) in rows.iter().enumerate() {
            fates[*at] = match (same, nth) {
                (false, _) => Fate::Clashes,
                (true, 0) => Fate::Counts,
                (true, _) => Fate::Again,
            };
        }
    }
    fates
}

fn offer() -> Question {
    let to = |text: &str, repeats| Choice {
        text: text.to_owned(),
        answers: Answers { repeats: Some(repeats), ..Answers::default() },
    };
    Question {
        asked: Asked::Repeats,
        text: "Rows say different things of the same employee, and were left out. Are all of them to count?".to_owned(),
        choices: vec![to("leave them out", Repeats::LeaveOut), to("count all of them", Repeats::Keep)],
        columns: Vec::new(),
        words: Vec::new(),
    }
}

/// Rows of leave that overlap another one of the same employee.
pub(crate) fn overlaps(kept: &[(u32, RowOf)]) -> Vec<u32> {
    let span = |(number, row): &(u32, RowOf)| match row {
        RowOf::Leave(row) => Some((row.employee.clone(), row.start?, row.end?, *number)),
        _ => None,
    };
    let mut spans: Vec<(Employee, Date, Date, u32)> = kept.iter().filter_map(span).collect();
    spans.sort();
    let mut overlapping = Vec::new();
    let mut last: Option<&(Employee, Date, Date, u32)> = None;
    for span in &spans {
        match last.filter(|last| last.0 == span.0) {
            Some(before) if span.1 <= before.2 => {
                overlapping.extend([before.3, span.3]);
                // The one that ends later is the one that the next can overlap.
                last = Some(if span.2 > before.2 { span } else { before });
            }
            _ => last = Some(span),
        }
    }
    overlapping.sort_unstable();
    overlapping.dedup();
    overlapping
}
