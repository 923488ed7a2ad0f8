use std::collections::BTreeMap;

use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table as Rows};
use attune_pages::words::{Calendar, HrDataWords, count, words};
use attune_people::pages::go_to;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{PLACE, called, place};
use crate::rows::Table;
use crate::sealed::UploadId;
use crate::state::Hr;
use crate::uploads::{Standing, Upload, written};
use crate::{give, shown, uploads};

/// Uploads that are shown.
const MOST: i64 = 50;

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

fn texts() -> &'static HrDataWords {
    &super::texts().data
}

/// The tables.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Hr>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let texts = texts();
    let done = match after.done.as_str() {
        "undone" => Some((texts.undone.as_str(), texts.undone_text.as_str())),
        "dropped" => Some((texts.dropped.as_str(), texts.dropped_text.as_str())),
        "taken" => Some((texts.taken.as_str(), "")),
        _ => None,
    };
    let news = done.map_or_else(Markup::none, |(title, text)| Markup::of(&Notice::new(Tone::Done, title, text)));
    page(&state, &asker, news, None).await
}

async fn page(state: &Hr, asker: &Asker, news: Markup, refused: Option<&Problem>) -> Result<Response, Problem> {
    let texts = texts();
    let all = uploads::all(state, i64::MAX, MOST).await?;
    let versions = uploads::versions(state.store().pool()).await?;
    let waits_for_us = |upload: &&Upload| upload.standing == Standing::Checked && !is_refused(upload);
    let waiting = all.iter().filter(waits_for_us).count() as u64;
    let waits = if waiting > 0 { texts.waits.of(waiting) } else { texts.none_waits.clone() };
    let finding = texts.finding.fill(&[("stand", &count(versions.len() as u64)), ("waits", &waits)]);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, PLACE).await?;
    let times = state.people().calendar(None).await?;
    let mut form = form(&csrf);
    if let Some(problem) = refused {
        form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
    }
    let body = news
        .with(&standing(state, &versions, &times).await?)
        .with(&ButtonLink::new("/hr/master", texts.master.as_str(), Weight::Quiet))
        .with(&ButtonLink::new(
            format!("{}/mood", super::figures::PATH),
            super::texts().figures.link.as_str(),
            Weight::Quiet,
        ))
        .with(&ButtonLink::new(super::focus::PATH, super::texts().focus.link.as_str(), Weight::Quiet))
        // Pages of other subjects, of which nothing but the place is known here.
        .with(&ButtonLink::new("/hr/reports", words().reports.link.as_str(), Weight::Quiet))
        .with(&ButtonLink::new("/hr/letters", words().contact.tabs.letters.as_str(), Weight::Quiet))
        .with(&ButtonLink::new("/hr/talks", words().talks.hr.title.as_str(), Weight::Quiet))
        .with(&form)
        .with(&given(&all, &times));
    Ok(frame.refused(refused.is_some()).answer(&body))
}

/// Which version of each table stands.
async fn standing(state: &Hr, versions: &BTreeMap<i64, (UploadId, i64)>, times: &Calendar) -> Result<Rows, Problem> {
    let texts = texts();
    let columns = vec![
        Column::new(texts.table.as_str()),
        Column::number(texts.version.as_str()),
        Column::number(texts.rows.as_str()),
        Column::new(texts.since.as_str()),
        Column::new(texts.by.as_str()),
        Column::new(texts.undo.as_str()),
    ];
    let mut rows = Rows::new(texts.standing.as_str(), columns);
    for table in Table::ALL {
        let upload = match versions.get(&table.number()) {
            Some((id, _)) => uploads::find(state, *id).await?,
            None => None,
        };
        let Some(upload) = upload else {
            let none = [Cell::none(), Cell::none(), Cell::text(texts.nothing.as_str()), Cell::none(), Cell::text("")];
            rows = rows.row(Row::new([vec![Cell::text(called(table))], none.into()].concat()));
            continue;
        };
        let id = written(&upload.id);
        let by = shown::giver(state, &upload).await?.unwrap_or_else(|| texts.nobody.clone());
        let undo = ButtonLink::new(format!("{}/undo", place(&id)), texts.undo.as_str(), Weight::Quiet);
        let cells = vec![
            Cell::text(called(table)),
            upload.version.map_or_else(Cell::none, |version| Cell::count(version.unsigned_abs())),
            Cell::count(upload.held.unsigned_abs()),
            upload.decided_at.map_or_else(Cell::none, |at| Cell::of(&times.when(at))),
            Cell::text(by),
            Cell::of(&undo),
        ];
        rows = rows.row(Row::new(cells).to(place(&id)));
    }
    Ok(rows)
}

