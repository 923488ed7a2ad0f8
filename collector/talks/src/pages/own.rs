use attune_ground::http::{AnyQuery, Problem};
use attune_pages::Markup;
use attune_pages::form::{Button, Field, Form};
use attune_pages::part::{Notice, Tone};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, OwnTalkWords, count};
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Refused, TALKS, answered_as, consent, nonce, place, read_nonce, refuse, tabs};
use crate::companion;
use crate::egress;
use crate::own;
use crate::rows::Talk;
use crate::say::{Where, Words, say};
use crate::sealed::Status;
use crate::state::Talks;
use crate::written::LONGEST;

/// Times that text left which are shown.
const MOST_SHOWN: i64 = 20;

fn texts() -> &'static OwnTalkWords {
    &super::texts().own
}

/// What was done, for who comes from a form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// One's talks.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Talks>,
    AnyQuery(after): AnyQuery<After>,
) -> Result<Response, Problem> {
    let news = match after.done.as_str() {
        "saved" => Markup::of(&Notice::new(Tone::Done, super::texts().consent.saved.as_str(), "")),
        "deleted" => Markup::of(&Notice::new(Tone::Done, super::texts().one.deleted.as_str(), "")),
        "changed" => {
            let texts = &super::texts().consent;
            Markup::of(&Notice::new(Tone::Warning, texts.changed.as_str(), texts.changed_text.as_str()))
        }
        _ => Markup::none(),
    };
    page(&state, &asker, news, None).await
}

async fn page(state: &Talks, asker: &Asker, news: Markup, refused: Option<Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let agreed = own::consent(state, &own).await?;
    let all = own::all(state, &own).await?;
    let agrees = agreed.is_some_and(|consent| consent.talk);
    let finding = match (agrees, all.len() as u64) {
        (false, _) => texts.not_agreed.clone(),
        (true, 0) => texts.none.clone(),
        (true, some) => texts.some.of(some),
    };
    let Opened { frame, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, TALKS).await?;
    let mut body = Markup::of(&tabs(TALKS)).with(&news);
    if agrees {
        body = body.with(&Markup::paragraph(companion::says_what_it_is()));
        body = body.with(&refuse(write(TALKS, texts.begin.as_str(), &csrf), refused)).with(&table(&all, &times));
    }
    body = body.with(&consent::agreeing(state, agreed, &times, &csrf));
    if agreed.is_some_and(|consent| consent.model) {
        body = body.with(&left(state, &own, &times).await?);
    }
    Ok(frame.refused(refused.is_some()).answer(&body))
}

/// The form by which somebody writes.
pub(super) fn write(action: &str, legend: &str, csrf: &str) -> Form {
    let texts = texts();
    let most = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let hint = texts.message_hint.with("most", &count(LONGEST as u64));
    Form::post("say", action, csrf)
        .named(legend)
        .hidden("nonce", nonce())
        .field(Field::lines("message", texts.message.as_str(), 4).hint(hint).at_most(most))
        .button(Button::primary(texts.send.as_str()))
}

fn table(all: &[Talk], times: &Calendar) -> Table {
    let texts = texts();
    let columns = [&texts.talk, &texts.last].map(|text| Column::new(text.as_str())).to_vec();
    let columns = [columns, vec![Column::number(texts.turns.as_str()), Column::new(texts.stands.as_str())]].concat();
    let empty = Shown::Empty { what: texts.empty.clone(), step: None };
    let table = Table::new(texts.table.as_str(), columns).when_empty(&empty);
    all.iter().fold(table, |table, talk| {
        let head = talk.head.as_ref();
        let title = head.map_or(&texts.damaged, |head| &head.title);
        let stands = match head {
            _ if talk.turns > talk.seen => texts.new.as_str(),
            Some(head) => status(head.status),
            None => texts.damaged.as_str(),
        };
        let cells = vec![
            Cell::text(title.as_str()),
            Cell::of(&times.when(talk.last_at)),
            Cell::count(talk.turns.unsigned_abs()),
            Cell::text(stands),
        ];
        table.row(Row::new(cells).to(place(talk.id)))
    })
}

/// How a talk stands, in words.
pub(super) fn status(of: Status) -> &'static str {
    let [active, archived, ended, attention] = &texts().statuses;
    match of {
        Status::Active => active,
        Status::Archived => archived,
        Status::Ended => ended,
        Status::RequiresAttention => attention,
    }
}

/// What left for a language model.
async fn left(state: &Talks, own: &Own, times: &Calendar) -> Result<Table, Problem> {
    let texts = texts();
    let Some(key) = state.key_of(own.person).await? else { return Err(Problem::erased()) };
    let all = egress::newest(state.store(), &key, own.person, MOST_SHOWN).await?;
    let columns =
        vec![Column::new(texts.when.as_str()), Column::new(texts.to.as_str()), Column::number(texts.bytes.as_str())];
    let empty = Shown::Empty { what: texts.left_empty.clone(), step: None };
    let table = Table::new(texts.left.as_str(), columns).when_empty(&empty);
    Ok(all.iter().fold(table, |table, of| {
        let to = of.endpoint.as_deref().unwrap_or(&texts.damaged);
        let cells = vec![Cell::of(&times.when(of.at)), Cell::text(to), Cell::count(of.bytes.unsigned_abs())];
        table.row(Row::new(cells))
    }))
}

/// Begins a talk.
pub(super) async fn begin(asker: Asker, State(state): State<Talks>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let words = Words { place: Where::New, nonce: read_nonce(&typed)?, text: typed.get("message") };
        say(&state, own.person, words).await
    };
    match done.await {
        Ok(told) => Ok(go_to(&place(told.talk), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Markup::none(), Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
