use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{ButtonLink, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::table::{Cell, Column, Row, Table as Lines};
use attune_pages::words::{self, Calendar, HrColumns, HrOwnWords};
use attune_people::me::Own;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::master::{called_with, cell, says};
use super::{calendar, called, objection};
use crate::kept::OfOne;
use crate::own::{self, OwnFeature};
use crate::rows::{Activity, Leave, Onboarding, Period, Review, Reward, Vibe};
use crate::sealed::Rows;
use crate::state::Hr;
use crate::turn::WAITS;
use crate::unusual;

/// The place of the header below which the page is.
const PLACE: &str = "/me/data";
/// Rows of a table that are seen at once; all of them are in the archive.
const SEEN: usize = 500;

fn texts() -> &'static HrOwnWords {
    &super::texts().own
}

fn columns() -> &'static HrColumns {
    &texts().columns
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// What tables of HR say of who asks.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let finding = texts().finding.with("times", &times.says());
    let Opened { frame, csrf, .. } = opened(state.people(), &asker, &texts().title, &finding, PLACE).await?;
    let _turn = state.looking_at_own().within(WAITS).await?;
    let kept = own::all(&state, &own.people).await?;
    let features = own::features(&state, &kept).await?;
    let flags = unusual::of_all(&state, &own.people).await?;
    let mut body = match kept.is_empty() {
        true => Markup::of(&Notice::new(Tone::Plain, texts().none.as_str(), "")),
        false => Markup::of(&ButtonLink::new(calendar::PATH, super::texts().days.link.as_str(), Weight::Quiet)),
    };
    if after.done == "objected" {
        body = body.with(&Notice::new(Tone::Done, super::texts().flag.objected.as_str(), ""));
    }
    // One form is enough: a person has one flag, but for accounts of earlier versions.
    if let Some(flag) = flags.first() {
        body = body.with(&objection::of(flag, &times, &csrf));
    }
    for part in kept {
        body = body.with(&table(part, &times));
    }
    if !features.is_empty() {
        body = body.with(&made(features));
    }
    let body = body.with(&Markup::paragraph(texts().note.as_str()));
    Ok(frame.back(PLACE, texts().back.as_str()).answer(&body))
}

/// One part of what is kept, as a table.
fn table(part: OfOne, times: &Calendar) -> Lines {
    let OfOne { stands, taken_at, rows } = part;
    let name = called(rows.table());
    let caption = match (stands, taken_at) {
        (true, _) => texts().stands.with("table", name),
        (false, Some(at)) => texts().before.fill(&[("table", name), ("moment", &times.moment(at))]),
        (false, None) => texts().taking.with("table", name),
    };
    let (labels, cells) = written(rows);
    let mut lines = Lines::new(caption, labels.into_iter().map(Column::new).collect());
    if cells.len() > SEEN {
        lines = lines.note(texts().more.with("seen", &SEEN.to_string()));
    }
    cells.into_iter().take(SEEN).map(Row::new).fold(lines, Lines::row)
}

/// What is made of what stands, as HR sees it, and what each of it is.
fn made(features: Vec<OwnFeature>) -> Lines {
    let of = &super::texts().master;
    let columns = [&of.feature, &texts().value, &of.definition].map(|label| Column::new(label.as_str()));
    let line = |feature: OwnFeature| {
        Row::new(vec![
            Cell::text(called_with(feature.display_name, feature.unit)),
            feature.value.map_or_else(Cell::none, cell),
            Cell::text(says(feature.definition, feature.decay_a_day)),
        ])
    };
    features.into_iter().map(line).fold(Lines::new(texts().features.as_str(), columns.into()), Lines::row)
}

/// Rows in words: what the columns are called, and the cells of each row.
fn written(rows: Rows) -> (Vec<&'static str>, Vec<Vec<Cell>>) {
    let of = columns();
    match rows {
        Rows::Activity(rows) => (
            [&of.date, &of.messages, &of.mails, &of.meetings, &of.hours].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Activity { date, messages, mails, meetings, hours, .. }| {
                    vec![day(date), count(messages), count(mails), count(meetings), value(hours)]
                })
                .collect(),
        ),
        Rows::Leave(rows) => (
            [&of.start, &of.end, &of.kind, &of.days].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Leave { kind, days, start, end, .. }| {
                    vec![day(start), day(end), word(kind.map(|kind| &texts().leaves[kind as usize])), value(days)]
                })
                .collect(),
        ),
        Rows::Onboarding(rows) => (
            [&of.joined, &of.feedback, &of.mentor, &of.trained].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Onboarding { joined, feedback, mentor, trained, .. }| {
                    let feedback = feedback.map(|feedback| &texts().feedbacks[feedback as usize]);
                    vec![day(joined), word(feedback), truth(mentor), truth(trained)]
                })
                .collect(),
        ),
        Rows::Performance(rows) => (
            [&of.period, &of.rating, &of.judgement, &of.promotion].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Review { period, rating, judgement, promotion, .. }| {
                    let judgement = judgement.map(|judgement| &texts().judgements[judgement as usize]);
                    vec![when(period), count(rating.map(u32::from)), word(judgement), truth(promotion)]
                })
                .collect(),
        ),
        Rows::Rewards(rows) => (
            [&of.date, &of.award, &of.points].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Reward { award, date, points, .. }| {
                    vec![day(date), word(award.map(|award| &texts().awards[award as usize])), value(points)]
                })
                .collect(),
        ),
        Rows::Vibe(rows) => (
            [&of.date, &of.score, &of.zone].map(String::as_str).to_vec(),
            rows.into_iter()
                .map(|Vibe { date, score, zone, .. }| {
                    let zone = zone.map(|zone| &texts().zones[zone as usize]);
                    vec![day(date), value(score), word(zone)]
                })
                .collect(),
        ),
    }
}

fn day(date: Option<Date>) -> Cell {
    date.map_or_else(Cell::none, |date| Cell::text(words::date(date)))
}

fn count(count: Option<u32>) -> Cell {
    count.map_or_else(Cell::none, |count| Cell::count(u64::from(count)))
}

fn value(value: Option<f64>) -> Cell {
    value.map_or_else(Cell::none, |value| Cell::text(words::short(value)))
}

fn word(word: Option<&String>) -> Cell {
    word.map_or_else(Cell::none, |word| Cell::text(word.as_str()))
}

fn truth(is_so: Option<bool>) -> Cell {
    let of = super::texts();
    is_so.map_or_else(Cell::none, |is_so| Cell::text(if is_so { of.yes.as_str() } else { of.no.as_str() }))
}

fn when(period: Option<Period>) -> Cell {
    period.map_or_else(Cell::none, |Period { year, part }| {
        Cell::text(texts().parts[part as usize].with("year", &year.to_string()))
    })
}
