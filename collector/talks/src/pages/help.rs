use attune_ground::http::AnyQuery;
use attune_pages::form::{Button, ButtonLink, Field, Form, TextKind, Weight};
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::HelpWords;
use attune_pages::{Frame, Markup};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{HELP, PLAN};
use crate::state::Talks;

fn texts() -> &'static HelpWords {
    &super::texts().help
}

/// Of which country help is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    country: Option<String>,
}

/// Where help is, for anybody: nobody signs in for it, and that somebody looked is kept nowhere.
pub(super) async fn show(State(state): State<Talks>, AnyQuery(asked): AnyQuery<Asked>) -> Response {
    let texts = texts();
    let country = asked.country.filter(|country| !country.trim().is_empty());
    let country = country.or_else(|| Some(state.settings().country.clone()).filter(|of| !of.is_empty()));
    let frame = Frame::new(texts.title.as_str(), texts.finding.as_str(), state.people().profile());
    let body = Markup::of(&numbers(&state, country.as_deref()))
        .with(&choosing(country.as_deref()))
        .with(&ButtonLink::new(PLAN, texts.plan.as_str(), Weight::Quiet));
    frame.answer(&body)
}

/// Numbers of a country, or of all.
pub(super) fn numbers(state: &Talks, country: Option<&str>) -> Table {
    let texts = texts();
    let columns = [&texts.name, &texts.number, &texts.hours, &texts.country];
    let columns = columns.map(|text| Column::new(text.as_str())).to_vec();
    state.settings().help.of(country).into_iter().fold(Table::new(texts.title.as_str(), columns), |table, of| {
        table.row(Row::new(vec![
            Cell::text(of.name),
            Cell::text(of.number),
            Cell::text(of.hours),
            if of.country.is_empty() { Cell::none() } else { Cell::text(of.country) },
        ]))
    })
}

fn choosing(country: Option<&str>) -> Form {
    let texts = texts();
    let field = Field::text("country", texts.country.as_str(), TextKind::Name)
        .hint(texts.country_hint.as_str())
        .at_most(2)
        .value(country.unwrap_or_default());
    Form::get("country", HELP).field(field).button(Button::quiet(texts.show.as_str()))
}
