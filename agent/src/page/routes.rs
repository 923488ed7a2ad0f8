use std::sync::Arc;

use askama::Template;
use axum::extract::{DefaultBodyLimit, Extension, Form, Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::doors::{Doors, Session};
use super::forms::{CheckIn, Consent, Pause, Resume, Seen, Undone};
use super::guard::Guard;
use super::rooms::Rooms;
use super::said::said;
use super::today::Day;
use super::views::{BatchPage, CheckInPage, ConsentPage, Frame, OF_A_PAGE, Refused, SentList, Today, UsualPage};
use crate::AgentError;

/// The most bytes of a form.
const LARGEST_FORM: usize = 2048;
/// No script, nothing from elsewhere, in no frame.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("files/page.css");

/// What the handlers need.
#[derive(Clone)]
struct All {
    rooms: Arc<Rooms>,
    doors: Arc<Doors>,
    guard: Guard,
}

/// Everything that the page answers to.
pub(super) fn router(rooms: Arc<Rooms>, doors: Arc<Doors>, guard: Guard) -> Router {
    let all = All { rooms, doors, guard };
    let below = |path: &str| format!("/{}/{path}", all.doors.folder());
    Router::new()
        .route(&below(""), get(today))
        .route(&below("sent"), get(sent))
        .route(&below("sent/{number}"), get(batch))
        .route(&below("usual"), get(usual))
        .route(&below("check-in"), get(check_in).post(say))
        .route(&below("consent"), get(consent).post(decide))
        .route(&below("pause"), post(pause))
        .route(&below("resume"), post(resume))
        .route(&below("help"), post(seen))
        .route_layer(middleware::from_fn_with_state(all.clone(), known))
        .route(&below("enter"), get(enter))
        .route(&below("page.css"), get(style))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(middleware::from_fn_with_state(all.clone(), guarded))
        .with_state(all)
}

/// Lets pass what a browser asks of this very page, and says of every answer how it is to be held.
async fn guarded(State(all): State<All>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let mut response = match all.guard.refuses(&head) {
        Some(why) => refused(StatusCode::FORBIDDEN, "Refused", why),
        None => next.run(Request::from_parts(head, body)).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Its own forms say where they come from, and nobody else is told of this address.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}

/// Lets pass who has a session.
async fn known(State(all): State<All>, mut request: Request<Body>, next: Next) -> Response {
    let cookies = request.headers().get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    match cookies.into_iter().find_map(|cookies| all.doors.session(cookies)) {
        Some(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        None => refused(StatusCode::FORBIDDEN, "Not open here", "give 'attune-agent open' on this device to open it."),
    }
}

#[derive(Deserialize)]
struct Entering {
    token: String,
}

async fn enter(State(all): State<All>, method: Method, Query(Entering { token }): Query<Entering>) -> Response {
    // Who only looks whether the address is there has not come in, and uses up nothing.
    if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let Some(cookie) = all.doors.enter(&token) else {
        let why = "this address was used before, or is older than five minutes: 'attune-agent open' gives a new one.";
        return refused(StatusCode::FORBIDDEN, "Not open here", why);
    };
    let home = format!("/{}/", all.doors.folder());
    match HeaderValue::from_str(&cookie) {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(&home)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response()
}

async fn nothing() -> Response {
    refused(StatusCode::NOT_FOUND, "Nothing is here", "give 'attune-agent open' on this device to open your own page.")
}

async fn today(State(all): State<All>, Extension(session): Extension<Session>) -> Response {
    shown(all, move |rooms| {
        let (now, zone) = (Timestamp::now(), TimeZone::system());
        let between = Day::stretch(now, &zone);
        let day = Day::of(rooms.own.records(between)?, between, zone);
        Ok(Some(Today::of(rooms, Frame::of(rooms, "today", "Today", &session), &day)))
    })
    .await
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    skip: usize,
}

async fn sent(
    State(all): State<All>,
    Extension(session): Extension<Session>,
    Query(Paging { skip }): Query<Paging>,
) -> Response {
    shown(all, move |rooms| {
        let sent = rooms.own.sent(skip, OF_A_PAGE + 1)?;
        Ok(Some(SentList::of(rooms, Frame::of(rooms, "sent", "What was sent", &session), skip, sent)))
    })
    .await
}

async fn batch(State(all): State<All>, Extension(session): Extension<Session>, Path(number): Path<usize>) -> Response {
    shown(all, move |rooms| {
        let sent = rooms.own.sent(number, 1)?.pop();
        let frame = Frame::of(rooms, "sent", "One batch that was sent", &session);
        Ok(sent.map(|sent| BatchPage::of(rooms, frame, &sent)))
    })
    .await
}

async fn usual(State(all): State<All>, Extension(session): Extension<Session>) -> Response {
    shown(all, move |rooms| Ok(Some(UsualPage::of(rooms, Frame::of(rooms, "usual", "How you usually are", &session)))))
        .await
}

async fn consent(State(all): State<All>, Extension(session): Extension<Session>) -> Response {
    shown(all, move |rooms| {
        let frame = Frame::of(rooms, "consent", "What you agreed to", &session);
        Ok(Some(ConsentPage::of(rooms, frame)))
    })
    .await
}

async fn check_in(State(all): State<All>, Extension(session): Extension<Session>) -> Response {
    shown(all, move |rooms| {
        let (now, zone) = (Timestamp::now(), TimeZone::system());
        let said = said(rooms.own.records(Day::stretch(now, &zone))?);
        Ok(Some(CheckInPage::of(rooms, Frame::of(rooms, "check-in", "How are you?", &session), &said)))
    })
    .await
}

async fn say(State(all): State<All>, Extension(session): Extension<Session>, Form(form): Form<CheckIn>) -> Response {
    let is_own = form.form_token == session.form_token;
    done(all, is_own, "check-in", move |rooms| form.carry_out(rooms)).await
}

async fn pause(State(all): State<All>, Extension(session): Extension<Session>, Form(form): Form<Pause>) -> Response {
    let is_own = form.form_token == session.form_token;
    done(all, is_own, "", move |rooms| form.carry_out(rooms)).await
}

async fn resume(State(all): State<All>, Extension(session): Extension<Session>, Form(form): Form<Resume>) -> Response {
    let is_own = form.form_token == session.form_token;
    done(all, is_own, "", move |rooms| form.carry_out(rooms)).await
}

async fn seen(State(all): State<All>, Extension(session): Extension<Session>, Form(form): Form<Seen>) -> Response {
    let is_own = form.form_token == session.form_token;
    done(all, is_own, "", |rooms| {
        rooms.messages.help_was_seen();
        Ok(())
    })
    .await
}

async fn decide(State(all): State<All>, Extension(session): Extension<Session>, Form(form): Form<Consent>) -> Response {
    let is_own = form.form_token == session.form_token;
    done(all, is_own, "consent", move |rooms| form.carry_out(rooms)).await
}

/// Makes a page where it may take a moment.
async fn shown<T: Template>(
    all: All,
    make: impl FnOnce(&Rooms) -> Result<Option<T>, AgentError> + Send + 'static,
) -> Response {
    let made = tokio::task::spawn_blocking(move || make(&all.rooms).map(|view| view.map(|view| view.render()))).await;
    match made {
        Ok(Ok(Some(Ok(html)))) => Html(html).into_response(),
        Ok(Ok(None)) => refused(StatusCode::NOT_FOUND, "Nothing is here", "it has gone since, or never was."),
        Ok(Err(problem)) => failed(&problem.to_string()),
        Ok(Ok(Some(Err(_)))) | Err(_) => failed("make this page"),
    }
}

/// Does what a form says, and leads to the page that shows it.
async fn done(
    all: All,
    is_own: bool,
    next: &'static str,
    act: impl FnOnce(&Rooms) -> Result<(), Undone> + Send + 'static,
) -> Response {
    if !is_own {
        return refused(StatusCode::FORBIDDEN, "Refused", "this form is of another session: load the page anew.");
    }
    let next = format!("/{}/{next}", all.doors.folder());
    match tokio::task::spawn_blocking(move || act(&all.rooms)).await {
        Ok(Ok(())) => Redirect::to(&next).into_response(),
        Ok(Err(Undone::Form(why))) => refused(StatusCode::BAD_REQUEST, "Not done", why),
        Ok(Err(Undone::Unsaid(why))) => refused(StatusCode::CONFLICT, "Not kept", &format!("{why}.")),
        Ok(Err(Undone::Unheard)) => {
            failed("hear in time whether it is kept: look at your page before you say it again")
        }
        Ok(Err(Undone::Failed(problem))) => failed(&problem.to_string()),
        Ok(Err(Undone::Late)) => failed(
            "hear in time that it is in force: it is written down, and heeded before anything is kept or sent; \
             'attune-agent pause' makes sure of a pause",
        ),
        Err(_) => failed("do it"),
    }
}

fn failed(problem: &str) -> Response {
    refused(StatusCode::INTERNAL_SERVER_ERROR, "Not done", &format!("the agent failed to {problem}."))
}

fn refused(status: StatusCode, title: &'static str, why: &str) -> Response {
    let page = Refused { title, why: why.to_owned(), version: env!("CARGO_PKG_VERSION") };
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}