/// The form by which a table is given. The token stands in the address, too: a form with a file is not looked into for it.
fn form(csrf: &str) -> Form {
    let texts = texts();
    let any = Choice::new(give::ANY, texts.give_any.as_str());
    let tables = Table::ALL.map(|table| Choice::new(table.name(), called(table)));
    let choices = [vec![any], tables.into()].concat();
    let accept = ".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Form::post("give", format!("{PLACE}?csrf={csrf}"), csrf)
        .named(texts.give.as_str())
        .field(Field::select("table", texts.give_table.as_str(), choices).value(give::ANY))
        .field(Field::file("file", texts.give_file.as_str(), accept).hint(texts.give_hint.as_str()))
        .button(Button::primary(texts.give_button.as_str()))
}

/// Uploads, the newest first.
fn given(all: &[Upload], times: &Calendar) -> Rows {
    let texts = texts();
    let columns = vec![
        Column::new(texts.file.as_str()),
        Column::new(texts.table.as_str()),
        Column::new(texts.given.as_str()),
        Column::new(texts.state.as_str()),
        Column::number(texts.problems.as_str()),
    ];
    let rows = Rows::new(texts.uploads.as_str(), columns)
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: None })
        .note(texts.note.as_str());
    all.iter().map(|upload| row(upload, times)).fold(rows, Rows::row)
}

fn row(upload: &Upload, times: &Calendar) -> Row {
    let name = if upload.about.name.is_empty() { "-" } else { upload.about.name.as_str() };
    // What was not read to its end has problems that nobody knows.
    let report = upload.about.report.as_ref().filter(|report| report.refused.is_none() && report.questions.is_empty());
    let problems = report.map(|report| Cell::count(report.count()));
    let cells = vec![
        Cell::text(name),
        upload.table.map_or_else(Cell::none, |table| Cell::text(called(table))),
        Cell::of(&times.when(upload.given_at)),
        Cell::text(state_of(upload)),
        problems.unwrap_or_else(Cell::none),
    ];
    Row::new(cells).to(place(&written(&upload.id)))
}

/// Whether a file can't be read, so that there is nothing to decide on.
fn is_refused(upload: &Upload) -> bool {
    upload.about.report.as_ref().is_some_and(|report| report.refused.is_some())
}

/// How an upload stands, in words.
pub(super) fn state_of(upload: &Upload) -> &'static str {
    let texts = super::texts();
    let asks = upload.about.report.as_ref().is_some_and(|report| !report.questions.is_empty());
    match upload.standing {
        Standing::Checked if is_refused(upload) => &texts.unreadable,
        Standing::Checked if asks => &texts.asks,
        Standing::Taken if upload.stands => &texts.stands,
        Standing::Taken => &texts.replaced,
        standing => &texts.states[standing as usize],
    }
}

/// Takes a table in, and leads on to what was found in it.
pub(super) async fn give(asker: Asker, State(state): State<Hr>, request: Request) -> Result<Response, Problem> {
    match give::give(&state, &asker, request, None).await {
        Ok(upload) => Ok(go_to(&place(&written(&upload.id)), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let shown = page(&state, &asker, Markup::none(), Some(&problem)).await?;
            Ok((status, shown).into_response())
        }
        Err(problem) => Err(problem),
    }
}
