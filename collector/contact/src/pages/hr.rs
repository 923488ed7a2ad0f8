use std::collections::BTreeSet;

use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::Markup;
use attune_pages::form::{Field, TextKind};
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, HrLetterWords};
use attune_people::access::{self, Of};
use attune_people::accounts;
use attune_people::pages::{Fields, answered_as, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

use super::{HR, HR_LETTERS, tabs, thread};
use crate::letters::{self, Everybody, Side, Thread, Writer};
use crate::reminders::{self, Notice};
use crate::state::Contact;

/// Characters of a user id.
const LONGEST_USER: u32 = 200;

fn texts() -> &'static HrLetterWords {
    &super::texts().hr
}

/// Which threads are asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Those whose last letter is of before this instant, Unix milliseconds.
    before: Option<i64>,
}

fn named(user: Option<&str>) -> String {
    user.map_or_else(|| texts().unknown.clone(), str::to_owned)
}

/// HR's letters, and of whom reminders went unanswered.
pub(super) async fn show(
    asker: Asker,
    State(state): State<Contact>,
    AnyQuery(asked): AnyQuery<Asked>,
) -> Result<Response, Problem> {
    page(&state, &asker, asked.before, None).await
}

async fn page(
    state: &Contact,
    asker: &Asker,
    before: Option<i64>,
    refused: Option<thread::Refused<'_>>,
) -> Result<Response, Problem> {
    let (texts, shared) = (texts(), &super::texts().letters);
    let times = state.people().calendar(None).await?;
    let all = letters::of_everybody(state, before.unwrap_or(i64::MAX)).await?;
    let now = state.store().database_time().await?;
    let notices = reminders::notices(state, now).await?;
    if let Err(error) = reminders::notices_seen(state.store(), &notices, now).await {
        tracing::warn!(%error, "That HR was told of reminders could not be noted as seen.");
    }
    let Opened { frame, role, csrf, .. } = opened(state.people(), asker, &shared.title, &texts.finding, HR).await?;
    let to = Field::text("to", texts.to.as_str(), TextKind::Name).hint(texts.to_hint.as_str()).at_most(LONGEST_USER);
    let form = thread::with_refused(thread::begin(Side::Hr, Some(to.autocomplete("off")), &csrf), refused);
    let mut body = Markup::of(&tabs(role, HR_LETTERS));
    if !notices.is_empty() {
        body = body.with(&unanswered(&notices, &times)).with(&Markup::paragraph(texts.unanswered_text.as_str()));
    }
    let body = body.with(&table(&all, &times)).with(&form).with(&Markup::paragraph(thread::note(Side::Hr)));
    Ok(frame.refused(refused.is_some()).answer(&body))
}

fn unanswered(notices: &[Notice], times: &Calendar) -> Table {
    let texts = texts();
    let columns = [&texts.person, &texts.since].map(|text| Column::new(text.as_str())).to_vec();
    notices.iter().fold(Table::new(texts.unanswered.as_str(), columns), |table, notice| {
        let who = Cell::text(named(notice.user.as_deref()));
        table.row(Row::new(vec![who, Cell::of(&times.when(notice.told_at))]))
    })
}

fn table(all: &Everybody, times: &Calendar) -> Table {
    let (texts, shared) = (texts(), &super::texts().letters);
    let columns = [&texts.with, &shared.subject, &shared.last, &shared.stands];
    let columns = columns.map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.empty.clone(), step: None };
    let next = all.next.map(|next| format!("{HR_LETTERS}?before={next}"));
    let table = Table::new(shared.table.as_str(), columns).when_empty(&empty).pages(None, next);
    all.threads.iter().fold(table, |table, (of, user)| {
        let cells = vec![
            Cell::text(named(user.as_deref())),
            Cell::text(of.subject.as_deref().unwrap_or(&shared.damaged)),
            Cell::of(&times.when(of.last_at)),
            Cell::text(thread::stands(of, Side::Hr)),
        ];
        table.row(Row::new(cells).to(thread::address(Side::Hr, &of.id)))
    })
}

/// Writes to somebody.
pub(super) async fn write(asker: Asker, State(state): State<Contact>, request: Request) -> Result<Response, Problem> {
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let letter = thread::letter(&typed)?;
        let (store, keys) = (state.store(), state.people().keys());
        let person = accounts::find_person(store, keys, typed.get("to").trim()).await?;
        let person = person.ok_or_else(|| Problem::bad_request("to", texts().nobody.as_str()))?;
        letters::open(&state, person, Writer::Hr(&asker), typed.get("subject"), &letter).await
    };
    match done.await {
        Ok(id) => Ok(go_to(&thread::address(Side::Hr, &id), Vec::new())),
        Err(problem) if problem.status < 500 => {
            access::read(state.store(), &asker, Of::Everybody).await?;
            let shown = page(&state, &asker, None, Some((&typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

/// A thread.
pub(super) async fn one(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    AnyQuery(asked): AnyQuery<thread::Asked>,
) -> Result<Response, Problem> {
    let of = letters::find(&state, &id, None).await?;
    show_thread(&state, &asker, &of, asked, None).await
}

async fn show_thread(
    state: &Contact,
    asker: &Asker,
    of: &Thread,
    asked: thread::Asked,
    refused: Option<thread::Refused<'_>>,
) -> Result<Response, Problem> {
    access::read(state.store(), asker, Of::Person(of.person)).await?;
    let mut users = accounts::users_of(state.store(), state.people().keys(), &BTreeSet::from([of.person])).await?;
    let user = named(users.remove(&of.person).as_deref());
    thread::show(state, asker, (of, Side::Hr, user.as_str()), asked, refused).await
}

/// Writes one more letter.
pub(super) async fn answer(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let of = letters::find(&state, &id, None).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    match thread::reply(&state, &of, Writer::Hr(&asker), &typed).await {
        Ok(()) => Ok(go_to(&thread::address(Side::Hr, &of.id), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let asked = thread::Asked::default();
            let shown = show_thread(&state, &asker, &of, asked, Some((&typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
