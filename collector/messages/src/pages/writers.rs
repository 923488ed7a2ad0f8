use attune_ground::http::{AnyQuery, Problem};
use attune_ground::time::now_millis;
use attune_pages::Markup;
use attune_pages::form::{Button, Choice, Field, Form, TextKind};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, WriterWords, words};
use attune_people::access::{self, By, Of};
use attune_people::accounts;
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use attune_protocol::ids::PersonId;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::channels::kind;
use crate::channels::{read, written};
use crate::error::MessagesError;
use crate::incoming::ChannelKind;
use crate::state::Messages;
use crate::writers::{self, LONGEST, Linked, Others, Writer};

const PATH: &str = "/admin/writers";
/// Where one comes from.
const BACK: &str = "/admin/channels";
/// The place of the header below which the page is.
const PLACE: &str = "/admin/services";
/// Where a person has a name of theirs forgotten.
const OWN_REMOVE: &str = "/me/messages/names/remove";

/// Whose names are asked for, and what was done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    user_id: String,
    done: String,
}

fn texts() -> &'static WriterWords {
    &words().messages.writers
}

/// How people are called where they write: the form by which that is said, and the names of whom a user id names.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Messages>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    let done = match asked.done.as_str() {
        "linked" => Some(texts().linked.as_str()),
        "unlinked" => Some(texts().unlinked.as_str()),
        _ => None,
    };
    let news = done.map_or_else(Markup::none, |done| Markup::of(&Notice::new(Tone::Done, done, "")));
    let opened = open(&state, &asker).await?;
    let found = found(&state, &asker, &asked.user_id, &opened.csrf).await?;
    let form = link_form(&opened.csrf);
    Ok(opened.frame.answer(&news.with(&filter(&asked.user_id)).with(&found).with(&form)))
}

async fn open(state: &Messages, asker: &Asker) -> Result<Opened, Problem> {
    let opened = opened(state.people(), asker, &texts().title, &texts().finding, PLACE).await?;
    let frame = opened.frame.back(BACK, texts().back.as_str());
    Ok(Opened { frame, ..opened })
}

fn filter(user_id: &str) -> Form {
    let texts = texts();
    Form::get("filter", PATH)
        .field(
            Field::text("user_id", texts.user_id.as_str(), TextKind::Search)
                .hint(texts.user_id_whole.as_str())
                .value(user_id)
                .at_most(256),
        )
        .button(Button::quiet(texts.show.as_str()))
}

fn link_form(csrf: &str) -> Form {
    let texts = texts();
    let kinds = ChannelKind::ALL.map(|of| Choice::new(of.name(), kind(of)));
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let text = |name: &str, label: &str, hint: &str| {
        Field::text(name, label, TextKind::Name).hint(hint).at_most(most).autocomplete("off")
    };
    Form::post("link", PATH, csrf)
        .named(texts.link.as_str())
        .field(Field::select("kind", texts.kind.as_str(), kinds.into()))
        .field(text("name", &texts.name, &texts.name_hint))
        .field(text("user_id", &texts.user_id, &texts.user_id_hint))
        .button(Button::primary(texts.link_button.as_str()))
}

/// The names of whom a user id names. That they were looked at is on record.
async fn found(state: &Messages, asker: &Asker, user_id: &str, csrf: &str) -> Result<Markup, Problem> {
    if user_id.trim().is_empty() {
        return Ok(Markup::none());
    }
    let Some(person) = person_of(state, user_id).await? else {
        return Ok(Markup::paragraph(texts().nobody.as_str()));
    };
    access::read(state.store(), asker, Of::Person(person)).await?;
    let all = writers::of(state.store(), state.people().keys(), person).await?;
    let times = Calendar::new(TimeZone::UTC, now_millis());
    Ok(table(&all, &times, (csrf, PATH, "/admin/writers/remove"), Some(user_id.trim())))
}

async fn person_of(state: &Messages, user_id: &str) -> Result<Option<PersonId>, MessagesError> {
    let Ok(user_id) = accounts::user_id(user_id) else { return Ok(None) };
    Ok(accounts::find_person(state.store(), state.people().keys(), &user_id).await?)
}

