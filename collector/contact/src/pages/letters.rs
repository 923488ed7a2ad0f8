use std::collections::BTreeMap;

use attune_ground::http::{Path, Problem};
use attune_pages::Markup;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, LetterWords};
use attune_people::me::Own;
use attune_people::pages::{Fields, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;

use super::{LETTERS, answered_as, tabs, thread};
use crate::letters::{self, Opened as Letter, Side, Thread, Writer};
use crate::state::Contact;

fn texts() -> &'static LetterWords {
    &super::texts().letters
}

async fn threads(state: &Contact, own: &Own) -> Result<Vec<Thread>, Problem> {
    let mut all = Vec::new();
    for person in &own.people {
        all.extend(letters::of_person(state.store(), state.people().keys(), *person).await?);
    }
    all.sort_by_key(|thread| std::cmp::Reverse(thread.last_at));
    Ok(all)
}

fn writer(own: &Own) -> Writer<'static> {
    Writer { side: Side::Person, login: Some(own.login), by: None }
}

/// One's letters.
pub(super) async fn show(asker: Asker, State(state): State<Contact>) -> Result<Response, Problem> {
    page(&state, &asker, None).await
}

async fn page(state: &Contact, asker: &Asker, refused: Option<thread::Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let all = threads(state, &own).await?;
    let unread = all.iter().filter(|thread| thread.waits_for(Side::Person)).count() as u64;
    let finding = if unread > 0 { texts.waits.of(unread) } else { texts.finding.clone() };
    let Opened { frame, role, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, LETTERS).await?;
    let form = thread::refuse(thread::begin(LETTERS, None, &csrf), refused);
    let body = Markup::of(&tabs(role, LETTERS)).with(&table(&all, &times)).with(&form);
    Ok(frame.refused(refused.is_some()).answer(&body))
}

fn table(all: &[Thread], times: &Calendar) -> Table {
    let texts = texts();
    let columns = [&texts.subject, &texts.last, &texts.stands].map(|text| Column::new(text.as_str())).to_vec();
    let empty = Shown::Empty { what: texts.empty.clone(), step: None };
    let table = Table::new(texts.table.as_str(), columns).when_empty(&empty);
    all.iter().fold(table, |table, of| {
        let subject = of.subject.as_deref().unwrap_or(&texts.damaged);
        let cells =
            vec![Cell::text(subject), Cell::of(&times.when(of.last_at)), Cell::text(thread::stands(of, Side::Person))];
        table.row(Row::new(cells).to(format!("{LETTERS}/{}", thread::written(&of.id))))
    })
}

/// Begins a thread.
pub(super) async fn write(asker: Asker, State(state): State<Contact>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let letter = thread::letter(&typed)?;
        letters::open(&state, own.person, writer(&own), typed.get("subject"), &letter).await?;
        Ok::<_, Problem>(letter.nonce)
    };
    match done.await {
        Ok(id) => Ok(go_to(&format!("{LETTERS}/{}", thread::written(&id)), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

async fn found(state: &Contact, own: &Own, id: &str) -> Result<Thread, Problem> {
    let none = || Problem::not_found("there is no such thread of letters");
    let id = thread::id(id).ok_or_else(none)?;
    threads(state, own).await?.into_iter().find(|thread| thread.id == id).ok_or_else(none)
}

/// A thread of one's letters.
pub(super) async fn one(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    thread_page(&state, &asker, &id, None).await
}

async fn thread_page(
    state: &Contact,
    asker: &Asker,
    id: &str,
    refused: Option<thread::Refused<'_>>,
) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let of = found(state, &own, id).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let all = letters::letters(state.store(), state.people().keys(), (of.person, &of.id)).await?;
    let names = letters::names(state, &all).await?;
    letters::note_read(state, &of, Side::Person).await;
    let title = of.subject.as_deref().unwrap_or(&texts.damaged);
    let finding = texts.thread_finding.of(all.len() as u64);
    let Opened { frame, csrf, .. } = opened(state.people(), asker, title, &finding, LETTERS).await?;
    let action = format!("{LETTERS}/{}", thread::written(&of.id));
    let form = thread::refuse(thread::answer(&action, Side::Person, &csrf), refused);
    let body = thread::letters(&of, &all, Side::Person, &times, |letter| who(letter, &names)).with(&form);
    Ok(frame.back(LETTERS, texts.back.as_str()).refused(refused.is_some()).answer(&body))
}

fn who(letter: &Letter, names: &BTreeMap<[u8; 16], String>) -> String {
    let texts = texts();
    if letter.side == Side::Person {
        return texts.you.clone();
    }
    let by = letter.said.as_ref().and_then(|said| names.get(&said.by?));
    by.map_or_else(|| texts.hr.clone(), |name| texts.hr_named.with("name", name))
}

/// Writes one more letter.
pub(super) async fn answer(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let of = found(&state, &own, &id).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let letter = thread::letter(&typed)?;
        letters::reply(&state, (of.person, of.id), writer(&own), &letter).await
    };
    match done.await {
        Ok(()) => Ok(go_to(&format!("{LETTERS}/{}", thread::written(&of.id)), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = thread_page(&state, &asker, &id, Some((&typed, &problem))).await?;
            Ok(answered_as(&problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
