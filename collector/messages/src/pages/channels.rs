use attune_ground::http::{AnyQuery, Path, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, ButtonLink, Choice, Field, Form, TextKind, Weight};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, ChannelWords, words};
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::channels::{self, Channel, LONGEST, written};
use crate::incoming::ChannelKind;
use crate::state::Messages;

const PATH: &str = "/admin/channels";
/// The place of the header below which the page is.
const PLACE: &str = "/admin/services";

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

fn texts() -> &'static ChannelWords {
    &words().messages.channels
}

/// The channels.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Messages>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let done = match after.done.as_str() {
        "made" => Some(texts().made.as_str()),
        "switched" => Some(texts().switched.as_str()),
        _ => None,
    };
    let opened = open(&state, &asker).await?;
    let news = done.map_or_else(Markup::none, |done| Markup::of(&Notice::new(Tone::Done, done, "")));
    let body = body(&state, &opened.csrf, &form(&opened.csrf)).await?;
    Ok(opened.frame.answer(&news.with(&body)))
}

async fn open(state: &Messages, asker: &Asker) -> Result<Opened, Problem> {
    let opened = opened(state.people(), asker, &texts().title, &texts().finding, PLACE).await?;
    let frame = opened.frame.back(PLACE, texts().back.as_str());
    Ok(Opened { frame, ..opened })
}

/// What a kind of channel is called.
pub(super) fn kind(of: ChannelKind) -> &'static str {
    texts().kinds.get(usize::from(of.number())).map_or("", String::as_str)
}

fn form(csrf: &str) -> Form {
    let texts = texts();
    let kinds = ChannelKind::ALL.map(|of| Choice::new(of.name(), kind(of)));
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let text = |name: &str, label: &str| Field::text(name, label, TextKind::Plain).at_most(most).autocomplete("off");
    Form::post("channel", PATH, csrf)
        .named(texts.new.as_str())
        .field(text("name", &texts.name))
        .field(Field::select("kind", texts.kind.as_str(), kinds.into()))
        .field(text("external_id", &texts.external_id).hint(texts.external_hint.as_str()))
        .button(Button::primary(texts.make.as_str()))
}

async fn body(state: &Messages, csrf: &str, form: &Form) -> Result<Markup, Problem> {
    let (texts, times) = (texts(), Calendar::new(TimeZone::UTC, now_millis()));
    let columns = [&texts.name, &texts.kind, &texts.external_id, &texts.since, &texts.state, &texts.step];
    let table = Table::new(texts.table.as_str(), columns.map(|text| Column::new(text.as_str())).to_vec())
        .when_empty(&Shown::Empty { what: texts.empty.clone(), step: None });
    let row = |channel: Channel| {
        let id = written(&channel.id);
        let (label, active) = if channel.active { (&texts.switch_off, "no") } else { (&texts.switch_on, "yes") };
        let switch = Form::post(format!("s{id}"), format!("{PATH}/{id}"), csrf)
            .hidden("active", active)
            .button(Button::quiet(label.as_str()));
        Row::new(vec![
            Cell::text(channel.name),
            Cell::text(kind(channel.kind)),
            Cell::text(channel.external_id),
            Cell::text(times.day(channel.made_at)),
            Cell::text(if channel.active { texts.on.as_str() } else { texts.off.as_str() }),
            Cell::of(&switch),
        ])
    };
    let table = channels::all(state.store()).await?.into_iter().map(row).fold(table, Table::row);
    let writers = ButtonLink::new("/admin/writers", texts.writers.as_str(), Weight::Quiet);
    Ok(Markup::of(&table).with(&writers).with(form))
}

/// Makes a channel.
pub(super) async fn make(asker: Asker, State(state): State<Messages>, request: Request) -> Result<Response, Problem> {
    let fields = Fields::take(state.people().bodies(), request).await?;
    let made = match ChannelKind::of_name(fields.get("kind")) {
        Some(kind) => channels::make(&state, kind, fields.get("external_id"), fields.get("name")).await.map(drop),
        None => Err(Problem::bad_request("kind", "choose one of these kinds")),
    };
    match made {
        Ok(()) => Ok(go_to(&format!("{PATH}?done=made"), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let opened = open(&state, &asker).await?;
            let mut form = form(&opened.csrf).keep(fields.typed());
            form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
            let body = body(&state, &opened.csrf, &form).await?;
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            Ok((status, opened.frame.refused(true).answer(&body)).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Takes messages in from a channel, or not any more.
pub(super) async fn switch(
    State(state): State<Messages>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let fields = Fields::take(state.people().bodies(), request).await?;
    let switched = match channels::read(&id) {
        Some(id) => channels::set_active(state.store(), id, fields.get("active") == "yes").await?,
        None => false,
    };
    match switched {
        true => Ok(go_to(&format!("{PATH}?done=switched"), Vec::new())),
        false => Err(Problem::not_found("there is no such channel")),
    }
}
