use attune_ground::http::{AnyQuery, Path, Problem};
use attune_pages::Markup;
use attune_pages::state::State as Shown;
use attune_pages::table::{Cell, Column, Row, Table};
use attune_pages::words::{Calendar, LetterWords};
use attune_people::me::Own;
use attune_people::pages::{Fields, answered_as, go_to};
use attune_people::rights::Asker;
use attune_people::sign_in::{Opened, opened};
use axum::extract::{Request, State};
use axum::response::Response;

use super::{LETTERS, tabs, thread};
use crate::letters::{self, Side, Thread, Writer};
use crate::state::Contact;

fn texts() -> &'static LetterWords {
    &super::texts().letters
}

/// One's letters.
pub(super) async fn show(asker: Asker, State(state): State<Contact>) -> Result<Response, Problem> {
    page(&state, &asker, None).await
}

async fn page(state: &Contact, asker: &Asker, refused: Option<thread::Refused<'_>>) -> Result<Response, Problem> {
    let texts = texts();
    let own = Own::of(state.people(), asker).await?;
    let times = state.people().calendar(Some(own.person)).await?;
    let all = letters::of_people(state, &own.people).await?;
    let unread = all.iter().filter(|thread| thread.waits_for(Side::Person)).count() as u64;
    let finding = if unread > 0 { texts.waits.of(unread) } else { texts.finding.clone() };
    let Opened { frame, role, csrf, .. } = opened(state.people(), asker, &texts.title, &finding, LETTERS).await?;
    let form = thread::with_refused(thread::begin(Side::Person, None, &csrf), refused);
    let note = Markup::paragraph(thread::note(Side::Person));
    let body = Markup::of(&tabs(role, LETTERS)).with(&table(&all, &times)).with(&form).with(&note);
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
        table.row(Row::new(cells).to(thread::address(Side::Person, &of.id)))
    })
}

/// Begins a thread.
pub(super) async fn write(asker: Asker, State(state): State<Contact>, request: Request) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    let done = async {
        let letter = thread::letter(&typed)?;
        letters::open(&state, own.person, Writer::Person(own.login), typed.get("subject"), &letter).await
    };
    match done.await {
        Ok(id) => Ok(go_to(&thread::address(Side::Person, &id), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let shown = page(&state, &asker, Some((&typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}

/// A thread of one's letters.
pub(super) async fn one(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    AnyQuery(asked): AnyQuery<thread::Asked>,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let of = letters::find(&state, &id, Some(&own.people)).await?;
    thread::show(&state, &asker, (&of, Side::Person, texts().you.as_str()), asked, None).await
}

/// Writes one more letter.
pub(super) async fn answer(
    asker: Asker,
    State(state): State<Contact>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let own = Own::of(state.people(), &asker).await?;
    let of = letters::find(&state, &id, Some(&own.people)).await?;
    let typed = Fields::take(state.people().bodies(), request).await?;
    match thread::reply(&state, &of, Writer::Person(own.login), &typed).await {
        Ok(()) => Ok(go_to(&thread::address(Side::Person, &of.id), Vec::new())),
        Err(problem) if problem.status < 500 => {
            let seen = (&of, Side::Person, texts().you.as_str());
            let shown = thread::show(&state, &asker, seen, thread::Asked::default(), Some((&typed, &problem))).await?;
            Ok(answered_as(problem, shown))
        }
        Err(problem) => Err(problem),
    }
}
