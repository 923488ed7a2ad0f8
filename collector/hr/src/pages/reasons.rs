//! Parts of the pages of a flag, HR's and the person's own: why it is, what would have to be otherwise, what people decided and said.

use attune_pages::Markup;
use attune_pages::part::Facts;
use attune_pages::table::{Cell, Column, Row, Table as Rows};
use attune_pages::words::{Calendar, HrFlagWords, decimal};

use super::focus::{severity_of, status_of};
use crate::unusual::{Flag, FlagReason, Handled, HrFlagChange, HrFlagDecided, HrFlagObjection};

fn texts() -> &'static HrFlagWords {
    &super::texts().flag
}

/// How a flag stands, and by which figures somebody was found.
pub(super) fn facts(severity: Option<&str>, flag: &Flag, times: &Calendar) -> Facts {
    let (texts, list) = (texts(), &super::texts().focus);
    let Flag { found, handled, found_at, .. } = flag;
    let sure = [("flagged", found.flagged_by.to_string()), ("seeds", found.seeds.to_string())];
    let sure = list.of_seeds.fill(&sure.each_ref().map(|(name, value)| (*name, value.as_str())));
    let facts = Facts::new()
        .fact(list.severity.as_str(), severity_of(severity))
        .fact(list.sure.as_str(), sure)
        .fact(texts.score.as_str(), decimal(found.score, 3))
        .fact(texts.decision.as_str(), decimal(found.decision, 3))
        .fact(texts.base.as_str(), decimal(found.base, 2))
        .fact(list.status.as_str(), status_of(handled.status));
    let said = [(&list.owner, &handled.owner), (&list.due, &handled.due), (&texts.notes, &handled.notes)];
    let said = said.into_iter().filter(|(_, said)| !said.is_empty());
    let facts = said.fold(facts, |facts, (label, said)| facts.fact(label.as_str(), said.as_str()));
    facts.with(texts.found.as_str(), &times.when(*found_at))
}

/// Reasons as a table; with what lies near to whoever may see that.
pub(super) fn reasons(caption: &str, all: &[FlagReason], with_ordinary: bool) -> Rows {
    let texts = texts();
    let mut columns = vec![
        Column::new(texts.reason.as_str()),
        Column::number(texts.size.as_str()),
        Column::new(super::texts().focus.severity.as_str()),
        Column::new(texts.value.as_str()),
        Column::new(texts.steady.as_str()),
    ];
    if with_ordinary {
        columns.push(Column::new(texts.ordinary.as_str()));
    }
    let row = |reason: &FlagReason| {
        let value = reason.value.map_or_else(|| texts.unknown.clone(), |value| decimal(value, 2));
        let (yes, no) = (&super::texts().yes, &super::texts().no);
        let mut cells = vec![
            Cell::text(reason.name),
            Cell::value(reason.size, 2),
            Cell::text(severity_of(reason.severity)),
            Cell::text(value),
            Cell::text(if reason.is_steady { yes.as_str() } else { no.as_str() }),
        ];
        if with_ordinary {
            cells.push(reason.ordinary.map_or_else(Cell::none, |[least, greatest]| {
                let [least, greatest] = [least, greatest].map(|value| decimal(value, 2));
                Cell::text(texts.range.fill(&[("least", &least), ("greatest", &greatest)]))
            }));
        }
        Row::new(cells)
    };
    all.iter().map(row).fold(Rows::new(caption, columns), Rows::row)
}

/// What would have to be otherwise.
pub(super) fn changes(all: Option<&[HrFlagChange]>) -> Markup {
    let texts = texts();
    let head = Markup::heading(texts.changes.as_str());
    let Some(all) = all else { return head.with(&Markup::paragraph(texts.no_change.as_str())) };
    let said = |change: &HrFlagChange| {
        let [from, to] = [change.from, change.to].map(|value| decimal(value, 2));
        Markup::paragraph(texts.change.fill(&[("name", change.name), ("from", &from), ("to", &to)]))
    };
    let said = all.iter().map(said).fold(head, |body, change| body.with(&change));
    said.with(&Markup::paragraph(texts.changes_note.as_str()))
}

/// What people decided, the oldest first.
pub(super) fn decisions(all: &[HrFlagDecided], handled: &Handled, times: &Calendar, with_names: bool) -> Markup {
    let texts = texts();
    if all.is_empty() {
        return Markup::paragraph(texts.undecided.as_str());
    }
    let mut columns =
        vec![Column::new(texts.at.as_str()), Column::new(texts.status.as_str()), Column::new(texts.because.as_str())];
    if with_names {
        columns.push(Column::new(texts.by.as_str()));
    }
    let row = |(told, decided): (&HrFlagDecided, i64)| {
        let mut cells =
            vec![Cell::of(&times.when(decided)), Cell::text(status_of(told.status)), Cell::text(told.reason.as_str())];
        if with_names {
            cells.push(Cell::text(told.by.as_deref().unwrap_or(texts.nobody.as_str())));
        }
        Row::new(cells)
    };
    let moments = handled.decisions.iter().map(|decided| decided.at);
    Markup::of(&all.iter().zip(moments).map(row).fold(Rows::new(texts.decided.as_str(), columns), Rows::row))
}

/// What the person objects, and what was answered.
pub(super) fn objections(all: &[HrFlagObjection], handled: &Handled, times: &Calendar) -> Markup {
    if all.is_empty() {
        return Markup::none();
    }
    let texts = texts();
    let labels = [&texts.at, &texts.objection, &texts.answer];
    let columns = labels.map(|label| Column::new(label.as_str())).into();
    let row = |(told, at): (&HrFlagObjection, i64)| {
        let answer = told.answer.as_deref().map_or_else(Cell::none, Cell::text);
        Row::new(vec![Cell::of(&times.when(at)), Cell::text(told.text.as_str()), answer])
    };
    let moments = handled.objections.iter().map(|objection| objection.at);
    Markup::of(&all.iter().zip(moments).map(row).fold(Rows::new(texts.objections.as_str(), columns), Rows::row))
}
