//! What is seen of talks in a browser: by whoever they are of, by anybody who needs help, and what was released by HR.

mod chat;
mod consent;
mod help;
mod hr;
mod memory;
mod own;
mod plan;
mod report;
mod talk;

use attune_ground::http::Problem;
use attune_pages::Markup;
use attune_pages::form::Form;
use attune_pages::part::Tabs;
use attune_pages::words::{TalkWords, words};
use attune_people::pages::Fields;
use attune_protocol::ids::PersonId;
use axum::Router;
use axum::extract::FromRef;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::state::Talks;

/// Where one's talks are, what is remembered, one's safety plan, and help.
const TALKS: &str = "/me/talk";
const MEMORY: &str = "/me/talk/memory";
const PLAN: &str = "/me/safety-plan";
const HELP: &str = "/help";
/// Where somebody talks without signing in.
const CHAT: &str = "/chat";
/// Where HR sees what was released.
const HR: &str = "/hr/talks";

pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S>
where
    Talks: FromRef<S>,
{
    Router::new()
        .route(TALKS, get(own::show).post(own::begin))
        .route("/me/talk/consent", post(consent::choose))
        .route(MEMORY, get(memory::show).post(memory::change))
        .route("/me/talk/{id}", get(talk::show).post(talk::say))
        .route("/me/talk/{id}/change", post(talk::change))
        .route("/me/talk/{id}/stop", post(talk::stop))
        .route("/me/talk/{id}/again", post(talk::again))
        .route("/me/talk/{id}/report", get(report::show).post(report::change))
        .route(PLAN, get(plan::show).post(plan::change))
        .route(HELP, get(help::show))
        .route(CHAT, get(chat::show).post(chat::say))
        .route(HR, get(hr::show))
        .route("/hr/talks/{id}", get(hr::one))
}

fn texts() -> &'static TalkWords {
    &words().talks
}

/// The pages beside each other; help is always among them.
fn tabs(current: &str) -> Tabs {
    let texts = &texts().tabs;
    let tab = |tabs: Tabs, name: &str, place: &str| tabs.tab(name, place, current == place);
    let tabs = tab(Tabs::new(texts.label.as_str()), &texts.talks, TALKS);
    let tabs = tab(tabs, &texts.memory, MEMORY);
    let tabs = tab(tabs, &texts.plan, PLAN);
    tab(tabs, &texts.help, HELP)
}

/// Where a talk is.
fn place(id: i64) -> String {
    format!("{TALKS}/{id}")
}

/// What was typed that is wrong.
type Refused<'a> = (&'a Fields, &'a Problem);

/// A form, with what was typed that is wrong.
fn refuse(form: Form, refused: Option<Refused<'_>>) -> Form {
    let Some((typed, problem)) = refused else { return form };
    let mut form = form.keep(typed.typed());
    match &problem.field {
        Some(field) => form.refuse(field, problem.detail.clone()),
        None => form.refuse_all(problem.detail.clone()),
    }
    form
}

/// A page that shows what was wrong, answered as the problem is.
fn answered_as(problem: &Problem, page: Response) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, page).into_response()
}

/// By which what a form sends comes once.
fn nonce() -> String {
    PersonId::random().to_string()
}

/// The same, as it comes back.
fn read_nonce(typed: &Fields) -> Result<[u8; 16], Problem> {
    let id = typed.get("nonce").parse::<PersonId>();
    id.map(|PersonId(id)| id).map_err(|_| Problem::bad_request("message", "reload the page and send it anew"))
}

/// A text in paragraphs.
fn paragraphs(text: &str) -> Markup {
    text.lines().filter(|line| !line.trim().is_empty()).map(Markup::paragraph).collect()
}
