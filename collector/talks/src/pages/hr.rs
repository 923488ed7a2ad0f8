use std::collections::BTreeSet;

use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::HrTalkWords;
use attune_people::access::{self, Of};
use attune_people::accounts;
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::State;
use axum::response::Response;

use super::{HR, report::lines};
use crate::report;
use crate::state::Talks;

/// The place of the header below which the pages are.
const PLACE: &str = "/hr";

fn texts() -> &'static HrTalkWords {
    &super::texts().hr
}

/// What people released of reports.
pub(super) async fn show(asker: Asker, State(state): State<Talks>) -> Result<Response, Problem> {
    let texts = texts();
    let times = state.people().calendar(None).await?;
    let all = report::all_released(&state).await?;
    let finding = if all.is_empty() { texts.empty.clone() } else { texts.finding.of(all.len() as u64) };
    let Opened { frame, .. } = opened(state.people(), &asker, &texts.title, &finding, PLACE).await?;
    if !state.may_release() {
        return Ok(frame.answer(&Shown::Withheld { rule: texts.may_not.clone() }));
    }
    let columns = [&texts.who, &texts.since].map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.empty.clone(), step: None };
    let table = Table::new(texts.table.as_str(), columns).when_empty(&empty);
    let table = all.iter().fold(table, |table, of| {
        let who = of.user.as_deref().unwrap_or(&texts.unknown);
        let cells = vec![Cell::text(who), Cell::of(&times.when(of.released_at))];
        table.row(Row::new(cells).to(format!("{HR}/{}", of.talk)))
    });
    Ok(frame.answer(&table))
}

/// What a person released of one.
pub(super) async fn one(asker: Asker, State(state): State<Talks>, Path(id): Path<String>) -> Result<Response, Problem> {
    let texts = texts();
    let none = || Problem::not_found("nothing of such a report is released");
    let id = id.parse().map_err(|_| none())?;
    let (person, released) = report::released(&state, id).await?.ok_or_else(none)?;
    access::read(state.store(), &asker, Of::Person(person)).await?;
    let users = accounts::users_of(state.store(), state.people().keys(), &BTreeSet::from([person])).await?;
    let who = users.get(&person).map_or(texts.unknown.as_str(), String::as_str);
    let finding = texts.report_finding.with("who", who);
    let Opened { frame, .. } = opened(state.people(), &asker, &texts.report, &finding, PLACE).await?;
    Ok(frame.back(HR, texts.back.as_str()).answer(&Markup::none().with(&lines(&released.report))))
}