/// Names, each with the form that forgets it.
fn table(all: &[Writer], times: &Calendar, (csrf, id, to): (&str, &str, &str), user_id: Option<&str>) -> Markup {
    let texts = texts();
    let columns = [&texts.name, &texts.kind, &texts.since, &texts.step].map(|text| Column::new(text.as_str())).to_vec();
    // Without a user id they are those of whoever looks.
    let (empty, note) =
        if user_id.is_some() { (&texts.empty, &texts.note) } else { (&texts.own_empty, &texts.own_note) };
    let table = Table::new(texts.table.as_str(), columns)
        .when_empty(&Shown::Empty { what: empty.clone(), step: None })
        .note(note.as_str());
    let row = |(number, one): (usize, &Writer)| {
        let form = Form::post(format!("n{number}{}", id.replace('/', "-")), to, csrf)
            .hidden("name", written(&one.tag))
            .hidden("user_id", user_id.unwrap_or_default())
            .button(Button::quiet(texts.unlink.as_str()));
        let (name, of, since) = match &one.named {
            Some((of, name, at)) => (Cell::text(name.as_str()), Cell::text(kind(*of)), Cell::of(&times.when(*at))),
            None => (Cell::text(texts.unnamed.as_str()), Cell::none(), Cell::none()),
        };
        Row::new(vec![name, of, since, Cell::of(&form)])
    };
    Markup::of(&all.iter().enumerate().map(row).fold(table, Table::row))
}

/// Says how somebody is called.
pub(super) async fn link(asker: Asker, State(state): State<Messages>, request: Request) -> Result<Response, Problem> {
    let fields = Fields::take(state.people().bodies(), request).await?;
    match linked(&state, &asker, &fields).await {
        Ok(()) => Ok(go_to(&format!("{PATH}?done=linked"), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let opened = open(&state, &asker).await?;
            let mut form = link_form(&opened.csrf).keep(fields.typed());
            form.refuse(problem.field.as_deref().unwrap_or_default(), problem.detail.clone());
            let status = StatusCode::from_u16(problem.status).unwrap_or_default();
            let page = opened.frame.refused(true).answer(&Markup::of(&filter("")).with(&form));
            Ok((status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn linked(state: &Messages, asker: &Asker, fields: &Fields) -> Result<(), Problem> {
    let texts = texts();
    let kind = ChannelKind::of_name(fields.get("kind"));
    let kind = kind.ok_or_else(|| Problem::bad_request("kind", texts.kind_wrong.clone()))?;
    let name = fields.get("name");
    if name.trim().is_empty() || name.chars().count() > LONGEST {
        return Err(Problem::bad_request("name", texts.name_wrong.clone()));
    }
    let nobody = || Problem::bad_request("user_id", texts.nobody.clone());
    let person = person_of(state, fields.get("user_id")).await?.ok_or_else(nobody)?;
    match writers::link(state, (kind, name), person, By::asker(asker).as_ref(), Others::Left).await? {
        Linked::Done => Ok(()),
        Linked::Nobody => Err(nobody()),
        Linked::Others => Err(Problem::conflict("name", texts.others.clone())),
    }
}

/// Forgets a name of whom a user id names.
pub(super) async fn unlink(asker: Asker, State(state): State<Messages>, request: Request) -> Result<Response, Problem> {
    let fields = Fields::take(state.people().bodies(), request).await?;
    let person = person_of(&state, fields.get("user_id")).await?.ok_or_else(gone)?;
    let tag = read(fields.get("name")).ok_or_else(gone)?;
    match writers::unlink(&state, person, tag, By::asker(&asker).as_ref()).await? {
        true => Ok(go_to(&format!("{PATH}?done=unlinked"), Vec::new())),
        false => Err(gone()),
    }
}

fn gone() -> Problem {
    Problem::not_found("there is no such name; it may have been forgotten meanwhile")
}

/// How whoever looks is called where they write, with the forms by which they have each forgotten.
pub(super) async fn own(state: &Messages, own: &Own, times: &Calendar, csrf: &str) -> Result<Markup, Problem> {
    let mut all = Vec::new();
    for person in &own.people {
        all.extend(writers::of(state.store(), state.people().keys(), *person).await?);
    }
    Ok(table(&all, times, (csrf, "own", OWN_REMOVE), None))
}

/// Forgets a name of one's own.
pub(super) async fn forget(asker: Asker, State(state): State<Messages>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let fields = Fields::take(state.people().bodies(), request).await?;
    let tag = read(fields.get("name")).ok_or_else(gone)?;
    for person in &own.people {
        if writers::unlink(&state, *person, tag, By::asker(&asker).as_ref()).await? {
            return Ok(go_to("/me/messages", Vec::new()));
        }
    }
    Err(gone())
}
